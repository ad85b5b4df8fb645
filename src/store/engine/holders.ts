// Whose a name is, an external id's or a match key's, as later decisions of a group see it before it is written.
import type { Key } from '../store.ts';

/** Names looked up that are remembered; a decision asks for the same few again when it writes them. */
const mostLookedUp = 1_000;

export class Holders {
  /** What this group has moved: the number of what has the name now; null: nothing. */
  readonly #moved = new Map<Key, number | null>();
  /** As the database has it; null: nothing. */
  readonly #lookedUp = new Map<Key, number | null>();
  readonly #stored: (key: Key) => number | undefined;

  /** @param stored reads the holder as the database knows it */
  constructor(stored: (key: Key) => number | undefined) {
    this.#stored = stored;
  }

  /** Number of what has the name. */
  holder(key: Key): number | undefined {
    const moved = this.#moved.get(key);
    return (moved === undefined ? this.#storedHolder(key) : moved) ?? undefined;
  }

  move(key: Key, to: number | null): void {
    this.#moved.set(key, to);
  }

  /** After a group: the database has, or has lost, what it moved. */
  clear(): void {
    this.#moved.clear();
    this.#lookedUp.clear();
  }

  #storedHolder(key: Key): number | null {
    const known = this.#lookedUp.get(key);
    if (known !== undefined) return known;
    const found = this.#stored(key) ?? null;
    if (this.#lookedUp.size >= mostLookedUp) this.#lookedUp.clear();
    this.#lookedUp.set(key, found);
    return found;
  }
}
