// Locks of others, connections that are cut, a server that is set up to lose data: clear answers, and nothing waits for ever.
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { migrationsFolder } from '../../src/store/engine/migrations.ts';
import { ChangedMigration, NewerDatabase, StoreUnavailable, UnsafeDatabase } from '../../src/store/errors.ts';
import { assertDurable, connect } from '../../src/store/postgres/connect.ts';
import { Numbers, wereCommitted } from '../../src/store/postgres/numbers.ts';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { restore } from '../../src/store/postgres/restore.ts';
import type { Decide } from '../../src/store/store.ts';
import { change, makeOrder, sendAll } from '../contract/store/harness.ts';
import { cuttingProxy } from './cutting-proxy.ts';
import { type PostgresHarness, postgresHarness, stranger, until } from './harness.ts';
import { newDatabase, newSchema, query } from './schemas.ts';

const harnesses: PostgresHarness[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const one of harnesses.splice(0)) await one.close();
  for (const one of folders.splice(0)) rmSync(one, { recursive: true, force: true });
});

async function given(...over: Parameters<typeof postgresHarness>): Promise<PostgresHarness> {
  const harness = await postgresHarness(...over);
  harnesses.push(harness);
  return harness;
}

const open = (url: string, migrations?: string) =>
  openPostgres({ url, random: randomBytes, ...(migrations !== undefined && { migrations }) });

const touch =
  (id: string): Decide<number> =>
  (state, { nextSeq }) => {
    const row = state.record(id)?.row;
    if (!row) throw new Error('gone');
    const version = row.version + 1;
    return {
      write: { records: [{ ...row, version }], changes: [change(nextSeq(), id, { version })] },
      answer: version,
    };
  };

describe('a lock of somebody else', () => {
  it('holds up whom it concerns, and nobody beside', async () => {
    const { store, url } = await given();
    const held = await store.transact([], makeOrder([]));
    const free = await store.transact([], makeOrder([]));
    const other = await stranger(url);
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM records WHERE id = $1 FOR UPDATE', [held]);
    let done = false;
    const waits = store.transact([held], touch(held)).finally(() => {
      done = true;
    });
    const again = store.transact([held], touch(held));
    expect(await store.transact([free], touch(free))).toBe(2);
    expect((await store.read([held], (state) => state.record(held)?.row))?.version).toBe(1);
    expect(done).toBe(false);
    await other.query('COMMIT');
    await other.end();
    expect(await waits).toBe(2);
    expect(await again).toBe(3);
  });

  it('is not waited for without end', async () => {
    let elapsed = 0;
    const { store, url } = await given({ elapsed: () => elapsed });
    const held = await store.transact([], makeOrder([]));
    const other = await stranger(url);
    await other.query('BEGIN');
    await other.query('SELECT 1 FROM records WHERE id = $1 FOR UPDATE', [held]);
    const waits = store.transact([held], touch(held));
    elapsed = 11;
    await expect(waits).rejects.toThrow(StoreUnavailable);
    await other.query('ROLLBACK');
    await other.end();
    expect(await store.transact([held], touch(held))).toBe(2);
  });

  it('never makes a deadlock of the nodes own: records are locked in one order', async () => {
    const harness = await given({ url: await newDatabase() });
    const nodes = [harness.store, await harness.another(), await harness.another()];
    const a = await harness.store.transact([], makeOrder([]));
    const b = await harness.store.transact([], makeOrder([]));
    const both: Decide<number> = (state, context) => {
      touch(a)(state, context);
      const { write, answer } = touch(b)(state, context) as { write: object; answer: number };
      return { write, answer };
    };
    await Promise.all(
      Array.from({ length: 90 }, (_, place) =>
        (nodes[place % 3] as (typeof nodes)[number]).transact(place % 2 ? [a, b] : [b, a], both),
      ),
    );
    expect((await harness.store.read([b], (state) => state.record(b)?.row))?.version).toBe(91);
    const text = 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()';
    expect(await query(harness.url, text)).toEqual([{ deadlocks: '0' }]);
  });
});

