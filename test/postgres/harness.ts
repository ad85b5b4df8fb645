// PostgreSQL stores over a schema of their own, under a clock that the test moves.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { openPostgres, type PostgresOptions } from '../../src/store/postgres/open.ts';
import type { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { restore } from '../../src/store/postgres/restore.ts';
import { type Harness, TestClock } from '../contract/store/harness.ts';
import { giveBack, newSchema, spareSchema } from './schemas.ts';

export interface PostgresHarness extends Harness {
  store: PostgresStore;
  url: string;
  /** Another node of the same database; closed with the harness. */
  another(over?: Partial<PostgresOptions>): Promise<PostgresStore>;
  reopen(over?: Partial<PostgresOptions>): Promise<PostgresStore>;
}

/** What is waited for needs the processor too. */
const askAgainMs = 5;

/** A connection of somebody else, to hold transactions open with. */
export async function stranger(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Asks until it is so: a commit, a lock or a wait of another connection cannot be awaited otherwise. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(askAgainMs);
}

export async function postgresHarness(over: Partial<PostgresOptions> = {}): Promise<PostgresHarness> {
  const url = over.url ?? (await spareSchema());
  const clock = new TestClock();
  const folder = mkdtempSync(join(tmpdir(), 'syncline-backup-'));
  const options: PostgresOptions = { now: clock.now, random: randomBytes, schedule: clock.schedule, ...over, url };
  const others: PostgresStore[] = [];
  const harness: PostgresHarness = {
    store: await openPostgres(options),
    clock,
    url,
    another: async (more = {}) => {
      const store = await openPostgres({ ...options, ...more });
      others.push(store);
      return store;
    },
    reopen: async (more = {}) => {
      await harness.store.close();
      harness.store = await openPostgres({ ...options, ...more });
      return harness.store;
    },
    backupTo: () => {
      const target = join(folder, 'copy.backup');
      const open = async (): Promise<PostgresStore> => {
        const copy = await newSchema();
        await restore(target, copy, randomBytes);
        return openPostgres({ ...options, url: copy });
      };
      return { target, open };
    },
    close: async () => {
      await harness.store.close();
      for (const other of others) await other.close();
      if (over.url === undefined) await giveBack(url);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}
