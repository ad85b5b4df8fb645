// Orders are decided about in the transaction that brings the change: what they get, once, and what keeps them from it.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RecordView } from '../../../src/core/core.ts';
import type { Json, JsonObject } from '../../../src/model/json.ts';
import type { RecordType } from '../../../src/model/records.ts';
import { type Scene, scene } from '../../core/scene.ts';
import { addressA } from '../../core/words.ts';
import { inForce, milkPowder } from './words.ts';

let hub: Scene;
beforeEach(async () => {
  hub = await scene({ routing: inForce() });
});
afterEach(() => hub.close());

const effectOf = (type: RecordType, id: string): Promise<RecordView | undefined> => hub.core.record({ type, id });
const shipmentOf = (orderId: string, generation = 0) => effectOf('shipment', `logistics/${orderId}/${generation}`);
const dataOf = async (orderId: string): Promise<JsonObject> => (await hub.record('order', orderId)).data;
const decisionsOf = async (id: string) =>
  (await hub.core.timeline(id, 100, null)).items.flatMap(({ decision }) => decision ?? []);
const patch = (id: string, body: object, ifMatch = '*') =>
  hub.core.patch({ address: { type: 'order', id }, body: JSON.stringify(body), ifMatch, actor: 'ops' });

describe('a paid order of milk powder', () => {
  it('gets its warehouse, tag, coupon and shipment with the change that brings it', async () => {
    const { id } = await hub.say('shop', milkPowder());
    expect(await dataOf(id)).toMatchObject({
      warehouseId: 'WH-COLD-01',
      tags: ['vip'],
      fulfillmentStatus: 'released',
    });
    expect((await shipmentOf(id))?.data).toMatchObject({
      ...{ number: 'SO-1001-0', orderId: id, generation: 0, warehouseId: 'WH-COLD-01', status: 'requested' },
      ...{ shipTo: { street: '老街 1 号' }, lines: { 1: { lineNo: '1', sku: 'MILK-1', quantity: 2 } } },
    });
    expect((await effectOf('coupon', `benefit/${id}/after-sale-card`))?.data).toMatchObject({
      template: 'AFTERSALE-CARD',
      orderId: id,
    });
  });

  it('goes out to the systems that have a mapping for what was made', async () => {
    const { id } = await hub.say('shop', milkPowder());
    const sent = (await hub.due('wms')).map(({ record, recordId }) => [record, recordId]);
    expect(sent).toEqual([
      ['order', id],
      ['shipment', `logistics/${id}/0`],
    ]);
    expect((await hub.record('order', id)).replicas.find(({ system }) => system === 'shop')).toMatchObject({
      state: 'behind',
    });
  });

  it('is decided of once, whatever comes after', async () => {
    const { id } = await hub.say('shop', milkPowder());
    await hub.say('shop', milkPowder({ updated_at: '2026-11-23T04:02:00Z', total: '530.00' }));
    await hub.say('shop', milkPowder({ updated_at: '2026-11-23T04:03:00Z', total: '520.00' }));
    expect(await decisionsOf(id)).toHaveLength(1);
    expect(await shipmentOf(id, 1)).toBeUndefined();
  });

  it('has a decision that says why, replayable from its facts', async () => {
    const { id } = await hub.say('shop', milkPowder());
    const [decision] = await decisionsOf(id);
    expect(decision).toMatchObject({ policy: 'routing', version: 1, subject: id, error: null });
    expect(decision?.outcome).toMatchObject({ haltedBy: null, slots: { warehouse: { rule: 'cold-chain' } } });
    expect(decision?.effects.map(({ slot, status }) => [slot, status])).toEqual([
      ['warehouse', 'claimed'],
      ['tags', 'claimed'],
      ['benefits', 'claimed'],
      ['logistics', 'claimed'],
    ]);
  });

  it('that comes with a first load is taken and not decided about', async () => {
    await hub.core.accept({
      ...{ system: 'shop', body: JSON.stringify(milkPowder()), format: 'json', via: 'poll' },
      backfill: true,
    });
    const order = await hub.core.record({ type: 'order', match: { field: 'number', value: 'SO-1001' } });
    expect(order?.version).toBe(1);
    expect(order?.data.warehouseId).toBeUndefined();
  });
});

describe('an order that is not paid', () => {
  it('gets its warehouse at once and its shipment when it is paid', async () => {
    const { id } = await hub.say('shop', milkPowder({ payment: 'unpaid', paid_at: null }));
    expect(await dataOf(id)).toMatchObject({ warehouseId: 'WH-COLD-01', tags: ['vip'] });
    expect(await shipmentOf(id)).toBeUndefined();
    await hub.say('shop', milkPowder({ updated_at: '2026-11-23T04:05:00Z' }));
    expect(await shipmentOf(id)).toBeDefined();
    expect((await decisionsOf(id)).map(({ effects }) => effects.map(({ status }) => status))).toEqual([
      ['unchanged', 'unchanged', 'already_claimed', 'claimed'],
      ['claimed', 'claimed', 'claimed'],
    ]);
  });

  it('is not decided about again for a change that no fact reads', async () => {
    const { id } = await hub.say('shop', milkPowder({ payment: 'unpaid', paid_at: null }));
    const { version } = await hub.record('order', id);
    await hub.say(
      'shop',
      milkPowder({ payment: 'unpaid', paid_at: null, note: 'ring', updated_at: '2026-11-23T04:09:00Z' }),
    );
    expect((await hub.record('order', id)).version).toBe(version + 1);
    expect(await decisionsOf(id)).toHaveLength(1);
  });

  it('keeps the tag off that a person took off', async () => {
    const { id } = await hub.say('shop', milkPowder({ payment: 'unpaid', paid_at: null }));
    await patch(id, { tags: ['regular'] });
    await hub.say('shop', milkPowder({ updated_at: '2026-11-23T04:05:00Z' }));
    expect((await dataOf(id)).tags).toEqual(['regular']);
  });

  it('goes to the nearest warehouse', async () => {
    const items = [{ line: '1', sku: 'TEA', qty: 1, price: '9.00', total: '9.00' }];
    const { id } = await hub.say('shop', milkPowder({ payment: 'unpaid', paid_at: null, total: '9.00', items }));
    expect((await dataOf(id)).warehouseId).toMatch(/^WH-/);
    const [decision] = await decisionsOf(id);
    expect(decision?.effects).toMatchObject([
      { action: 'warehouse.allocate', warehouse: (await dataOf(id)).warehouseId },
    ]);
  });

  it('that nobody can serve is not pushed, and an alert says so', async () => {
    const items = [{ line: '1', sku: 'TEA', qty: 1, price: '9.00', total: '9.00' }];
    const { id } = await hub.say('shop', milkPowder({ items, total: '9.00', ship_to: { ...addressA, country: 'FR' } }));
    expect(await shipmentOf(id)).toBeUndefined();
    expect(hub.events.flatMap(({ alerts }) => alerts.map(({ kind }) => kind))).toContain('routing_blocked');
    const [decision] = await decisionsOf(id);
    expect(decision?.effects.map(({ slot, status }) => [slot, status])).toEqual([
      ['warehouse', 'blocked_missing'],
      ['logistics', 'blocked_missing'],
    ]);
  });
});

