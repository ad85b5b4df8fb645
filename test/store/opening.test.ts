// What a database has to be before it is used.
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { migrationsFolder } from '../../src/store/engine/migrations.ts';
import { ChangedMigration, NewerDatabase, OldSqlite, StoreFailed } from '../../src/store/errors.ts';
import { assertDurable, connect } from '../../src/store/sqlite/connection.ts';
import { newFolder, openAt } from './sqlite-harness.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = newFolder();
  path = join(folder, 'deep', 'hub.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function change(statement: string): void {
  const db = new Database(path);
  db.exec(statement);
  db.close();
}

describe('durability', () => {
  it('is FULL after the first write, on a new file and on an old one', () => {
    for (const table of ['one', 'two']) {
      const db = connect({ path });
      db.exec(`CREATE TABLE ${table} (a)`);
      expect(db.pragma('synchronous', { simple: true })).toBe(2);
      expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
      expect(() => assertDurable(db)).not.toThrow();
      db.close();
    }
  });

  it('is asserted: a connection that would lose commits is refused', () => {
    const db = connect({ path });
    db.pragma('synchronous = NORMAL');
    expect(() => assertDurable(db)).toThrow(StoreFailed);
    db.close();
  });
});

describe('the version of SQLite', () => {
  it.each(['3.51.2', '3.50.7', '2.99.99'])('%s is refused', async (sqliteVersion) => {
    await expect(openAt(path, { sqliteVersion })).rejects.toThrow(OldSqlite);
    await expect(openAt(path, { sqliteVersion })).rejects.toThrow(`SQLite ${sqliteVersion}`);
  });

  it.each(['3.51.3', '3.52.0', '4.0.0'])('%s is taken', async (sqliteVersion) => {
    await (await openAt(path, { sqliteVersion })).close();
  });
});

describe('migrations', () => {
  const newest = readdirSync(migrationsFolder('sqlite')).filter((name) => name.endsWith('.sql')).length;
  const numbered = (version: number, name: string): string => `${String(version).padStart(4, '0')}_${name}.sql`;
  const others = (): string => {
    const copy = join(folder, 'migrations');
    cpSync(migrationsFolder('sqlite'), copy, { recursive: true });
    return copy;
  };

  it('are applied once, and new ones later', async () => {
    await (await openAt(path)).close();
    const migrations = others();
    writeFileSync(join(migrations, numbered(newest + 1, 'add-notes')), 'CREATE TABLE notes (text TEXT);');
    await (await openAt(path, { migrations })).close();
    await (await openAt(path, { migrations })).close();
    await expect(openAt(path)).rejects.toThrow(NewerDatabase);
  });

  it('of a newer program stop the start, naming both versions', async () => {
    await (await openAt(path)).close();
    change(`INSERT INTO migrations VALUES (99, 'future', 'x', 0)`);
    await expect(openAt(path)).rejects.toThrow(NewerDatabase);
    await expect(openAt(path)).rejects.toThrow(new RegExp(`schema version 99.*versions up to ${newest}`));
  });

  it('that were changed after they were applied stop the start, naming the one', async () => {
    await (await openAt(path)).close();
    const migrations = others();
    writeFileSync(join(migrations, '0001_start.sql'), 'CREATE TABLE other (a);');
    await expect(openAt(path, { migrations })).rejects.toThrow(ChangedMigration);
    await expect(openAt(path, { migrations })).rejects.toThrow(/migration 1 \(start\)/);
  });

  it('are all or nothing', async () => {
    const migrations = others();
    writeFileSync(join(migrations, numbered(newest + 1, 'broken')), 'CREATE TABLE fine (a); CREATE TABEL broken (a);');
    await expect(openAt(path, { migrations })).rejects.toThrow(/TABEL/);
    const db = new Database(path, { readonly: true });
    const tables = db.prepare(`SELECT name FROM sqlite_master WHERE name IN ('fine', 'records')`).all();
    db.close();
    expect(tables).toEqual([]);
  });

  it('are numbered without gaps and named so that they sort', async () => {
    const migrations = others();
    writeFileSync(join(migrations, numbered(newest + 2, 'gap')), 'SELECT 1;');
    await expect(openAt(path, { migrations })).rejects.toThrow(`migration ${newest + 1} is missing`);
    const odd = join(folder, 'odd');
    mkdirSync(odd);
    writeFileSync(join(odd, '1.sql'), 'SELECT 1;');
    await expect(openAt(path, { migrations: odd })).rejects.toThrow(/named like/);
  });
});
