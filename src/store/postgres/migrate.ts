// Brings a database to the newest schema: one node at a time, everything that is missing in one transaction.
import type pg from 'pg';
import { type Applied, migrationsFolder, missingMigrations, readMigrations } from '../engine/migrations.ts';
import { codeOf } from './faults.ts';
import { databaseNow } from './session.ts';

export interface Migrated {
  /** Schema version before; 0 for a database without tables of ours. */
  from: number;
  to: number;
  applied: { version: number; name: string }[];
}

/**
 * Nodes that start together wait for each other here, for as long as the lock's limit.
 * @throws NewerDatabase, ChangedMigration
 */
export async function migrate(
  pool: pg.Pool,
  name: string,
  folder: string = migrationsFolder('postgres'),
): Promise<Migrated> {
  const known = readMigrations(folder);
  const client = await pool.connect();
  try {
    await makeLock(client);
    await client.query('BEGIN');
    await client.query('SELECT one FROM migration_lock FOR UPDATE');
    const { rows: applied } = await client.query<Applied>(
      'SELECT version::int, name, checksum FROM migrations ORDER BY version',
    );
    const missing = missingMigrations(name, applied, known);
    for (const step of missing) {
      await client.query(step.sql);
      await client.query(
        `INSERT INTO migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, ${databaseNow})`,
        [step.version, step.name, step.checksum],
      );
    }
    await client.query('COMMIT');
    client.release();
    const from = applied.at(-1)?.version ?? 0;
    return { from, to: known.at(-1)?.version ?? 0, applied: missing.map(({ version, name }) => ({ version, name })) };
  } catch (error) {
    client.release(true);
    throw error;
  }
}

/** Two nodes may both make the tables at once: the second finds them there. */
async function makeLock(client: pg.PoolClient): Promise<void> {
  for (let left = 5; ; left--) {
    try {
      await client.query(lockTables);
      return;
    } catch (error) {
      if (left === 0 || !madeMeanwhile.has(codeOf(error))) throw error;
    }
  }
}

const lockTables = `
  CREATE TABLE IF NOT EXISTS migrations (version BIGINT PRIMARY KEY NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL);
  CREATE TABLE IF NOT EXISTS migration_lock (one BIGINT PRIMARY KEY NOT NULL);
  INSERT INTO migration_lock (one) VALUES (1) ON CONFLICT DO NOTHING;`;

const madeMeanwhile = new Set(['23505', '42P07', '42710']);
