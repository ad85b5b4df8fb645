// Reads a SQLite database in the form that PostgreSQL keeps it in: a slice of a table after another.
import type { Cells } from '../engine/cells.ts';
import { type Applied, migrationsFolder, missingMigrations, readMigrations } from '../engine/migrations.ts';

import { StoreError } from '../errors.ts';
import { flightCells, imageCells } from '../postgres/cells.ts';
import { type After, keyOf, type Slice, type Version } from '../postgres/copy-target.ts';
import type { DataTable } from '../postgres/data-tables.ts';
import { type Connection, connect } from '../sqlite/connection.ts';
import type { ReplicaEntry } from '../sqlite/entry.ts';
import { WorkingSet } from '../sqlite/working-set.ts';

/** There nodes count apart; what was counted before there were any stands under none of them. */
const tablesInOtherForm: Record<string, string> = { replica_counts: '(SELECT 0 AS node, * FROM replica_counts)' };

/** Records kept in memory while a slice of what belongs to them is read. */
const cachedRecords = 1_000;

export class Source {
  readonly version: Version;
  readonly lastRecord: number;
  readonly #db: Connection;
  readonly #set: WorkingSet;
  readonly #at: number;

  /**
   * The file is its reader's alone until it is closed: no hub can change it meanwhile.
   * @param at ms since 1970: when what a hub had claimed falls due again
   * @throws DatabaseOwned, NewerDatabase, ChangedMigration; StoreError for an older schema or no database of ours
   */
  constructor(path: string, at: number) {
    this.#db = connect({ path });
    try {
      this.#at = at;
      requireNewest(this.#db);
      this.#set = new WorkingSet(this.#db, { cachedRecords });
      this.version = { epoch: this.#meta('epoch'), head: this.#set.numbers.head, written: this.#meta('written') };
      this.lastRecord = this.#count('SELECT coalesce(max(no), 0) FROM records');
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  count({ table }: DataTable): number {
    if (table === 'images') return this.#count('SELECT count(*) FROM replicas WHERE memory IS NOT NULL');
    if (table === 'in_flight') return this.#count('SELECT count(*) FROM replicas WHERE flight IS NOT NULL');
    return this.#count(`SELECT count(*) FROM ${table}`);
  }

  slice(table: DataTable, after: After | undefined, limit: number): Slice {
    if (table.table === 'images') return this.#bulky('memory', after, limit, (one) => this.#image(one));
    if (table.table === 'in_flight') return this.#bulky('flight', after, limit, (one) => this.#flight(one));
    return this.#plain(table, after, limit);
  }

  #plain(of: DataTable, after: After | undefined, limit: number): Slice {
    const { table, columns, keys } = of;
    const names = keys.map(({ name }) => name).join(', ');
    const places = keys.map(() => '?').join(', ');
    const where = after ? `WHERE (${names}) > (${places})` : '';
    const list = columns.map(({ name }) => this.#cell(table, name)).join(', ');
    const rows = this.#db
      .prepare<unknown[], Cells>(
        `SELECT ${list} FROM ${tablesInOtherForm[table] ?? table} ${where} ORDER BY ${names} LIMIT ?`,
      )
      .raw()
      .all(...(after ?? []), limit);
    return { rows, after: rows.length < limit ? undefined : keyOf(rows.at(-1), of) };
  }

  /** Where SQLite keeps it otherwise. Nobody has claimed anything there: what was claimed is due, and repeats its send. */
  #cell(table: string, column: string): string {
    if (table !== 'replicas') return column;
    if (column === 'claimed') return '0';
    return column === 'due_at' ? `iif(claimed = 1 AND state = 'behind', ${this.#at}, due_at)` : column;
  }

  /** What is kept in the replica's row there has a table of its own here. */
  #bulky(
    column: 'memory' | 'flight',
    after: After | undefined,
    limit: number,
    cellsOf: (replica: ReplicaEntry) => Cells[],
  ): Slice {
    const query = `SELECT no FROM replicas WHERE ${column} IS NOT NULL AND no > ? ORDER BY no LIMIT ?`;
    const numbers = this.#db
      .prepare<[number, number], number>(query)
      .pluck()
      .all(Number(after?.[0] ?? 0), limit);
    const rows = numbers.flatMap((no) => {
      const replica = this.#set.replicaByNo(no);
      return replica ? cellsOf(replica) : [];
    });
    this.#set.committed();
    const last = numbers.at(-1);
    return { rows, after: numbers.length < limit || last === undefined ? undefined : [last] };
  }

  #image(replica: ReplicaEntry): Cells[] {
    const image = this.#set.image(replica);
    return image ? [imageCells(replica.no, image)] : [];
  }

  #flight(replica: ReplicaEntry): Cells[] {
    const flight = this.#set.inFlight(replica);
    return flight ? [flightCells(replica.no, flight)] : [];
  }

  #meta(name: string): string {
    return this.#db.prepare<[string], string>('SELECT value FROM meta WHERE name = ?').pluck().get(name) ?? '';
  }

  #count(query: string): number {
    return this.#db.prepare(query).pluck().get() as number;
  }
}

function requireNewest(db: Connection): void {
  const isOurs = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'migrations'`).get() !== undefined;
  if (!isOurs) throw new StoreError(`${db.name} holds no tables of ours. Name the database of a hub`);
  const applied = db.prepare<[], Applied>('SELECT version, name, checksum FROM migrations ORDER BY version').all();
  if (missingMigrations(db.name, applied, readMigrations(migrationsFolder('sqlite'))).length === 0) return;
  throw new StoreError(`${db.name} has an older schema. Run "syncline migrate" for it, then copy`);
}
