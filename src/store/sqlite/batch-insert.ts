// Many rows in few statements: each call into SQLite costs about as much as the row itself.
import type { Statement } from 'better-sqlite3';
import type { Cells } from '../engine/cells.ts';
import type { Connection } from './connection.ts';

const sizes = [16, 4, 1] as const;

export class BatchInsert {
  readonly #statements: { cells: number; statement: Statement }[];
  /** The cells of all rows that wait, one row after the other. */
  #pending: unknown[] = [];

  /** @param then what follows the rows, such as `ON CONFLICT …` */
  constructor(db: Connection, table: string, columns: string, then = '') {
    const width = columns.split(',').length;
    const row = `(${Array(width).fill('?').join(', ')})`;
    this.#statements = sizes.map((rows) => ({
      cells: rows * width,
      statement: db.prepare(`INSERT INTO ${table} (${columns}) VALUES ${Array(rows).fill(row).join(', ')} ${then}`),
    }));
  }

  add(cells: Cells): void {
    for (const cell of cells) this.#pending.push(cell);
  }

  clear(): void {
    this.#pending = [];
  }

  write(): void {
    const pending = this.#pending;
    if (pending.length === 0) return;
    this.#pending = [];
    let from = 0;
    for (const { cells, statement } of this.#statements) {
      for (; pending.length - from >= cells; from += cells) statement.run(pending.slice(from, from + cells));
    }
  }
}
