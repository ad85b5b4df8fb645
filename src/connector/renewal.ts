// What to do about a token that is needed, as far as what is kept of it says: use it, take a failure of others as one's own,
// renew it with what is known.
import type { Credential, Kept } from './credential-store.ts';

/** What a system gives out. */
export interface Token {
  token: string;
  /** ms; absent: used until it is refused. */
  lifeMs?: number;
  /** Takes the place of the one that it was asked for with. */
  refreshToken?: string;
}

/** What is known when a token is asked for. */
export interface Before {
  /** Kept from an earlier answer. */
  refreshToken: string | undefined;
  /** When that one was given out, ms since 1970. */
  at: number | undefined;
  /** The answer to an earlier renewal was lost. */
  doubt: boolean;
}

export interface Need {
  /** The token that the system has just refused to whoever asks. */
  refused: string | undefined;
  /** Every token that is known to be refused. */
  dead: ReadonlySet<string>;
  /** The version that was there when it began to be needed. */
  since: number;
}

export type Verdict =
  | { use: Credential & { token: string } }
  | { fail: NonNullable<Credential['failure']> }
  | { renew: true };

export function judge(kept: Kept | undefined, { refused, dead, since }: Need): Verdict {
  const credential = kept?.credential;
  if (!kept || !credential) return { renew: true };
  const { failure, token, lifeMs = Number.POSITIVE_INFINITY } = credential;
  if (failure) {
    // Waited for, or told of a token whose renewal was refused already: to ask once more would only be a second refusal.
    const isOurs =
      kept.version > since || (failure.kind === 'unauthorized' && refused !== undefined && token === refused);
    return isOurs ? { fail: failure } : { renew: true };
  }
  if (token === undefined || dead.has(token) || kept.age >= lifeMs) return { renew: true };
  return { use: { ...credential, token } };
}

/** The way out where a refresh token is gone. */
export const authorizeAgain = (system: string): string =>
  `authorize the hub in ${system} again, put the new refreshToken into its settings, and restart`;

export const beforeOf = ({ credential, begun, foreign }: Kept & { begun: number }): Before => ({
  refreshToken: credential?.refreshToken,
  at: credential?.refreshToken === undefined ? undefined : credential.at,
  doubt: credential?.doubt === true || (begun > 1 && !foreign),
});
