// PostgreSQL stores over a schema of their own, under a clock that the test moves.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { openPostgres, type PostgresOptions } from '../../src/store/postgres/open.ts';
import type { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { restore } from '../../src/store/postgres/restore.ts';
import { type Harness, TestClock } from '../contract/store/harness.ts';

export interface PostgresHarness extends Harness {
  store: PostgresStore;
  url: string;
  /** Another node of the same database; closed with the harness. */
  another(over?: Partial<PostgresOptions>): Promise<PostgresStore>;
  reopen(over?: Partial<PostgresOptions>): Promise<PostgresStore>;
}

let made = 0;

/** An empty schema; connections to the address see no other. */
export async function newSchema(): Promise<string> {
  const name = `s${process.pid}_${made++}`;
  await query(inject('postgres'), `CREATE SCHEMA ${name}`);
  return `${inject('postgres')}?options=-c%20search_path%3D${name}`;
}

/** One statement, as any other program would run it. */
export async function query<R extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** A connection of somebody else, to hold transactions open with. */
export async function stranger(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** A database of its own, where what is true of the whole database is looked at. */
export async function newDatabase(): Promise<string> {
  const name = `d${process.pid}_${made++}`;
  await query(inject('postgres'), `CREATE DATABASE ${name}`);
  const url = new URL(inject('postgres'));
  url.pathname = name;
  return url.href;
}

/** Asks until it is so: a commit, a lock or a wait of another connection cannot be awaited otherwise. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((next) => setImmediate(next));
}

export async function postgresHarness(over: Partial<PostgresOptions> = {}): Promise<PostgresHarness> {
  const url = over.url ?? (await newSchema());
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
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return harness;
}
