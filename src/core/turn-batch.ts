// What is said in one turn crosses to the other thread in one message: a message costs more than what is in it.

export interface TurnBatchOptions {
  /** @throws when something of the batch cannot be copied */
  post(batch: unknown[]): void;
  /** The item of this number is the one that cannot be copied. */
  refuse(no: number, error: unknown): void;
}

/** A batch is one flat list of three members an item, the first its number: every object in a message has its price. */
export class TurnBatch {
  readonly #options: TurnBatchOptions;
  #batch: unknown[] = [];
  #posting = false;

  constructor(options: TurnBatchOptions) {
    this.#options = options;
  }

  add(no: number, second: unknown, third: unknown): void {
    this.#batch.push(no, second, third);
    this.postSoon();
  }

  /**
   * A tick asked for by a microtask comes when no microtask is left: what one commit resolved, and what one message made
   * its callers ask next, goes together. A later phase of the loop would let the other thread wait for work that is there.
   */
  postSoon(): void {
    if (this.#posting) return;
    this.#posting = true;
    queueMicrotask(() => process.nextTick(() => this.#postNow()));
  }

  clear(): void {
    this.#batch = [];
  }

  #postNow(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#posting = false;
    this.#post(batch);
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
