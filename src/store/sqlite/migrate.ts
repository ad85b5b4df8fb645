// Brings a database to the newest schema.
import { type Applied, migrationsFolder, missingMigrations, readMigrations } from '../engine/migrations.ts';
import type { Connection } from './connection.ts';

/**
 * All that is missing is applied in one transaction.
 * @returns the version reached
 * @throws NewerDatabase, ChangedMigration
 */
export function migrate(db: Connection, now: number, folder: string = migrationsFolder('sqlite')): number {
  const known = readMigrations(folder);
  db.exec(
    'CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)',
  );
  const applied = db.prepare<[], Applied>('SELECT version, name, checksum FROM migrations ORDER BY version').all();
  const missing = missingMigrations(db.name, applied, known);
  const insert = db.prepare('INSERT INTO migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)');
  const apply = db.transaction(() => {
    for (const step of missing) {
      db.exec(step.sql);
      insert.run(step.version, step.name, step.checksum, now);
    }
  });
  apply.immediate();
  return known.at(-1)?.version ?? 0;
}
