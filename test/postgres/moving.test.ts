// A hub moves house: from its file to PostgreSQL by the command, and neither systems nor readers notice.
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { orderChange, plainMappings, source, target } from '../flows/documents.ts';
import { endAll, layOut, type Place, startAt, syncline, write } from '../flows/hub.ts';
import { closeSystems, startSystem } from '../flows/system.ts';
import { newSchema } from './schemas.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

interface Page {
  items: { id: string }[];
  next: string;
}

it('keeps records, positions and what was still to be sent', async () => {
  const wms = await startSystem();
  const systems = { shop: source(), wms: target(wms), erp: { role: 'erp', connector: 'feed' } };
  const place = layOut({ systems, mappings: plainMappings });
  const before = await startAt(place);
  const ids: string[] = [];
  for (const no of [1, 2, 3]) ids.push((await before.say('shop', orderChange(`SO-${no}`))).id);
  for (const id of ids) await before.replicaIs(id, 'wms', 'synced');
  const { next } = await before.get<Page>('/v1/feeds/erp');
  const stream = await before.get<{ events: object[]; next: string }>('/v1/changes?limit=1000');
  await wms.down();
  const late = (await before.say('shop', orderChange('SO-4'))).id;
  const url = await newSchema();
  const running = await syncline(place, 'copy', '--to', url);
  expect(running).toMatchObject({
    code: 1,
    err: expect.stringMatching(/a hub runs on .*hub\.db; stop it, then copy/),
  });
  expect(await before.stop()).toBe(0);

  const moved = await syncline(place, 'copy', '--from', `sqlite:${place.database.file}`, '--to', url, '--json');
  expect(moved).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(moved.out)).toMatchObject({ resumed: false, rows: { records: 4, changes: 4 } });
  expect(moved.out).not.toContain('postgres:postgres');

  const house: Place = { ...place, config: join(place.folder, 'postgres.yaml') };
  write(house.config, { listen: '127.0.0.1:0', mappings: 'mappings', systems, database: url });
  const after = await startAt(house);
  const page = await after.get<Page>(`/v1/feeds/erp?after=${encodeURIComponent(next)}`);
  expect(page.items.map(({ id }) => id)).toEqual([late]);
  const again = await after.get<{ events: object[] }>('/v1/changes?limit=1000');
  expect(again.events.slice(0, 3)).toEqual(stream.events);
  const more = await after.get<{ events: object[] }>(`/v1/changes?after=${encodeURIComponent(stream.next)}`);
  expect(more.events).toHaveLength(1);
  await wms.up();
  await after.replicaIs(late, 'wms', 'synced');
  expect(wms.objects.size).toBe(4);
  await after.stop();
});

it('says what is wrong with the addresses', async () => {
  const place = layOut({ systems: { shop: source() }, mappings: plainMappings });
  const copy = async (from: string, to: string) => (await syncline(place, 'copy', '--from', from, '--to', to)).err;
  expect(await copy('sqlite:a.db', 'env:NOWHERE')).toContain('--to: the environment has no variable NOWHERE');
  expect(await copy('sqlite:a.db', 'mysql://x')).toContain('--to: "mysql://x" is no database');
  expect(await copy('postgres://a/b', 'postgres://a/c')).toContain('from sqlite:<path> to postgres://…');
  expect(await copy('sqlite:a.db', 'postgres://u:secret@127.0.0.1:1/x')).toMatch(/there is no database .*a\.db/);
});
