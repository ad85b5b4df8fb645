// A newer program among older ones on one database: its migration runs once and the older go on, or stop before they write.
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { migrationsFolder } from '../../src/store/engine/migrations.ts';
import { NewerDatabase } from '../../src/store/errors.ts';
import { openPostgres, type PostgresOptions } from '../../src/store/postgres/open.ts';
import type { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { makeOrder, sendAll } from '../contract/store/harness.ts';
import { orderChange, plainMappings, source, target } from '../flows/documents.ts';
import { endAll, layOut, startAt, syncline } from '../flows/hub.ts';
import { closeSystems, startSystem } from '../flows/system.ts';
import { until } from '../flows/until.ts';
import { newSchema, query } from './schemas.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const newest = readdirSync(migrationsFolder('postgres')).length;
const next = newest + 1;
/** It starts programs, on whatever machine. */
const longest = 120_000;

/** One that older programs can go on beside, and one that they cannot. */
const additive = 'CREATE TABLE notes (text TEXT);';
const breaking = `ALTER TABLE audit RENAME COLUMN detail TO details;
  INSERT INTO meta (name, value) VALUES ('oldest_program', '${next}') ON CONFLICT (name) DO UPDATE SET value = excluded.value;`;

const folders: string[] = [];
const stores: PostgresStore[] = [];
afterEach(async () => {
  await endAll();
  await closeSystems();
  for (const store of stores.splice(0)) await store.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** The migrations of a newer program. @param engines twins, as everywhere */
function migrationsWith(sql: string, folder = mkdtempSync(join(tmpdir(), 'syncline-newer-'))): string {
  folders.push(folder);
  for (const engine of ['sqlite', 'postgres'] as const) {
    const into = join(folder, 'migrations', engine);
    cpSync(migrationsFolder(engine), into, { recursive: true });
    writeFileSync(join(into, `${String(next).padStart(4, '0')}_newer.sql`), sql);
  }
  return folder;
}

async function open(url: string, over: Partial<PostgresOptions> = {}): Promise<PostgresStore> {
  const store = await openPostgres({ url, random: randomBytes, ...over });
  stores.push(store);
  return store;
}

const newer = (url: string, sql: string): Promise<PostgresStore> =>
  open(url, { migrations: join(migrationsWith(sql), 'migrations', 'postgres') });

const versions = async (url: string): Promise<number[]> =>
  (await query<{ version: number }>(url, 'SELECT version::int FROM migrations ORDER BY version')).map(
    (row) => row.version,
  );

const failing = (url: string): { store: Promise<PostgresStore>; ended: Promise<Error> } => {
  let end: (error: Error) => void = () => undefined;
  const ended = new Promise<Error>((resolve) => {
    end = resolve;
  });
  return { store: open(url, { onFailure: (error) => end(error) }), ended };
};

describe('a migration that only adds', () => {
  it('runs once when two newer processes start at once, and the older one goes on beside them', async () => {
    const url = await newSchema();
    const older = await open(url);
    const first = await older.transact([], makeOrder(['crm']));
    const both = await Promise.all([newer(url, additive), newer(url, additive)]);
    expect(await versions(url)).toEqual(Array.from({ length: next }, (_, place) => place + 1));
    await older.upkeep.round();
    const second = await older.transact([], makeOrder(['crm']));
    expect((await both[0].claim('crm', 5, sendAll)).map(({ recordId }) => recordId)).toEqual([first, second]);
    // A start of the older program is refused all the same: it cannot know what it would miss.
    await expect(open(url)).rejects.toThrow(NewerDatabase);
    await expect(open(url)).rejects.toThrow(`has schema version ${next}, this program knows versions up to ${newest}`);
  });
});

describe('a migration that older programs cannot go on beside', () => {
  it('stops the older process before it writes anything more, and what it had claimed is taken over at once', async () => {
    const url = await newSchema();
    const { store, ended } = failing(url);
    const older = await store;
    const id = await older.transact([], makeOrder(['crm']));
    expect(await older.claim('crm', 1, sendAll)).toHaveLength(1);
    const waits = older.claim('crm', 1, sendAll);
    const said = expect(waits).rejects.toThrow(NewerDatabase);
    const now = await newer(url, breaking);
    const refused = older.transact([], makeOrder(['crm']));
    await expect(refused).rejects.toThrow(`programs of version ${newest} cannot write to`);
    await expect(refused).rejects.toThrow('start the newer program in place of this one');
    await said;
    expect(await ended).toBeInstanceOf(NewerDatabase);
    await expect(older.counts()).rejects.toThrow(NewerDatabase);
    expect(await query(url, 'SELECT count(*)::int AS count FROM records')).toEqual([{ count: 1 }]);
    await now.upkeep.round();
    expect((await now.claim('crm', 1, sendAll)).map(({ recordId }) => recordId)).toEqual([id]);
  });

  it('stops one that has nothing to write, too', async () => {
    const url = await newSchema();
    const { store, ended } = failing(url);
    const older = await store;
    await newer(url, breaking);
    await older.upkeep.round();
    expect(await ended).toBeInstanceOf(NewerDatabase);
    const [own] = await query<{ lease: string }>(url, 'SELECT lease_until AS lease FROM nodes ORDER BY no LIMIT 1');
    expect(own?.lease).toBe('0');
  });
});

/** A build of a newer program: the same code, one migration more. @returns its main.js */
function newerBuild(sql: string): string {
  const folder = migrationsWith(sql);
  for (const name of ['package.json', 'mappings']) cpSync(join(root, name), join(folder, name), { recursive: true });
  mkdirSync(join(folder, 'dist'));
  for (const name of ['src', 'connectors'])
    cpSync(join(root, 'dist', name), join(folder, 'dist', name), {
      recursive: true,
      filter: (path) => !path.endsWith('.map'),
    });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return join(folder, 'dist', 'src', 'main.js');
}

describe('processes of two programs', () => {
  it(
    'share the work until a migration parts them: then the older ends by itself, with the reason and the next step',
    async () => {
      const wms = await startSystem();
      const url = await newSchema();
      const systems = { shop: source(), wms: target(wms) };
      const place = layOut({ systems, mappings: plainMappings, more: { database: url } });
      const older = await startAt(place);
      const adding = await startAt(place, [], { of: newerBuild(additive) });
      const made = await Promise.all(
        Array.from({ length: 20 }, (_, at) => (at % 2 ? older : adding).say('shop', orderChange(`SO-${at}`))),
      );
      for (const { id } of made) await older.replicaIs(id, 'wms', 'synced');
      expect(wms.objects.size).toBe(20);
      const refused = await syncline(place, 'serve');
      expect([refused.code, refused.err + refused.out]).toEqual([
        1,
        expect.stringContaining(`schema version ${next}, this program knows versions up to ${newest}`),
      ]);

      // As the next program's migration would do.
      await query(url, `UPDATE meta SET value = '${next}' WHERE name = 'oldest_program'`);
      expect(await older.ended).not.toBe(0);
      await until('it has said why', () => JSON.stringify(older.log).includes('start the newer program in place'));
      const { id } = await adding.say('shop', orderChange('SO-after'));
      await adding.replicaIs(id, 'wms', 'synced');
      expect(await adding.stop()).toBe(0);
    },
    longest,
  );
});
