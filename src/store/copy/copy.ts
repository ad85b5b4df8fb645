// Moves a SQLite database into PostgreSQL, where its hub goes on as if nothing had happened: same records, numbers, epoch.
import { createHash } from 'node:crypto';
import { StoreError } from '../errors.ts';
import { type After, CopyTarget, type Mark, type Slice } from '../postgres/copy-target.ts';
import { type DataTable, dataTables } from '../postgres/data-tables.ts';
import { Source } from './source.ts';

export interface CopyOptions {
  /** Of the SQLite file. */
  from: string;
  /** `postgres://…` of an empty database or schema, or of one that an earlier copy has begun to fill. */
  to: string;
  /** ms since 1970. */
  now: () => number;
  /** @param share 0 to 1: half of it is the copy, the other half the comparison of both sides */
  progress?: (share: number) => void;
  /** Rows in a transaction. */
  slice?: number;
}

export interface Copied {
  /** Rows by table; all of them were compared. */
  rows: Record<string, number>;
  /** Went on where an earlier one had stopped. */
  resumed: boolean;
  epoch: string;
  head: number;
}

const usualSlice = 1_000;

/**
 * @throws StoreError when the hub of the source runs, the target is not empty, or what arrived is not what was sent;
 *   run again, it goes on where it stopped
 */
export async function copyToPostgres(options: CopyOptions): Promise<Copied> {
  const target = await CopyTarget.open(options.to);
  try {
    const tables = dataTables();
    const begun = await target.begun(tables);
    const at = begun?.at ?? options.now();
    const source = new Source(options.from, at);
    try {
      return await new Copy(source, target, tables, options).run(begun, at);
    } finally {
      source.close();
    }
  } finally {
    await target.close();
  }
}

class Copy {
  readonly #source: Source;
  readonly #target: CopyTarget;
  readonly #tables: readonly DataTable[];
  readonly #options: CopyOptions;
  readonly #counts: Record<string, number> = {};
  #total = 0;
  #done = 0;

  constructor(source: Source, target: CopyTarget, tables: readonly DataTable[], options: CopyOptions) {
    this.#source = source;
    this.#target = target;
    this.#tables = tables;
    this.#options = options;
    for (const table of tables) {
      const count = source.count(table);
      this.#counts[table.table] = count;
      this.#total += count;
    }
  }

  async run(begun: Mark | undefined, at: number): Promise<Copied> {
    const { version, lastRecord } = this.#source;
    if (begun) this.#requireSame(begun);
    const first = this.#tables[0]?.table ?? '';
    const mark = begun ?? { ...version, at, table: first, after: null };
    if (!begun) await this.#target.begin(mark);
    await this.#copyFrom(mark);
    for (const table of this.#tables) await this.#compare(table);
    await this.#target.finish(this.#tables, version, lastRecord);
    return { rows: this.#counts, resumed: begun !== undefined, epoch: version.epoch, head: version.head };
  }

  #requireSame({ epoch, head, written }: Mark): void {
    const { version } = this.#source;
    if (version.epoch === epoch && version.head === head && version.written === written) return;
    throw new StoreError(
      `${this.#target.name} holds part of a copy of another database, or of ${this.#options.from} before a hub ran on it again. Empty it, then copy`,
    );
  }

  async #copyFrom(begun: Mark): Promise<void> {
    const at = this.#tables.findIndex(({ table }) => table === begun.table);
    const place = at < 0 ? this.#tables.length : at;
    for (const { table } of this.#tables.slice(0, place)) this.#advance(this.#counts[table] ?? 0);
    for (const table of this.#tables.slice(place)) {
      const after = table.table === begun.table ? begun.after : null;
      await this.#copyTable(table, { ...begun, table: table.table, after });
    }
  }

  async #copyTable(table: DataTable, begun: Mark): Promise<void> {
    let after: After | undefined = begun.after ?? undefined;
    do {
      const slice = this.#source.slice(table, after, this.#size);
      after = slice.after;
      await this.#target.write(table, slice.rows, { ...begun, ...this.#next(table, after) });
      this.#advance(slice.rows.length);
    } while (after !== undefined);
  }

  /** Behind the last row of a table comes the next table. */
  #next({ table }: DataTable, after: After | undefined): Pick<Mark, 'table' | 'after'> {
    if (after !== undefined) return { table, after };
    const following = this.#tables[this.#tables.findIndex((one) => one.table === table) + 1];
    return { table: following?.table ?? done, after: null };
  }

  async #compare(table: DataTable): Promise<void> {
    const ours = await this.#digest((after) => this.#source.slice(table, after, this.#size));
    this.#requireCount(table, ours.rows);
    const theirs = await this.#digest((after) => this.#target.slice(table, after, this.#size));
    this.#advance(ours.rows);
    if (ours.text === theirs.text) return;
    throw new StoreError(
      `what arrived in the table ${table.table} of ${this.#target.name} is not what was sent. Empty it, then copy again`,
    );
  }

  async #digest(read: (after: After | undefined) => Slice | Promise<Slice>): Promise<{ rows: number; text: string }> {
    const hash = createHash('sha256');
    let rows = 0;
    let after: After | undefined;
    do {
      const slice = await read(after);
      for (const cells of slice.rows) hash.update(`${JSON.stringify(cells)}\n`);
      rows += slice.rows.length;
      after = slice.after;
    } while (after !== undefined);
    return { rows, text: hash.digest('hex') };
  }

  #requireCount({ table }: DataTable, rows: number): void {
    if (rows === this.#counts[table]) return;
    throw new StoreError(`${table} has ${this.#counts[table]} rows, but ${rows} could be read. Restore a backup of it`);
  }

  #advance(rows: number): void {
    this.#done += rows;
    if (this.#total > 0) this.#options.progress?.(Math.min(1, this.#done / (2 * this.#total)));
  }

  get #size(): number {
    return this.#options.slice ?? usualSlice;
  }
}

/** In place of a table: all of them are copied, and perhaps not compared yet. */
const done = '';
