// What to do about a token that is needed, as far as what is kept of it says: use it, take a failure of others as one's own, renew.
import type { Credential, Kept } from './credential-store.ts';

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