describe('connections that are cut', () => {
  it('cost nothing that was acknowledged, and are replaced', async () => {
    const harness = await given({ url: await newDatabase() });
    const { store, url } = harness;
    const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'syncline'`;
    const acknowledged: string[] = [];
    let cutting = true;
    const write = async (): Promise<void> => {
      while (cutting) acknowledged.push(await store.transact([], makeOrder(['crm'])));
    };
    const writers = Promise.all([write(), write(), write()]);
    for (let times = 0; times < 6; times++) {
      const before = acknowledged.length;
      await query(url, cut);
      await until(async () => acknowledged.length > before + 5);
    }
    cutting = false;
    await writers;
    const kept = (await store.recordsOf('order', 100_000, null)).items.map(({ id }) => id);
    expect(kept.sort()).toEqual(acknowledged.sort());
    expect((await store.counts()).map(({ count }) => count)).toEqual([acknowledged.length]);
    expect(await store.claim('crm', 5, sendAll)).toHaveLength(5);
  });
});

describe('a connection that is lost during a commit', () => {
  it.each(['before', 'after'] as const)('%s the server heard of it: what was asked is done once', async (when) => {
    const proxy = await cuttingProxy(await newSchema());
    const harness = await given({ url: proxy.url });
    const { store } = harness;
    const first = await store.transact([], makeOrder(['crm']));
    const claim = store.claim('crm', 2, sendAll);
    expect((await claim).map(({ recordId }) => recordId)).toEqual([first]);
    const next = store.claim('crm', 2, sendAll);
    await store.ready();
    proxy.cutNextCommit(when);
    const id = await store.transact([], makeOrder(['crm']));
    expect(proxy.cuts()).toBe(1);
    // The claim that the same commit filled is not lost either.
    expect((await next).map(({ recordId }) => recordId)).toEqual([id]);
    expect((await store.changesAfter(0, 10, {})).map(({ recordId }) => recordId)).toEqual([first, id]);
    expect((await store.counts()).map(({ count }) => count)).toEqual([2]);
    harnesses.splice(harnesses.indexOf(harness), 1);
    await harness.close();
    await proxy.close();
  });
});

describe('a call whose connection is lost again and again before the commit', () => {
  it('is made anew each time, and done once', async () => {
    const proxy = await cuttingProxy(await newSchema());
    const harness = await given({ url: proxy.url });
    await harness.store.ready();
    proxy.cutNextCommit('before', 3);
    const id = await harness.store.transact([], makeOrder(['crm']));
    expect(proxy.cuts()).toBe(3);
    expect((await harness.store.changesAfter(0, 10, {})).map(({ recordId }) => recordId)).toEqual([id]);
    harnesses.splice(harnesses.indexOf(harness), 1);
    await harness.close();
    await proxy.close();
  });
});

describe('what became of a commit', () => {
  it('is committed only if it says so: a reservation may be lost with its transaction', async () => {
    const { url, store } = await given();
    await store.ready();
    const connections = connect({ url }, () => undefined);
    const numbers = new Numbers(connections.notes);
    const asked = async (state: string, node = 'me'): Promise<boolean> => {
      const { block } = await numbers.reserve(1, 'me');
      if (state === 'lost') await query(url, 'DELETE FROM number_blocks WHERE no = $1', [block]);
      else await query(url, 'UPDATE number_blocks SET state = $2 WHERE no = $1', [block, state]);
      return wereCommitted(connections.notes, [block], node);
    };
    expect(await asked('committed')).toBe(true);
    expect(await asked('open')).toBe(false);
    expect(await asked('given_up')).toBe(false);
    expect(await asked('lost')).toBe(false);
    expect(await asked('committed', 'somebody else')).toBe(false);
    await connections.end();
  });
});

describe('limits', () => {
  it('stand on every connection', async () => {
    const connections = connect({ url: await newSchema() }, () => undefined);
    const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
    for (const pool of [connections.writer, connections.notes, connections.reads]) {
      const { rows } = await pool.query('SELECT name, setting::int AS ms FROM pg_settings WHERE name = ANY($1)', [
        names,
      ]);
      expect(rows).toHaveLength(3);
      for (const { ms } of rows) expect(ms).toBeGreaterThan(0);
    }
    await connections.end();
  });

  it('hold the number of connections', async () => {
    const { store, url } = await given({ url: await newDatabase(), connections: 4 });
    await Promise.all(
      Array.from({ length: 40 }, () => Promise.all([store.counts(), store.transact([], makeOrder([]))])),
    );
    const text = `SELECT count(*)::int AS count FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'syncline'`;
    const [found] = await query<{ count: number }>(url, text);
    expect(found?.count).toBeLessThanOrEqual(4);
  });
});

describe('a server that is away', () => {
  it('is told as such by every list, whichever way it is asked', async () => {
    const proxy = await cuttingProxy(await newSchema());
    const { store } = await given({ url: proxy.url });
    await proxy.close();
    await expect(store.counts()).rejects.toThrow(StoreUnavailable);
    await expect(store.deadLetters({ state: 'open' }, 10, null)).rejects.toThrow(StoreUnavailable);
    await expect(store.systems()).rejects.toThrow(StoreUnavailable);
  });
});

describe('a server that may lose what was acknowledged', () => {
  it('is refused where commits do not wait for the disk', async () => {
    const url = await newDatabase();
    await query(url, `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET synchronous_commit = off`);
    await expect(open(url)).rejects.toThrow(UnsafeDatabase);
    await expect(open(url)).rejects.toThrow(/synchronous_commit = off.*Set it to on/);
  });

  it.each([
    [{ fsync: 'off' }, /fsync = off/],
    [{ synchronousCommit: 'off' }, /synchronous_commit = off/],
    [{ version: 130_010 }, /PostgreSQL 13; version 14/],
  ])('is refused with %o', (over, message) => {
    const good = { fsync: 'on', synchronousCommit: 'on', version: 180_004 };
    expect(() => assertDurable('db', good)).not.toThrow();
    expect(() => assertDurable('db', { ...good, ...over })).toThrow(message);
  });

  it('is told by its address, without the password', async () => {
    const url = new URL(await newSchema());
    url.password = 'not-the-password';
    const refused = open(url.href);
    await expect(refused).rejects.toThrow(/refuses the user or the password/);
    await expect(refused).rejects.not.toThrow(/not-the-password/);
    await expect(open('postgres://u:secret@127.0.0.1:1/hub')).rejects.toThrow(
      /postgres:\/\/127\.0\.0\.1:1\/hub cannot be reached/,
    );
  });
});

describe('migrations', () => {
  const newest = readdirSync(migrationsFolder('postgres')).length;
  const numbered = (version: number, name: string): string => `${String(version).padStart(4, '0')}_${name}.sql`;
  const others = (): string => {
    const folder = mkdtempSync(join(tmpdir(), 'syncline-migrations-'));
    folders.push(folder);
    cpSync(migrationsFolder('postgres'), folder, { recursive: true });
    return folder;
  };

  it('are applied once, by one of many nodes that start together', async () => {
    const url = await newSchema();
    const stores = await Promise.all(Array.from({ length: 5 }, () => open(url)));
    expect(await query(url, 'SELECT version::int FROM migrations ORDER BY version')).toEqual(
      Array.from({ length: newest }, (_, place) => ({ version: place + 1 })),
    );
    expect(new Set(stores.map(({ epoch }) => epoch)).size).toBe(1);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('of a newer program stop the start, naming both versions', async () => {
    const url = await newSchema();
    const migrations = others();
    writeFileSync(join(migrations, numbered(newest + 1, 'add-notes')), 'CREATE TABLE notes (text TEXT);');
    await (await open(url, migrations)).close();
    await expect(open(url)).rejects.toThrow(NewerDatabase);
    await expect(open(url)).rejects.toThrow(new RegExp(`schema version ${newest + 1}.*versions up to ${newest}`));
  });

  it('that were changed stop the start, and a broken one leaves nothing', async () => {
    const url = await newSchema();
    const migrations = others();
    writeFileSync(
      join(migrations, numbered(newest + 1, 'broken')),
      'CREATE TABLE fine (a INT); CREATE TABEL broken (a INT);',
    );
    await expect(open(url, migrations)).rejects.toThrow(/TABEL/);
    expect(await query(url, `SELECT to_regclass('fine') AS fine, to_regclass('records') AS records`)).toEqual([
      { fine: null, records: null },
    ]);
    await (await open(url)).close();
    writeFileSync(join(migrations, '0001_start.sql'), 'SELECT 1;');
    await expect(open(url, migrations)).rejects.toThrow(ChangedMigration);
  });
});

describe('a backup', () => {
  it('that is damaged, or does not fit where it should go, is not restored', async () => {
    const { store, backupTo, url } = await given();
    await store.transact([], makeOrder(['crm']));
    const { target } = backupTo();
    await store.backup(target);
    await expect(restore(target, url, randomBytes)).rejects.toThrow(/has records already/);
    const empty = await newSchema();
    await expect(restore(`${target}.none`, empty, randomBytes)).rejects.toThrow(/does not exist/);
    writeFileSync(`${target}.cut`, `${JSON.stringify({ format: 'syncline-postgres-1' })}\n`);
    await expect(restore(`${target}.cut`, empty, randomBytes)).rejects.toThrow(/damaged/);
    writeFileSync(`${target}.else`, '{"a":1}\n');
    await expect(restore(`${target}.else`, empty, randomBytes)).rejects.toThrow(/no backup/);
    const { epoch } = await restore(target, empty, randomBytes);
    expect(epoch).not.toBe(store.epoch);
  });
});
