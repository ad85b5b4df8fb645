// One connection, or the pool of them, as the rest of the engine speaks to it: named statements, rows as cells.
import pg from 'pg';
import type { Cells } from '../engine/cells.ts';

/** What can run a statement: a client inside a transaction, or a pool outside of one. */
export type Runner = Pick<pg.ClientBase, 'query'> | Pick<pg.Pool, 'query'>;

export interface Statement {
  /** Prepared once for each connection under this name. */
  name: string;
  text: string;
}

/** @returns rows as cells, in the order of the columns */
export async function rows(runner: Runner, { name, text }: Statement, values: unknown[] = []): Promise<Cells[]> {
  const found = await (runner as pg.Pool).query<unknown[]>({ name, text, values, rowMode: 'array', types });
  return found.rows;
}

/** @returns how many rows it has touched */
export async function run(runner: Runner, { name, text }: Statement, values: unknown[] = []): Promise<number> {
  const done = await (runner as pg.Pool).query({ name, text, values });
  return done.rowCount ?? 0;
}

export const one = async (runner: Runner, statement: Statement, values: unknown[] = []): Promise<unknown> =>
  (await rows(runner, statement, values))[0]?.[0];

/** On a connection of its own, which is dropped where anything fails. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: Runner) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('BEGIN');
    const answer = await work(client);
    await client.query('COMMIT');
    broken = false;
    return answer;
  } finally {
    client.release(broken);
  }
}

const bigintType = 20;

/** Numbers of the hub are far below 2^53. */
const types = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    oid === bigintType ? Number : pg.types.getTypeParser(oid, format as 'text'),
};

/** ms since 1970 by the clock of the database. */
export const databaseNow = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint';

/** What the server says of every row which transaction has written it: another writer, another text. */
export const versionIn = (table: string): string => `${table}.xmin::text`;
/** The version of the rows that the transaction at hand writes; no savepoints, or they would have other ones. */
export const versionWritten = 'pg_current_xact_id()::xid::text';
