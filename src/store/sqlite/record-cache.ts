// Recently used records, so that a change, its sends and their settlements read a record once. Bounded by two
// generations: what is not used while one fills is dropped.
import type { RecordEntry } from './entry.ts';

interface Generation {
  byId: Map<string, RecordEntry>;
  byNo: Map<number, RecordEntry>;
}

const generation = (): Generation => ({ byId: new Map(), byNo: new Map() });

export class RecordCache {
  #young = generation();
  #old = generation();
  readonly #limit: number;

  /** @param limit records per generation; each may take some 20 KB */
  constructor(limit: number) {
    this.#limit = limit;
  }

  byId(id: string): RecordEntry | undefined {
    return this.#young.byId.get(id) ?? this.#keep(this.#old.byId.get(id));
  }

  byNo(no: number): RecordEntry | undefined {
    return this.#young.byNo.get(no) ?? this.#keep(this.#old.byNo.get(no));
  }

  add(entry: RecordEntry): RecordEntry {
    this.#young.byId.set(entry.row.id, entry);
    this.#young.byNo.set(entry.no, entry);
    return entry;
  }

  /** Only between groups: what a group has changed must be found again within it. */
  shrink(): void {
    if (this.#young.byNo.size < this.#limit) return;
    this.#old = this.#young;
    this.#young = generation();
  }

  clear(): void {
    this.#young = generation();
    this.#old = generation();
  }

  #keep(entry: RecordEntry | undefined): RecordEntry | undefined {
    return entry && this.add(entry);
  }
}
