// What a decision still needs before it can be made: decisions are synchronous, so whatever has to be read for them is
// asked for by breaking off, loaded for all that broke off together, and there when they are made again.
import type { Key } from '../store.ts';

export class Wanted {
  readonly keys = new Set<Key>();
  /** Change numbers, beyond those at hand. */
  numbers = 0;
  readonly systems = new Set<string>();
  /** `<system> <type>`: whether creates are unsettled. */
  readonly creates = new Set<string>();
  /** `<record> <system>`: who is parked on it. */
  readonly waiters = new Set<string>();

  add(other: Wanted): void {
    for (const key of other.keys) this.keys.add(key);
    this.numbers += other.numbers;
    for (const name of other.systems) this.systems.add(name);
    for (const name of other.creates) this.creates.add(name);
    for (const name of other.waiters) this.waiters.add(name);
  }

  get isEmpty(): boolean {
    const { keys, systems, creates, waiters } = this;
    return keys.size + systems.size + creates.size + waiters.size + this.numbers === 0;
  }
}

/** Thrown through a decision that cannot go on yet; it has no effects, so nothing is lost. */
export class NotLoaded extends Error {
  readonly wanted: Wanted;

  constructor(fill: (wanted: Wanted) => void) {
    super('not loaded yet');
    this.wanted = new Wanted();
    fill(this.wanted);
  }
}
