// Copies the database to a file while it is written to: one snapshot, line by line, so that it can be restored into any
// PostgreSQL. A line is JSON: what the file is, then each table with its rows as cells, then how many rows there are.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { getTableName } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import type { Pool, PoolClient } from 'pg';
import { BackupFailed } from '../errors.ts';
import { processTables } from './data-tables.ts';
import * as schema from './schema.ts';

/** Rows read in one go. */
const slice = 500;

export const backupFormat = 'syncline-postgres-1';

export interface CopiedTable {
  table: string;
  columns: string[];
}

export const copiedTables = (): CopiedTable[] =>
  (Object.values(schema) as PgTable[])
    .filter((table) => !processTables.has(getTableName(table)))
    .map((table) => ({ table: getTableName(table), columns: getTableConfig(table).columns.map(({ name }) => name) }));

export interface BackupOptions {
  path: string;
  progress?: ((share: number) => void) | undefined;
  /** True once the store is being closed. */
  stopped: () => boolean;
}

/** @throws BackupFailed; nothing is left at the path then */
export async function backup(pool: Pool, options: BackupOptions): Promise<void> {
  const path = resolve(options.path);
  const partial = `${path}.partial`;
  if (existsSync(path)) throw new BackupFailed(`${path} is there already; give the backup another name`);
  mkdirSync(dirname(path), { recursive: true });
  const file = await open(partial, 'w');
  try {
    await inSnapshot(pool, (client) => copy(client, file, options));
    await file.sync();
    await file.close();
    renameSync(partial, path);
    options.progress?.(1);
  } catch (error) {
    await file.close().catch(() => undefined);
    rmSync(partial, { force: true });
    if (error instanceof BackupFailed) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new BackupFailed(`the backup to ${path} failed: ${reason}`, error);
  }
}

async function inSnapshot(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    await work(client);
    await client.query('COMMIT');
    broken = false;
  } finally {
    client.release(broken);
  }
}

async function copy(client: PoolClient, file: FileHandle, { progress, stopped }: BackupOptions): Promise<void> {
  const tables = copiedTables();
  await file.write(`${JSON.stringify({ format: backupFormat })}\n`);
  let rows = 0;
  for (const [place, one] of tables.entries()) {
    await file.write(`${JSON.stringify(one)}\n`);
    await client.query(`DECLARE rows NO SCROLL CURSOR FOR SELECT ${one.columns.join(', ')} FROM ${one.table}`);
    for (;;) {
      if (stopped()) throw new BackupFailed('the store was closed before the backup was done');
      const page = await client.query<unknown[]>({ text: `FETCH ${slice} FROM rows`, rowMode: 'array' });
      if (page.rows.length === 0) break;
      await file.write(page.rows.map((cells) => `${JSON.stringify(cells)}\n`).join(''));
      rows += page.rows.length;
    }
    await client.query('CLOSE rows');
    progress?.(place / tables.length);
  }
  await file.write(`${JSON.stringify({ end: rows })}\n`);
}
