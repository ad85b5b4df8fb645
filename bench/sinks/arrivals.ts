// What one sink has received: when each state arrived, and which state of each order it holds.

/** Counts since the last `reset`. */
export interface SinkCounts {
  deliveries: number;
  /** An older state after a newer one of the same order. */
  stale: number;
  /** The state that it already held. */
  repeated: number;
  /** Payload bytes. */
  bytes: number;
  lastAt: number;
}

const none: SinkCounts = { deliveries: 0, stale: 0, repeated: 0, bytes: 0, lastAt: 0 };

export class Arrivals {
  counts = { ...none };
  #firstMark = 0;
  #at = new Float64Array(65_536);
  /** Newest mark held, by order; -1: none. */
  #held = new Int32Array(65_536).fill(-1);

  /** Starts a new run: marks from `firstMark` on. What the sink holds stays. */
  reset(firstMark: number): void {
    this.counts = { ...none };
    this.#firstMark = firstMark;
    this.#at.fill(0);
  }

  forget(): void {
    this.#held.fill(-1);
  }

  add({ record, mark }: { record: number; mark: number }, bytes: number, at: number): void {
    const { counts } = this;
    counts.deliveries++;
    counts.bytes += bytes;
    counts.lastAt = at;
    const held = this.#heldOf(record);
    if (mark < held) counts.stale++;
    else if (mark === held) counts.repeated++;
    else this.#held[record] = mark;
    const place = mark - this.#firstMark;
    if (place < 0) return;
    this.#at = roomFor(this.#at, place, (length) => new Float64Array(length));
    if (this.#at[place] === 0) this.#at[place] = at;
  }

  /** First record from `from` on whose newest accepted state, or a newer one, is not here; undefined when all are. */
  missing(newest: Int32Array, from: number): number | undefined {
    for (let record = from; record < newest.length; record++) {
      if ((newest[record] ?? -1) > this.#heldOf(record)) return record;
    }
    return undefined;
  }

  /** Arrival of each of `count` marks; 0: did not come. */
  times(count: number): Float64Array {
    this.#at = roomFor(this.#at, count, (length) => new Float64Array(length));
    return this.#at.slice(0, count);
  }

  #heldOf(record: number): number {
    this.#held = roomFor(this.#held, record, (length) => new Int32Array(length).fill(-1));
    return this.#held[record] ?? -1;
  }
}

interface Row<R> {
  readonly length: number;
  set(from: R): void;
}

function roomFor<R extends Row<R>>(row: R, place: number, make: (length: number) => R): R {
  if (place < row.length) return row;
  const longer = make(Math.max(place + 1, row.length * 2));
  longer.set(row);
  return longer;
}
