// Makes a database of a backup. It has another epoch: what others remember of positions no longer fits.
import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Pool, PoolClient } from 'pg';
import { BackupFailed } from '../errors.ts';
import type { AuditRow } from '../rows.ts';
import { backupFormat, type CopiedTable, copiedTables } from './backup.ts';
import { connect, openingError } from './connect.ts';
import { migrate } from './migrate.ts';
import { databaseNow } from './session.ts';
import { smallWrites } from './small-writes.ts';
import { writeAll } from './write-back.ts';

/** Far more changes than can have been made since the backup: systems know their numbers as idempotency keys. */
const skipped = 1_000_000_000;
const slice = 500;

/**
 * All or nothing.
 * @throws BackupFailed when the backup is damaged or none of ours, or the database has records already
 */
export async function restore(
  backup: string,
  url: string,
  random: (bytes: number) => Uint8Array,
  audit?: AuditRow,
): Promise<{ epoch: string }> {
  if (!existsSync(backup)) throw new BackupFailed(`${backup} does not exist`);
  const connections = connect({ url }, () => undefined);
  try {
    await migrate(connections.reads, connections.name);
    const epoch = Buffer.from(random(12)).toString('base64url');
    await within(connections.reads, async (client) => {
      await refuseFull(client, connections.name);
      await fill(client, backup);
      await renew(client, epoch);
      if (audit) await writeAll(client, smallWrites([{ audit: [audit] }]));
    });
    return { epoch };
  } catch (error) {
    if (error instanceof BackupFailed) throw error;
    const told = openingError(connections.name, error);
    throw new BackupFailed(
      `${backup} cannot be restored: ${told instanceof Error ? told.message : String(told)}`,
      error,
    );
  } finally {
    await connections.end();
  }
}

async function within(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('BEGIN');
    await work(client);
    await client.query('COMMIT');
    broken = false;
  } finally {
    client.release(broken);
  }
}

async function refuseFull(client: PoolClient, name: string): Promise<void> {
  const { rows } = await client.query('SELECT 1 FROM records LIMIT 1');
  if (rows.length > 0) throw new BackupFailed(`${name} has records already; restore into an empty database`);
  for (const { table } of copiedTables()) await client.query(`DELETE FROM ${table}`);
}

async function fill(client: PoolClient, backup: string): Promise<void> {
  const known = new Map(copiedTables().map(({ table, columns }) => [table, columns.join()]));
  let table: CopiedTable | undefined;
  let rows: unknown[][] = [];
  let count = 0;
  let end: number | undefined;
  let first = true;
  const write = async (): Promise<void> => {
    if (table && rows.length > 0) await insert(client, table, rows);
    count += rows.length;
    rows = [];
  };
  for await (const line of createInterface({ input: createReadStream(backup, 'utf8') })) {
    const read = parse(line, backup);
    if (first && (Array.isArray(read) || read.format !== backupFormat))
      throw new BackupFailed(`${backup} is no backup of a PostgreSQL store`);
    first = false;
    if (Array.isArray(read)) rows.push(read);
    if (rows.length === slice || !Array.isArray(read)) await write();
    if (Array.isArray(read)) continue;
    if (read.table !== undefined) table = knownTable(read, known, backup);
    end = read.end;
  }
  if (end !== count) throw new BackupFailed(`${backup} is damaged: ${count} of ${end ?? 'an unknown number of'} rows`);
}

interface Head {
  format?: string;
  table?: string;
  columns?: string[];
  end?: number;
}

function parse(line: string, backup: string): unknown[] | Head {
  try {
    return JSON.parse(line) as unknown[] | Head;
  } catch (error) {
    throw new BackupFailed(`${backup} is damaged: a line is no JSON`, error);
  }
}

function knownTable(
  { table = '', columns = [] }: Head,
  known: ReadonlyMap<string, string>,
  backup: string,
): CopiedTable {
  if (known.get(table) !== columns.join())
    throw new BackupFailed(`${backup} was made by another version: its table ${table} is not that of this program`);
  return { table, columns };
}

/** Cells are texts, as they came; the server reads them as its columns are typed. */
async function insert(client: PoolClient, { table, columns }: CopiedTable, rows: readonly unknown[][]): Promise<void> {
  const text = `INSERT INTO ${table} (${columns.join(', ')})
    SELECT ${columns.join(', ')} FROM json_populate_recordset(NULL::${table}, $1::json)`;
  const named = rows.map((cells) => Object.fromEntries(columns.map((column, place) => [column, cells[place]])));
  await client.query(text, [JSON.stringify(named)]);
}

/** Nobody has claimed anything, numbers go on far behind, and what is counted by itself goes on behind what is there. */
async function renew(client: PoolClient, epoch: string): Promise<void> {
  await client.query(`UPDATE meta SET value = $1 WHERE name = 'epoch'`, [epoch]);
  await client.query(`UPDATE numbers SET last = last + ${skipped} WHERE name = 'changes'`);
  await client.query(`UPDATE replicas SET claimed = 0, due_at = ${databaseNow} WHERE claimed > 0 AND state = 'behind'`);
  await client.query('UPDATE replicas SET claimed = 0 WHERE claimed > 0');
  for (const table of ['intake_keys', 'attempts', 'dead_letters', 'audit'])
    await client.query(
      `SELECT setval(pg_get_serial_sequence('${table}', 'no'), coalesce((SELECT max(no) FROM ${table}), 0) + 1)`,
    );
}
