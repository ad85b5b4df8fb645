// Two processes over one database, and a system whose refresh tokens are good for one use: they have one token between them.
import { afterEach, expect, it } from 'vitest';
import { orderChange, plainMappings, source } from '../flows/documents.ts';
import { startGuarded } from '../flows/guarded.ts';
import { endAll, type Hub, layOut, startAt } from '../flows/hub.ts';
import { closeSystems } from '../flows/system.ts';
import { until } from '../flows/until.ts';
import { newSchema } from './schemas.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

const stateAt = async (hub: Hub): Promise<string | undefined> =>
  (await hub.get<{ systems: { system: string; state: string }[] }>('/v1/systems')).systems.find(
    ({ system }) => system === 'wms',
  )?.state;

it('renew it once for all that they send, and are refused once when it is withdrawn', async () => {
  const { vendor, settings, system } = await startGuarded();
  const first = vendor.authorize();
  const place = layOut({
    systems: { shop: source(), wms: settings(first) },
    mappings: plainMappings,
    more: { database: await newSchema() },
  });
  const hubs = [await startAt(place), await startAt(place)] as const;
  const sayMany = (round: string): Promise<{ id: string }[]> =>
    Promise.all(
      Array.from({ length: 24 }, (_, at) => (hubs[at % 2] as Hub).say('shop', orderChange(`${round}-${at}`))),
    );
  const deliver = async (round: string): Promise<void> => {
    for (const { id } of await sayMany(round)) await hubs[0].replicaIs(id, 'wms', 'synced');
  };
  await deliver('SO');
  expect(vendor.asked).toEqual([first]);
  expect(new Set(system.asked('POST').map(({ headers }) => headers.authorization)).size).toBeLessThanOrEqual(2);
  vendor.end();
  await deliver('SI');
  expect(vendor.asked).toEqual([first, 'refresh-2']);
  expect(system.objects.size).toBe(48);

  vendor.revoke();
  await sayMany('SA');
  await until(
    'both have paused it',
    () => Promise.all(hubs.map(stateAt)),
    (states) => states.every((state) => state === 'unauthorized'),
  );
  expect(vendor.asked).toEqual([first, 'refresh-2', 'refresh-3']);
  expect(system.objects.size).toBe(48);
});
