// What is said together crosses to the other thread in one message: a message costs more than what is in it.

export interface TurnBatchOptions {
  /** When the batch is posted: called with what posts it, once a batch. */
  later(post: () => void): void;
  /** @throws when something of the batch cannot be copied */
  post(batch: unknown[]): void;
  /** The item of this number is the one that cannot be copied. */
  refuse(no: number, error: unknown): void;
}

/**
 * A tick asked for by a microtask comes when no microtask is left: what one commit resolved, and what that made its callers
 * ask next, goes together, and the other thread does not wait a moment longer than that.
 */
export const behindPromises = (post: () => void): void => queueMicrotask(() => process.nextTick(post));

/**
 * Behind every socket that this round of the loop found readable. Each of them is a turn of its own, and thirty requests
 * that came together are one group commit only if they cross together (measured: with a message for each, the bridge costs
 * the core thread half as much again).
 */
export const behindSockets = (post: () => void): void => void setImmediate(post);

/** A batch is one flat list of three members an item, the first its number: every object in a message has its price. */
export class TurnBatch {
  readonly #options: TurnBatchOptions;
  readonly #postNow = (): void => {
    const batch = this.#batch;
    this.#batch = [];
    this.#posting = false;
    this.#post(batch);
  };
  #batch: unknown[] = [];
  #posting = false;

  constructor(options: TurnBatchOptions) {
    this.#options = options;
  }

  add(no: number, second: unknown, third: unknown): void {
    this.#batch.push(no, second, third);
    this.postSoon();
  }

  postSoon(): void {
    if (this.#posting) return;
    this.#posting = true;
    this.#options.later(this.#postNow);
  }

  clear(): void {
    this.#batch = [];
  }

  /** What cannot be copied fails by itself; its neighbours go on. */
  #post(batch: unknown[]): void {
    try {
      this.#options.post(batch);
    } catch (error) {
      if (batch.length <= 3) this.#options.refuse(batch[0] as number, error);
      else for (let at = 0; at < batch.length; at += 3) this.#post(batch.slice(at, at + 3));
    }
  }
}
