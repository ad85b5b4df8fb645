// How many attempts of one system are under way at once, and how few when it has just recovered.

export class Slots {
  busy = 0;
  readonly #most: number;
  #limit: number;

  /** @param most as configured; at least 1 */
  constructor(most: number) {
    this.#most = Math.max(1, Math.floor(most));
    this.#limit = this.#most;
  }

  get free(): number {
    return Math.max(0, this.#limit - this.busy);
  }

  take(count: number): void {
    this.busy += count;
  }

  release(): void {
    this.busy -= 1;
  }

  /** Slow start: from one, doubled with every good answer. */
  startSlowly(): void {
    this.#limit = 1;
  }

  grow(): void {
    if (this.#limit < this.#most) this.#limit = Math.min(this.#most, this.#limit * 2);
  }
}
