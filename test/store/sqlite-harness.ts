// A SQLite store in a folder of its own, under a clock that the test moves.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqlite, type SqliteOptions } from '../../src/store/sqlite/open.ts';
import type { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { type Harness, TestClock } from '../contract/store/harness.ts';

export interface SqliteHarness extends Harness {
  store: SqliteStore;
  folder: string;
  path: string;
  reopen(over?: Partial<SqliteOptions>): Promise<SqliteStore>;
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'syncline-store-'));

export async function sqliteHarness(over: Partial<SqliteOptions> = {}): Promise<SqliteHarness> {
  const folder = newFolder();
  const clock = new TestClock();
  const path = join(folder, 'hub.db');
  const options: SqliteOptions = { path, now: clock.now, random: randomBytes, schedule: clock.schedule, ...over };
  const harness: SqliteHarness = {
    store: await openSqlite(options),
    clock,
    folder,
    path,
    reopen: async (others = {}) => {
      await harness.store.close();
      harness.store = await openSqlite({ ...options, ...others });
      return harness.store;
    },
    backupTo: () => {
      const target = join(folder, 'copy.db');
      return { target, open: () => openSqlite({ ...options, path: target }) };
    },
    close: async () => {
      await harness.store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}

/** A store under the real clock's place in a test: one that stands still. */
export async function openAt(path: string, over: Partial<SqliteOptions> = {}): Promise<SqliteStore> {
  const clock = new TestClock();
  return openSqlite({ path, now: clock.now, random: randomBytes, schedule: clock.schedule, ...over });
}
