// The numbers that the store gives: changes, records, systems. None is ever given twice.

import { mostSystems } from '../engine/view.ts';
import { StoreError } from '../errors.ts';
import type { Connection } from './connection.ts';

export class Numbers {
  readonly #systems = new Map<string, number>();
  readonly #readSystems;
  readonly #insertSystem;
  readonly #saveHead;
  #head: number;
  #savedHead: number;
  #lastRecord: number;

  constructor(db: Connection) {
    const one = (query: string): number => (db.prepare(query).pluck().get() as number | null) ?? 0;
    // Two witnesses: a purge, a foreign tool or a crash may have set back either of them.
    this.#head = Math.max(
      one('SELECT max(seq) FROM changes'),
      one(`SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'head'`),
    );
    this.#savedHead = this.#head;
    this.#lastRecord = one('SELECT max(no) FROM records');
    this.#readSystems = db.prepare<[], { no: number; system: string }>('SELECT no, system FROM system_numbers');
    this.#insertSystem = db.prepare('INSERT INTO system_numbers (no, system) VALUES (?, ?)');
    this.#saveHead = db.prepare(
      `INSERT INTO meta (name, value) VALUES ('head', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    );
    this.rolledBack();
  }

  get head(): number {
    return this.#head;
  }

  nextChange(): number {
    return ++this.#head;
  }

  nextRecord(): number {
    return ++this.#lastRecord;
  }

  system(name: string): number {
    const known = this.#systems.get(name);
    if (known !== undefined) return known;
    const no = this.#systems.size + 1;
    if (no > mostSystems) throw new StoreError(`more than ${mostSystems} systems`);
    this.#insertSystem.run(no, name);
    this.#systems.set(name, no);
    return no;
  }

  /** Into the open transaction, so that a number that was given stays given. */
  save(): void {
    if (this.#head === this.#savedHead) return;
    this.#saveHead.run(String(this.#head));
    this.#savedHead = this.#head;
  }

  rolledBack(): void {
    this.#savedHead = -1;
    this.#systems.clear();
    for (const { no, system } of this.#readSystems.all()) this.#systems.set(system, no);
  }
}
