// A mapping as a release: planned on the file of a hub that runs, and refused by its exit code.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { shopOrder } from '../core/words.ts';
import { endAll, layOut, shippedMappings, startAt, syncline } from './hub.ts';
import { closeSystems, startSystem } from './system.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

it('is told while the hub runs, by text, by JSON and by exit code, and changes nothing', async () => {
  const wms = await startSystem();
  const records = { order: { create: 'POST /orders', update: 'PUT /orders/{id}' } };
  const place = layOut({
    mappings: 'mappings',
    systems: {
      shop: { role: 'order', connector: 'http', settings: { url: wms.url } },
      wms: { role: 'wms', connector: 'http', settings: { url: wms.url, records } },
    },
  });
  cpSync(shippedMappings, join(place.folder, 'mappings'), { recursive: true });
  const plan = (...more: string[]) => syncline(place, 'mapping', 'plan', ...more);
  const hub = await startAt(place);
  const { id } = await hub.say('shop', { record: 'order', data: shopOrder() });
  await hub.replicaIs(id, 'wms', 'synced');
  expect(await plan()).toMatchObject({ code: 0, out: expect.stringContaining('nothing changes') });
  const file = join(place.folder, 'mappings', 'wms', 'order.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('open: ACTIVE', 'open: LIVE'));
  const told = await plan('--json');
  expect(told.code).toBe(3);
  expect(JSON.parse(told.out)).toMatchObject({
    changes: true,
    mappings: [
      { system: 'wms', record: 'order', changed: 1, fields: [{ theirs: 'order_status', ours: 'status', copies: 1 }] },
    ],
  });
  expect(wms.asked('PUT')).toEqual([]);
  for (const [words, said] of [
    [['--record', 'ordr'], 'no mapping writes "ordr" to any system; mapped outward: order'],
    [['--system', 'wms', '--record', 'customer'], 'no mapping writes "customer" to wms; mapped outward: order'],
    [['--system', 'wns'], 'there is no system "wns"; did you mean "wms"?'],
  ] as const)
    expect(await plan(...words)).toMatchObject({ code: 1, err: expect.stringContaining(said) });
});
