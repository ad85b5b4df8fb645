// Brings a database to the newest schema: SQL files in order, each once, never changed afterwards.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChangedMigration, NewerDatabase, StoreError } from '../errors.ts';
import type { Connection } from './connection.ts';

interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

interface Applied {
  version: number;
  name: string;
  checksum: string;
}

const fileName = /^(\d{4})_([a-z0-9-]+)\.sql$/;

/**
 * All that is missing is applied in one transaction.
 * @returns the version reached
 * @throws NewerDatabase, ChangedMigration
 */
export function migrate(db: Connection, now: number, folder: string = migrationsFolder()): number {
  const known = readMigrations(folder);
  const newest = known.at(-1)?.version ?? 0;
  db.exec(
    'CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)',
  );
  const applied = db.prepare<[], Applied>('SELECT version, name, checksum FROM migrations ORDER BY version').all();
  const reached = applied.at(-1)?.version ?? 0;
  if (reached > newest) {
    throw new NewerDatabase(
      `${db.name} has schema version ${reached}, this program knows versions up to ${newest}. Start the program that wrote it, or a newer one`,
    );
  }
  for (const before of applied) checkUnchanged(db.name, before, known);
  const insert = db.prepare('INSERT INTO migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)');
  const apply = db.transaction(() => {
    for (const step of known.filter((one) => one.version > reached)) {
      db.exec(step.sql);
      insert.run(step.version, step.name, step.checksum, now);
    }
  });
  apply.immediate();
  return newest;
}

function checkUnchanged(file: string, before: Applied, known: readonly Migration[]): void {
  const now = known.find((one) => one.version === before.version);
  if (now?.checksum === before.checksum) return;
  const what = now ? 'has been changed since' : 'is missing now';
  throw new ChangedMigration(
    `migration ${before.version} (${before.name}) was applied to ${file} and ${what}. Restore its text; put changes into a new migration`,
  );
}

function readMigrations(folder: string): Migration[] {
  const found = readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((file) => readMigration(folder, file));
  for (const [place, one] of found.entries()) {
    if (one.version !== place + 1)
      throw new StoreError(`${folder}: migration ${place + 1} is missing, ${one.version} is there`);
  }
  return found;
}

function readMigration(folder: string, file: string): Migration {
  const parts = fileName.exec(file);
  if (!parts) throw new StoreError(`${join(folder, file)}: a migration is named like 0002_add-invoices.sql`);
  const text = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n');
  const checksum = createHash('sha256').update(text).digest('hex');
  return { version: Number(parts[1]), name: parts[2] as string, sql: text, checksum };
}

/** Beside package.json, wherever this module was compiled to. */
export function migrationsFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, 'migrations', 'sqlite');
    if (existsSync(join(folder, 'package.json')) && existsSync(candidate)) return candidate;
    const parent = dirname(folder);
    if (parent === folder) throw new StoreError('migrations/sqlite was not found beside package.json');
    folder = parent;
  }
}
