// Recently used records, so that a change, its sends and their settlements read a record once. Bounded by two
// generations: what is not used while one fills is dropped.

interface Cached {
  readonly no: number;
  readonly row: { readonly id: string };
}

interface Generation<E> {
  byId: Map<string, E>;
  byNo: Map<number, E>;
}

const generation = <E>(): Generation<E> => ({ byId: new Map(), byNo: new Map() });

export class RecordCache<E extends Cached> {
  #young = generation<E>();
  #old = generation<E>();
  readonly #limit: number;
  readonly #weigh: (entry: E) => number;
  /** Of the young generation. */
  #weight = 0;

  /**
   * @param limit of a generation: records, of which each may take some 20 KB, or what they weigh together
   * @param weigh the same for an entry as long as it is here
   */
  constructor(limit: number, weigh: (entry: E) => number = () => 1) {
    this.#limit = limit;
    this.#weigh = weigh;
  }

  byId(id: string): E | undefined {
    return this.#young.byId.get(id) ?? this.#keep(this.#old.byId.get(id));
  }

  byNo(no: number): E | undefined {
    return this.#young.byNo.get(no) ?? this.#keep(this.#old.byNo.get(no));
  }

  add(entry: E): E {
    if (!this.#young.byNo.has(entry.no)) this.#weight += this.#weigh(entry);
    this.#young.byId.set(entry.row.id, entry);
    this.#young.byNo.set(entry.no, entry);
    return entry;
  }

  remove(entry: E): void {
    const { no, row } = entry;
    if (this.#young.byNo.has(no)) this.#weight -= this.#weigh(entry);
    for (const { byId, byNo } of [this.#young, this.#old]) {
      byId.delete(row.id);
      byNo.delete(no);
    }
  }

  /** Only between groups: what a group has changed must be found again within it. */
  shrink(): void {
    if (this.#weight < this.#limit) return;
    this.#old = this.#young;
    this.#young = generation();
    this.#weight = 0;
  }

  clear(): void {
    this.#young = generation();
    this.#old = generation();
    this.#weight = 0;
  }

  #keep(entry: E | undefined): E | undefined {
    return entry && this.add(entry);
  }
}
