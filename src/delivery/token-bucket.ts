// So many sends per time and no more: over any stretch of time at most the burst and what the rate adds to it.

export interface Rate {
  count: number;
  perMs: number;
}

/** Thirds and tenths do not add up to ones. */
const rounding = 1e-6;

export class TokenBucket {
  /** What may go at once after a rest: a second's worth, at least one. */
  readonly burst: number;
  readonly #perMs: number;
  #tokens: number;
  #at: number;

  constructor({ count, perMs }: Rate, now: number) {
    this.#perMs = count / perMs;
    this.burst = Math.max(1, this.#perMs * 1000);
    this.#tokens = this.burst;
    this.#at = now;
  }

  available(now: number): number {
    this.#refill(now);
    return Math.floor(this.#tokens + rounding);
  }

  /** @param count at most what is available */
  take(count: number, now: number): void {
    this.#refill(now);
    this.#tokens -= count;
  }

  /** ms until there is one; 0 when there is. */
  nextIn(now: number): number {
    if (this.available(now) >= 1) return 0;
    return Math.max(1, Math.ceil((1 - this.#tokens) / this.#perMs));
  }

  /** A clock that is set back adds nothing; from there on it counts again. */
  #refill(now: number): void {
    if (now > this.#at) this.#tokens = Math.min(this.burst, this.#tokens + (now - this.#at) * this.#perMs);
    this.#at = now;
  }
}
