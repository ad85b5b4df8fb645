// Which order the next change is about. A record belongs to one connection, so that no two of its changes race.

export type Kind = 'creates' | 'updates' | 'mixed';

export interface Records {
  kind: Kind;
  /** Orders that exist already: 0 … existing - 1. */
  existing: number;
  connections: number;
}

export class RecordChoice {
  readonly #records: Records;
  #next: number;

  constructor(records: Records) {
    this.#records = records;
    this.#next = records.existing;
  }

  /** How many orders exist after the changes handed out so far. */
  get count(): number {
    return this.#next;
  }

  next(connection: number): number {
    const { kind, existing, connections } = this.#records;
    const create = kind === 'creates' || (kind === 'mixed' && Math.random() < 0.5);
    if (create) return this.#next++;
    const owned = Math.floor((existing - 1 - connection) / connections) + 1;
    return connection + connections * Math.floor(Math.random() * owned);
  }
}
