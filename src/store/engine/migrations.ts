// The migrations of an engine: SQL files in order, each once, never changed afterwards.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ChangedMigration, NewerDatabase, StoreError } from '../errors.ts';

export interface Migration {
  version: number;
  name: string;
  sql: string;
  checksum: string;
}

export interface Applied {
  version: number;
  name: string;
  checksum: string;
}

const fileName = /^(\d{4})_([a-z0-9-]+)\.sql$/;

/**
 * @param database named in errors
 * @param applied in order
 * @returns what is still to be applied, in order
 * @throws NewerDatabase, ChangedMigration
 */
export function missingMigrations(
  database: string,
  applied: readonly Applied[],
  known: readonly Migration[],
): Migration[] {
  const newest = known.at(-1)?.version ?? 0;
  const reached = applied.at(-1)?.version ?? 0;
  if (reached > newest) {
    throw new NewerDatabase(
      `${database} has schema version ${reached}, this program knows versions up to ${newest}. Start the program that wrote it, or a newer one`,
    );
  }
  for (const before of applied) checkUnchanged(database, before, known);
  return known.filter((one) => one.version > reached);
}

function checkUnchanged(database: string, before: Applied, known: readonly Migration[]): void {
  const now = known.find((one) => one.version === before.version);
  if (now?.checksum === before.checksum) return;
  const what = now ? 'has been changed since' : 'is missing now';
  throw new ChangedMigration(
    `migration ${before.version} (${before.name}) was applied to ${database} and ${what}. Restore its text; put changes into a new migration`,
  );
}

export function readMigrations(folder: string): Migration[] {
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
export function migrationsFolder(engine: 'sqlite' | 'postgres'): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, 'migrations', engine);
    if (existsSync(join(folder, 'package.json')) && existsSync(candidate)) return candidate;
    const parent = dirname(folder);
    if (parent === folder) throw new StoreError(`migrations/${engine} was not found beside package.json`);
    folder = parent;
  }
}
