// The PostgreSQL database that a copy goes into: slices with a mark of how far it has come, so that it can go on.
import type { Pool, PoolClient } from 'pg';
import type { Cells } from '../engine/cells.ts';
import { StoreError } from '../errors.ts';
import { assertDurable, type Connections, connect, openingError, readSettings } from './connect.ts';
import type { DataTable } from './data-tables.ts';
import { migrate } from './migrate.ts';
import { one, rows } from './session.ts';
import { unfinishedCopy } from './unfinished-copy.ts';

/** Key of the row that was read or written last. */
export type After = readonly (string | number)[];

export interface Slice {
  rows: Cells[];
  /** Where the next slice begins; undefined: this was the last one. */
  after: After | undefined;
}

/** Of the source; has to be the same for a copy to go on where it stopped. */
export interface Version {
  epoch: string;
  head: number;
  /** When the file was last opened by a hub, ms since 1970 as text. */
  written: string;
}

export interface Mark extends Version {
  /** ms since 1970: when what a hub had claimed falls due again. */
  at: number;
  /** The table that is being copied, and the key of its last row that is there. */
  table: string;
  after: After | null;
}

export class CopyTarget {
  /** Without the password. */
  readonly name: string;
  readonly #connections: Connections;
  #mark = '';

  private constructor(connections: Connections) {
    this.#connections = connections;
    this.name = connections.name;
  }

  /** @throws StoreUnavailable, UnsafeDatabase, NewerDatabase, ChangedMigration */
  static async open(url: string): Promise<CopyTarget> {
    const connections = connect({ url }, () => undefined);
    try {
      assertDurable(connections.name, await readSettings(connections.reads));
      await migrate(connections.reads, connections.name);
      return new CopyTarget(connections);
    } catch (error) {
      await connections.end();
      throw openingError(connections.name, error);
    }
  }

  close(): Promise<void> {
    return this.#connections.end();
  }

  /**
   * @returns how far an earlier copy has come; undefined for an empty database
   * @throws StoreError when something else is in it
   */
  async begun(tables: readonly DataTable[]): Promise<Mark | undefined> {
    const mark = await unfinishedCopy(this.#pool);
    if (mark !== undefined) {
      this.#mark = mark;
      return JSON.parse(mark) as Mark;
    }
    for (const { table } of tables) {
      const text = `SELECT EXISTS (SELECT 1 FROM ${table})`;
      if (await one(this.#pool, { name: `any-${table}`, text }))
        throw new StoreError(`${this.name} is not empty (${table} has rows). Copy into an empty database or schema`);
    }
    return undefined;
  }

  async begin(mark: Mark): Promise<void> {
    const text = JSON.stringify(mark);
    await this.#pool.query(`INSERT INTO meta (name, value) VALUES ('copy', $1)`, [text]);
    this.#mark = text;
  }

  /** The rows and the mark behind them, or neither. */
  async write(table: DataTable, slice: readonly Cells[], mark: Mark): Promise<void> {
    await this.#within(async (client) => {
      if (slice.length > 0) await insert(client, table, slice);
      await this.#move(client, JSON.stringify(mark));
    });
  }

  async slice(of: DataTable, after: After | undefined, limit: number): Promise<Slice> {
    const { table, columns, keys } = of;
    // Ordered as SQLite orders, byte by byte, whatever language the database speaks.
    const order = keys.map(({ name, type }) => (type === 'text' ? `${name} COLLATE "C"` : name));
    const places = keys.map(({ type }, place) => `$${place + 2}::${type}`);
    const where = after ? `WHERE (${order.join(', ')}) > (${places.join(', ')})` : '';
    const list = columns.map(({ name }) => name).join(', ');
    const text = `SELECT ${list} FROM ${table} ${where} ORDER BY ${order.join(', ')} LIMIT $1`;
    const name = `copied-${table}${after ? '-after' : ''}`;
    const found = await rows(this.#pool, { name, text }, [limit, ...(after ?? [])]);
    return { rows: found, after: found.length < limit ? undefined : keyOf(found.at(-1), of) };
  }

  /** Positions and cursors stay valid: the numbers go on where they were, under the same epoch. */
  async finish(tables: readonly DataTable[], { epoch, head }: Version, lastRecord: number): Promise<void> {
    await this.#within(async (client) => {
      for (const { table, numbered } of tables) {
        if (numbered === undefined) continue;
        const last = `(SELECT max(${numbered}) FROM ${table})`;
        await client.query(
          `SELECT setval(pg_get_serial_sequence('${table}', '${numbered}'), coalesce(${last}, 1), ${last} IS NOT NULL)`,
        );
      }
      const number = `UPDATE numbers SET last = $2 WHERE name = $1`;
      await client.query(number, ['changes', head]);
      await client.query(number, ['records', lastRecord]);
      await client.query(
        `INSERT INTO meta (name, value) VALUES ('epoch', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
        [epoch],
      );
      await this.#move(client, undefined);
    });
    for (const { table } of tables) await this.#pool.query(`ANALYZE ${table}`);
  }

  get #pool(): Pool {
    return this.#connections.reads;
  }

  /** @param mark undefined: the copy is done */
  async #move(client: PoolClient, mark: string | undefined): Promise<void> {
    const moved =
      mark === undefined
        ? await client.query(`DELETE FROM meta WHERE name = 'copy' AND value = $1`, [this.#mark])
        : await client.query(`UPDATE meta SET value = $2 WHERE name = 'copy' AND value = $1`, [this.#mark, mark]);
    if (moved.rowCount !== 1) throw new StoreError(`another copy into ${this.name} is under way; let it end`);
    this.#mark = mark ?? '';
  }

  async #within(work: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await this.#pool.connect();
    let broken = true;
    const before = this.#mark;
    try {
      await client.query('BEGIN');
      await work(client);
      await client.query('COMMIT');
      broken = false;
    } catch (error) {
      this.#mark = before;
      throw error;
    } finally {
      client.release(broken);
    }
  }
}

async function insert(client: PoolClient, { table, columns }: DataTable, cells: readonly Cells[]): Promise<void> {
  const list = columns.map(({ name }) => name).join(', ');
  const arrays = columns.map(({ type }, place) => `$${place + 1}::${type}[]`).join(', ');
  const values = columns.map((_, place) => cells.map((row) => row[place] ?? null));
  await client.query(`INSERT INTO ${table} (${list}) SELECT ${list} FROM unnest(${arrays}) AS u(${list})`, values);
}

/** @returns the key of a row */
export function keyOf(row: Cells | undefined, { columns, keys }: DataTable): After {
  return keys.map((key) => row?.[columns.findIndex(({ name }) => name === key.name)] as string | number);
}