describe('an order under risk review', () => {
  const held = (more: object = {}) => milkPowder({ risk: 'review', ...more });
  const holdsOf = async (id: string): Promise<Json | undefined> => (await dataOf(id)).holds;

  it('stops with one notification, paid or not, however often it changes', async () => {
    const { id } = await hub.say('shop', held({ payment: 'unpaid', paid_at: null }));
    await hub.say('shop', held({ updated_at: '2026-11-23T04:05:00Z' }));
    await hub.say('shop', held({ updated_at: '2026-11-23T04:06:00Z', total: '530.00' }));
    const data = await dataOf(id);
    expect(data).toMatchObject({ holdSeq: 1, holds: { hold: { by: 'policy', code: 'hold' } } });
    expect(data.warehouseId).toBeUndefined();
    expect(await effectOf('notification', `notify/${id}/supervisor/1`)).toMatchObject({
      data: { role: 'supervisor', template: 'order-held', orderId: id },
    });
    expect(await effectOf('notification', `notify/${id}/supervisor/2`)).toBeUndefined();
    expect(await shipmentOf(id)).toBeUndefined();
  });

  it('goes on when the review ends: the hold of the rule ends with it', async () => {
    const { id } = await hub.say('shop', held());
    await hub.say('shop', milkPowder({ risk: 'none', updated_at: '2026-11-23T04:05:00Z' }));
    expect(await holdsOf(id)).toBeUndefined();
    expect(await dataOf(id)).toMatchObject({ warehouseId: 'WH-COLD-01', fulfillmentStatus: 'released' });
    expect(await shipmentOf(id)).toBeDefined();
  });

  it('that is held a second time tells a second time', async () => {
    const unpaid = { payment: 'unpaid', paid_at: null };
    const { id } = await hub.say('shop', held(unpaid));
    await hub.say('shop', milkPowder({ ...unpaid, risk: 'none', updated_at: '2026-11-23T04:05:00Z' }));
    await hub.say('shop', held({ ...unpaid, updated_at: '2026-11-23T04:06:00Z' }));
    expect(await dataOf(id)).toMatchObject({ holdSeq: 2 });
    expect(await effectOf('notification', `notify/${id}/supervisor/2`)).toBeDefined();
  });

  it('is held by a person until that person lets it go, without a number of its own', async () => {
    const { id } = await hub.say('shop', milkPowder({ payment: 'unpaid', paid_at: null }));
    await patch(id, { holds: { manual: { code: 'manual', reason: 'asked by phone', by: 'ops' } } });
    await hub.say('shop', milkPowder({ updated_at: '2026-11-23T04:05:00Z' }));
    expect(await dataOf(id)).toMatchObject({ holdSeq: 1, holds: { manual: { by: 'ops' }, hold: { by: 'policy' } } });
    expect(await shipmentOf(id)).toBeUndefined();
    await patch(id, { holds: { manual: null } });
    expect(await holdsOf(id)).toBeUndefined();
    expect(await shipmentOf(id)).toBeDefined();
  });
});

describe('an order of which no facts can be had', () => {
  it('is marked, alerted and not decided about; the change itself is taken, and the next one tries again', async () => {
    const bad = [{ line: '1', sku: 'MILK-1', qty: -1, price: '1.00', total: '1.00', care: ['cold_chain'] }];
    const lines = inForce((text) => text.replace('order.paymentStatus == "paid"', 'order.totalQuantity > 0'));
    await hub.close();
    hub = await scene({ routing: lines });
    const { id, status } = await hub.say('shop', milkPowder({ items: bad }));
    expect(status).toBe('accepted');
    const data = await dataOf(id);
    expect(data.warehouseId).toBeUndefined();
    const [decision] = await decisionsOf(id);
    expect(data.routingError).toMatchObject({
      decisionId: decision?.id,
      message: 'order.totalQuantity is -1, and lies between 0 and 9007199254740991',
    });
    expect(hub.events.flatMap(({ alerts }) => alerts.map(({ kind }) => kind))).toContain('routing_error');
    await hub.say('shop', milkPowder({ updated_at: '2026-11-23T04:05:00Z' }));
    expect((await dataOf(id)).routingError).toBeUndefined();
    expect(await shipmentOf(id)).toBeDefined();
  });
});
