// Many rows in few statements: each call into SQLite costs about as much as the row itself.
import type { Statement } from 'better-sqlite3';
import type { Cells } from './cells.ts';
import type { Connection } from './connection.ts';

const sizes = [16, 4, 1] as const;

export class BatchInsert {
  readonly #statements: { rows: number; statement: Statement }[];
  #pending: Cells[] = [];

  /** @param then what follows the rows, such as `ON CONFLICT …` */
  constructor(db: Connection, table: string, columns: string, then = '') {
    const row = `(${columns
      .split(',')
      .map(() => '?')
      .join(', ')})`;
    this.#statements = sizes.map((rows) => ({
      rows,
      statement: db.prepare(`INSERT INTO ${table} (${columns}) VALUES ${Array(rows).fill(row).join(', ')} ${then}`),
    }));
  }

  add(cells: Cells): void {
    this.#pending.push(cells);
  }

  clear(): void {
    this.#pending = [];
  }

  write(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    let from = 0;
    for (const { rows, statement } of this.#statements) {
      for (; pending.length - from >= rows; from += rows) {
        statement.run(rows === 1 ? pending[from] : pending.slice(from, from + rows).flat());
      }
    }
  }
}
