// Gives the space of the write-ahead log back when there is nothing else to do.
import { statSync } from 'node:fs';
import type { Connection } from './connection.ts';

const largestIdleLog = 32 * 1024 * 1024;
const idleMs = 2_000;

export interface IdleOptions {
  now: () => number;
  schedule: (ms: number, run: () => void) => () => void;
  largest?: number | undefined;
}

export class IdleCheckpoint {
  readonly #db: Connection;
  readonly #options: IdleOptions;
  #lastCommit = 0;
  #cancel: (() => void) | undefined;

  constructor(db: Connection, options: IdleOptions) {
    this.#db = db;
    this.#options = options;
  }

  committed(): void {
    this.#lastCommit = this.#options.now();
    this.#cancel ??= this.#options.schedule(idleMs, () => this.#look());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#cancel = undefined;
    const left = this.#lastCommit + idleMs - this.#options.now();
    if (left > 0) this.#cancel = this.#options.schedule(left, () => this.#look());
    else if (this.logSize() > (this.#options.largest ?? largestIdleLog)) this.#db.pragma('wal_checkpoint(TRUNCATE)');
  }

  /** By name: opening the file here would drop the locks that the process holds on it. */
  logSize(): number {
    return statSync(`${this.#db.name}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  }
}
