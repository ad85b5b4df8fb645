// What the hub keeps of systems' access tokens and sessions: sealed rows, and the right to renew one, which one process has at a time.

export interface CredentialRow {
  /** Grows with every write; 0: nothing was ever written. */
  version: number;
  /** Opened only by who knows the secrets of the system's settings; empty where nothing was ever written. */
  sealed: string;
  /** ms since it was written, by the store's clock. */
  age: number;
}

export interface RenewalRight extends CredentialRow {
  /** Renewals begun since the last one that ended, this one included: with more than 1 an earlier one never ended. */
  begun: number;
}

export interface Credentials {
  read(system: string): Promise<CredentialRow | undefined>;
  /**
   * The right to renew, for so long (ms) by the store's clock, with the row as it is then. A process that is gone loses it in
   * that time; where one process owns the store, it has it at once.
   * @returns undefined: another process renews
   */
  begin(system: string, ms: number): Promise<RenewalRight | undefined>;
  /**
   * Durable when it resolves; ends the renewal.
   * @param over the version that was read: what another process wrote since is not written over
   * @returns whether it was written
   */
  write(system: string, sealed: string, over: number): Promise<boolean>;
  /** Gives the right back: nothing was asked of the system, or nothing is to be kept of its answer. */
  end(system: string): Promise<void>;
}
