// Requests that arrive together share one commit; settled deliveries ride along, or wait a few ms for a group of their own.
import type { FloorChange } from './change.ts';
import type { Group } from './engine.ts';

/** The store at the end of it: this thread's, or a worker's. */
export type Commit = (group: Group) => number | Promise<number>;

const groupLimit = 100;
const settleWithinMs = 4;

interface Request {
  changes: readonly FloorChange[];
  committed: (firstSeq: number) => void;
}

export class GroupCommit {
  readonly #commit: Commit;
  #requests: Request[] = [];
  #settled: number[] = [];
  #scheduled = false;
  #busy = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(commit: Commit) {
    this.#commit = commit;
  }

  /** @returns the sequence number of the first change, once all of them are durable */
  add(changes: readonly FloorChange[]): Promise<number> {
    return new Promise((committed) => {
      this.#requests.push({ changes, committed });
      this.#schedule();
    });
  }

  settle(delivery: number): void {
    this.#settled.push(delivery);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#schedule();
    }, settleWithinMs);
  }

  /** No timer for changes: a lone one is committed at once, and those that came with it share its commit. */
  #schedule(): void {
    if (this.#scheduled || this.#busy) return;
    this.#scheduled = true;
    setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    this.#scheduled = false;
    const requests = this.#takeRequests();
    const settled = this.#settled;
    if (requests.length === 0 && settled.length === 0) return;
    this.#settled = [];
    this.#busy = true;
    const committed = this.#commit({ changes: requests.flatMap(({ changes }) => changes), settled });
    let seq = typeof committed === 'number' ? committed : await committed;
    this.#busy = false;
    for (const { changes, committed } of requests) {
      committed(seq);
      seq += changes.length;
    }
    if (this.#requests.length > 0 || (this.#settled.length > 0 && !this.#timer)) this.#schedule();
  }

  /** Whole requests, as many as fit; one that is larger than a group is a group. */
  #takeRequests(): Request[] {
    let changes = 0;
    let count = 0;
    for (const request of this.#requests) {
      if (count > 0 && changes + request.changes.length > groupLimit) break;
      changes += request.changes.length;
      count++;
    }
    return this.#requests.splice(0, count);
  }
}
