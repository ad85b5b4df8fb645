// Changes that the hub asks for: polls with a cursor that outlives the process, and what a webhook only names.
import { afterEach, describe, expect, it } from 'vitest';
import type { RecordView } from './client.ts';
import { anOrder, plainMappings, source, target } from './documents.ts';
import { endAll, type Hub, startAt, startHub } from './hub.ts';
import { closeSystems, type Reply, type System, startSystem } from './system.ts';
import { until } from './until.ts';
import { signedWebhook, webhookSecret } from './webhook.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

const orderOf = (hub: Hub, number: string): Promise<RecordView> => hub.get(`/v1/records/order?match=number:${number}`);

/** A shop with a list of changes that is read from a place in it, two at a time. */
function listed(shop: System): { add(number: string, more?: object): void; askedFrom(): (string | null)[] } {
  const changes: object[] = [];
  shop.reply = ({ path }): Reply | undefined => {
    const { pathname, searchParams } = new URL(path, shop.url);
    if (pathname !== '/changes') return undefined;
    const from = Number(searchParams.get('since') || 0);
    const items = changes.slice(from, from + 2);
    return { status: 200, body: { changed: items, place: String(from + items.length) } };
  };
  return {
    add: (number, more) => void changes.push(anOrder(number, more)),
    askedFrom: () => shop.arrivals.map(({ path }) => new URL(path, shop.url).searchParams.get('since')),
  };
}

const polling = (shop: System): object =>
  source({
    url: shop.url,
    records: {
      order: { poll: { request: 'GET /changes?since={cursor}', every: '50ms', items: 'changed', cursor: 'place' } },
    },
  });

describe('a system that is polled', () => {
  it('is read page by page, and after a restart from where it was', async () => {
    const [shop, wms] = [await startSystem(), await startSystem()];
    const changes = listed(shop);
    for (const number of ['SO-1', 'SO-2', 'SO-3', 'SO-4', 'SO-5']) changes.add(number);
    const hub = await startHub({ systems: { shop: polling(shop), wms: target(wms) }, mappings: plainMappings });
    await until('all five are in the WMS', () => wms.objects.size === 5);
    await until('the end was reached', () => changes.askedFrom().at(-1) === '5');
    expect((await hub.system('shop')).lastPollAt).not.toBeNull();
    await hub.kill();

    changes.add('SO-6');
    changes.add('SO-1', { note: 'edited while nobody listened' });
    const before = shop.arrivals.length;
    const next = await startAt(hub.place);
    await until(
      'the edit has arrived',
      () => orderOf(next, 'SO-1'),
      ({ data }) => data.buyerNote === 'edited while nobody listened',
    );
    expect(changes.askedFrom()[before]).toBe('5');
    expect((await orderOf(next, 'SO-6')).version).toBe(1);
    await until('the WMS has it too', () =>
      [...wms.objects.values()].some(({ note }) => note === 'edited while nobody listened'),
    );
    expect(wms.objects.size).toBe(6);
  });

  it('and fails is asked again from the same place, with nothing missed', async () => {
    const shop = await startSystem();
    const changes = listed(shop);
    const usual = shop.reply;
    changes.add('SO-1');
    const hub = await startHub({ systems: { shop: polling(shop) }, mappings: plainMappings });
    await until('the first was taken', () => orderOf(hub, 'SO-1'));
    await until('the end was reached', () => changes.askedFrom().at(-1) === '1');
    shop.reply = () => ({ status: 503 });
    changes.add('SO-2');
    await until('a poll failed', () => hub.log.some(({ level, record }) => level === 'warn' && record === 'order'));
    shop.reply = usual;
    await until('the second was taken', () => orderOf(hub, 'SO-2'));
    const places = changes.askedFrom().filter((place) => place !== '2');
    expect(new Set(places.slice(1))).toEqual(new Set(['1']));
  });
});

describe('a webhook that only names what changed', () => {
  it('is answered at once; the object is fetched and taken as a change', async () => {
    const [shop, wms] = [await startSystem(), await startSystem()];
    const hub = await startHub({
      systems: {
        shop: source({
          url: shop.url,
          webhook: { scheme: 'standard', secret: webhookSecret },
          records: { order: { fetch: 'GET /orders/{id}' } },
        }),
        wms: target(wms),
      },
      mappings: plainMappings,
    });
    shop.objects.set('/orders/77', anOrder('SO-77', { id: '77', note: 'as it is now' }));
    const { headers, body } = signedWebhook(JSON.stringify({ record: 'order', id: '77' }), {});
    expect((await hub.ask('POST', '/v1/webhooks/shop', { body, headers, key: null })).text).toBe('{}');
    const order = await until('it was taken', () => orderOf(hub, 'SO-77'));
    expect(order.data).toMatchObject({ buyerNote: 'as it is now' });
    expect(order.replicas.find(({ system }) => system === 'shop')?.externalId).toBe('77');
    await hub.replicaIs(order.id, 'wms', 'synced');
    expect(shop.arrivals.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /orders/77']);
  });

  it('is not lost when the hub is killed before it could fetch', async () => {
    const shop = await startSystem();
    const hub = await startHub({
      systems: { shop: source({ url: shop.url, records: { order: { fetch: 'GET /orders/{id}' } } }) },
      mappings: plainMappings,
    });
    shop.reply = () => 'trickle';
    shop.objects.set('/orders/78', anOrder('SO-78', { id: '78' }));
    const named = await hub.say('shop', { record: 'order', id: '78' });
    expect(named).toMatchObject({ status: 'pending', pending: { reason: 'fetch' } });
    await until('it is being fetched', () => shop.arrivals.length > 0);
    await hub.kill();
    shop.reply = undefined;
    const next = await startAt(hub.place);
    await until('it was taken', () => orderOf(next, 'SO-78'));
  });
});
