// Where tokens and sessions are kept beside the process: the port, and what of one system is kept there, in clear.
import type { ConnectorErrorKind } from './error.ts';

/** A row as the store has it; what it means only its writers know. */
export interface SealedCredential {
  /** Grows with every write; 0: nothing was ever written. */
  version: number;
  /** Empty where nothing was ever written. */
  sealed: string;
  /** ms since it was written, by the store's clock. */
  age: number;
}

/** One row a system, for all processes of a hub. */
export interface CredentialStore {
  read(system: string): Promise<SealedCredential | undefined>;
  /**
   * The right to renew, for so long (ms): one process has it at a time.
   * @returns undefined: another process renews; `begun` of more than 1: an earlier renewal never ended
   */
  begin(system: string, ms: number): Promise<(SealedCredential & { begun: number }) | undefined>;
  /**
   * Durable when it resolves; ends the renewal.
   * @param over the version that was read
   * @returns false: another process has written since, and nothing was
   */
  write(system: string, sealed: string, over: number): Promise<boolean>;
  /** Gives the right back without having written. */
  end(system: string): Promise<void>;
}

/** What the connections of a hub are handed to keep their tokens with. */
export interface CredentialKeeping {
  store: CredentialStore;
  random(bytes: number): Uint8Array;
  /** Runs once after that many ms; the answer takes it back. */
  after(ms: number, run: () => void): () => void;
  /** For people; never a secret. */
  tell(level: 'info' | 'error', system: string, words: string): void;
}

export interface Credential {
  /** Absent: none could be had yet. */
  token?: string;
  /** ms from its writing on; absent: it is used until it is refused. */
  lifeMs?: number;
  /** Took the place of the one in the settings. */
  refreshToken?: string;
  /** When a system gave it out, ms since 1970. */
  at: number;
  /** The newest renewal failed. */
  failure?: { kind: ConnectorErrorKind; message: string; status?: number; retryAfterMs?: number };
  /** The answer to a renewal was lost: the system may have replaced the refresh token since. */
  doubt?: true;
}

export interface Kept {
  version: number;
  age: number;
  /** Undefined: nothing was ever kept, or it cannot be opened. */
  credential: Credential | undefined;
  /** Other secrets than those of these settings have sealed it. */
  foreign: boolean;
}

/** The row of one system, opened. */
export interface KeptCredential {
  read(): Promise<Kept | undefined>;
  begin(ms: number): Promise<(Kept & { begun: number }) | undefined>;
  write(credential: Credential, over: number): Promise<boolean>;
  end(): Promise<void>;
  after: CredentialKeeping['after'];
  tell(level: 'info' | 'error', words: string): void;
}

/** For this process alone, as long as it lives. */
export function keptInMemory(now: () => number): KeptCredential {
  let row: Kept & { writtenAt: number } = { version: 0, age: 0, credential: undefined, foreign: false, writtenAt: 0 };
  const read = (): Kept => ({ ...row, age: now() - row.writtenAt });
  return {
    read: async () => read(),
    begin: async () => ({ ...read(), begun: 1 }),
    write: async (credential, over) => {
      if (row.version !== over) return false;
      row = { ...row, credential, version: over + 1, writtenAt: now() };
      return true;
    },
    end: async () => undefined,
    after: () => () => undefined,
    tell: () => undefined,
  };
}
