// What one system says touches nothing that is another's: neither its keys, nor its copies, nor its feed.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Scene, scene } from '../core/scene.ts';
import { shopOrder } from '../core/words.ts';

let hub: Scene;
beforeEach(async () => {
  hub = await scene();
});
afterEach(() => hub.close());

it('the same idempotency key of two systems is two keys: neither gets the answer of the other', async () => {
  const made = await hub.say('shop', { record: 'order', data: shopOrder() }, 'evt-1');
  const other = await hub.say(
    'crm',
    { record: 'order', id: '8812', data: { id: '8812', orderNo: 'SO-1001' } },
    'evt-1',
  );
  expect(made.repeated).toBeUndefined();
  expect(other.repeated).toBeUndefined();
  expect((await hub.say('shop', { record: 'order', data: shopOrder() }, 'evt-1')).repeated).toBe(true);
});

it('a poller acknowledges and rejects only what its own feed holds', async () => {
  const made = await hub.say('shop', { record: 'order', data: shopOrder() });
  const [toWms] = await hub.due('wms');
  const item = { record: 'order', id: made.id, seq: String(toWms?.seq) };
  const before = await hub.record('order', made.id);
  expect(await hub.core.acknowledge('erp', [{ ...item, id: 'ord_nobody', externalId: 'E-1' }])).toMatchObject([
    { status: 'unknown' },
  ]);
  await hub.core.reject('erp', [{ ...item, id: 'ord_nobody', reason: 'x' }]);
  expect(await hub.record('order', made.id)).toEqual(before);
  // Its own copy of the record it may refuse; that of the WMS stays as it is.
  await hub.core.feed({ system: 'erp', after: null, limit: 10 });
  await hub.core.reject('erp', [{ ...item, reason: 'blocked' }]);
  const states = Object.fromEntries(
    (await hub.record('order', made.id)).replicas.map(({ system, state }) => [system, state]),
  );
  expect(states).toMatchObject({ erp: 'dead', wms: 'behind', crm: 'behind' });
});

it('an external id counts for the system that gave it', async () => {
  const made = await hub.say('shop', { record: 'order', data: shopOrder() });
  // The id of another system's object, said by the CRM of an order of its own.
  const other = await hub.say('crm', { record: 'order', id: '1001', data: { id: '1001', orderNo: 'SO-2002' } });
  expect(other.id).not.toBe(made.id);
  const view = await hub.record('order', made.id);
  expect(view.data.number).toBe('SO-1001');
});
