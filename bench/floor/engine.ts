// The floor's store: one transaction per group of changes and settled deliveries, durable when `commit` returns.
import Database from 'better-sqlite3';
import type { FloorChange } from './change.ts';

export const targets = 3;

/** Number of a delivery: sequence × 4 + target, so that nothing has to be read back. */
export const deliveryNo = (seq: number, target: number): number => seq * 4 + target;

export interface Group {
  changes: readonly FloorChange[];
  /** Deliveries that arrived. */
  settled: readonly number[];
}

const tables = `
CREATE TABLE records (no INTEGER PRIMARY KEY, id TEXT NOT NULL, version INTEGER NOT NULL, body TEXT NOT NULL);
CREATE UNIQUE INDEX records_id ON records (id);
CREATE TABLE changes (seq INTEGER PRIMARY KEY, record TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE deliveries (no INTEGER PRIMARY KEY, record TEXT NOT NULL, due_at INTEGER NOT NULL);
`;

/** As the hub opens its own file: what is fast there must be fast here. */
const settings = [
  ...['locking_mode = EXCLUSIVE', 'journal_mode = WAL', 'synchronous = FULL', 'temp_store = MEMORY'],
  ...[`cache_size = -${64 * 1024}`, `mmap_size = ${64 * 1024 * 1024}`, 'wal_autocheckpoint = 8000'],
];

export class FloorEngine {
  readonly #db: Database.Database;
  readonly #write: (group: Group, now: number) => void;
  #seq = 0;

  constructor(path: string) {
    this.#db = new Database(path);
    for (const setting of settings) this.#db.pragma(setting);
    this.#db.exec(tables);
    this.#assertDurable();
    const upsert = this.#db.prepare(
      'INSERT INTO records (id, version, body) VALUES (?, 1, ?) ON CONFLICT (id) DO UPDATE SET version = version + 1, body = excluded.body',
    );
    const note = this.#db.prepare('INSERT INTO changes (seq, record, at) VALUES (?, ?, ?)');
    const owe = this.#db.prepare('INSERT INTO deliveries (no, record, due_at) VALUES (?, ?, ?), (?, ?, ?), (?, ?, ?)');
    const settle = this.#db.prepare('DELETE FROM deliveries WHERE no = ?');
    const run = this.#db.transaction(({ changes, settled }: Group, now: number) => {
      for (const no of settled) settle.run(no);
      for (const { record, body } of changes) {
        const seq = ++this.#seq;
        upsert.run(record, body);
        note.run(seq, record, now);
        const [first, second, third] = [deliveryNo(seq, 0), deliveryNo(seq, 1), deliveryNo(seq, 2)];
        owe.run(first, record, now, second, record, now, third, record, now);
      }
    });
    this.#write = run.immediate;
  }

  /** @returns the sequence number of the first change */
  commit(group: Group): number {
    const first = this.#seq + 1;
    this.#write(group, Date.now());
    return first;
  }

  /** Rows per table, for those who check that the floor does its work. */
  count(): { records: number; changes: number; deliveries: number } {
    const rows = (table: string) => this.#db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
    return { records: rows('records'), changes: rows('changes'), deliveries: rows('deliveries') };
  }

  close(): void {
    this.#db.close();
  }

  /** Only after a write does the pragma tell the truth: the build's own default is NORMAL. */
  #assertDurable(): void {
    const mode = this.#db.pragma('synchronous', { simple: true });
    if (mode !== 2) throw new Error(`the floor would not be durable: synchronous is ${mode}, not 2 (FULL)`);
  }
}
