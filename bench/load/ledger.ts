// What was sent and when it was accepted: one entry per change, by its mark.

export interface LedgerCopy {
  firstMark: number;
  /** The order that each mark belongs to. */
  records: Int32Array;
  /** When the answer was read, in ms of the machine's monotonic clock; 0: never. */
  acceptedAt: Float64Array;
}

export class Ledger {
  readonly firstMark: number;
  #records = new Int32Array(16_384);
  #acceptedAt = new Float64Array(16_384);
  #length = 0;

  constructor(firstMark: number) {
    this.firstMark = firstMark;
  }

  /** @returns the mark of a change that is about to be sent */
  add(record: number): number {
    if (this.#length === this.#records.length) this.#grow();
    this.#records[this.#length] = record;
    return this.firstMark + this.#length++;
  }

  accepted(mark: number, at: number): void {
    this.#acceptedAt[mark - this.firstMark] = at;
  }

  copy(): LedgerCopy {
    return {
      firstMark: this.firstMark,
      records: this.#records.slice(0, this.#length),
      acceptedAt: this.#acceptedAt.slice(0, this.#length),
    };
  }

  #grow(): void {
    const records = new Int32Array(this.#records.length * 2);
    records.set(this.#records);
    this.#records = records;
    const acceptedAt = new Float64Array(this.#acceptedAt.length * 2);
    acceptedAt.set(this.#acceptedAt);
    this.#acceptedAt = acceptedAt;
  }
}
