// Decisions on request and by time, over a real database file.
import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { inForce, milkPowder } from '../intake/routing/words.ts';
import { type Scene, scene } from './scene.ts';

let hub: Scene;
const open = async (edit?: (text: string) => string): Promise<void> => {
  hub = await scene({ routing: inForce(edit, 3) });
};
afterEach(() => hub.close());

const unpaid = { payment: 'unpaid', paid_at: null };
const dataOf = async (id: string): Promise<JsonObject> => (await hub.record('order', id)).data;
const decisionsOf = async (id: string) => (await hub.core.decisions(id, 100, null)).items;

const facts = {
  order: {
    ...{ id: 'ord_1', number: '1', channel: '', storeId: '', status: 'open', paymentStatus: 'paid' },
    ...{ fulfillmentStatus: 'unfulfilled', riskStatus: 'none', onHold: false, payableMinor: 52000, currency: 'CNY' },
    ...{ handling: ['cold_chain'], shipCountry: 'CN', shipDivision: '310000', lineCount: 1, totalQuantity: 1 },
    ...{ customerTier: '', fulfillmentGeneration: 0, holdSeq: 0, hoursSincePaid: 0, addressChangedAfterPaid: false },
  },
};

describe('a dry run', () => {
  it('by facts decides of them and keeps nothing', async () => {
    await open();
    const decision = await hub.core.decide({ mode: 'dry_run', facts }, 'ops');
    expect(decision).toMatchObject({ id: null, version: 3, order: null, haltedBy: null });
    expect(decision.effects.map(({ slot, onceKey, status }) => [slot, onceKey, status])).toEqual([
      ['warehouse', undefined, 'would_claim'],
      ['tags', undefined, 'would_claim'],
      ['benefits', 'benefit/ord_1/after-sale-card', 'would_claim'],
      ['logistics', 'logistics/ord_1/0', 'would_claim'],
    ]);
    expect(await decisionsOf('ord_1')).toEqual([]);
  });

  it('by facts that are none tells every fault with its place', async () => {
    await open();
    const given = { order: { ...facts.order, payableMinor: 1.5, riskStatus: 'risky', payble: 1, number: undefined } };
    const bad = hub.core.decide({ mode: 'dry_run', facts: JSON.parse(JSON.stringify(given)) as JsonObject }, 'ops');
    await expect(bad).rejects.toMatchObject({
      problem: {
        status: 400,
        faults: [
          { path: '/facts/order/payble', message: 'is no fact' },
          { path: '/facts/order/number', message: 'is missing' },
          { path: '/facts/order/riskStatus', message: '"risky" is none of its values' },
          { path: '/facts/order/payableMinor', message: 'must be a whole number' },
        ],
      },
    });
  });

  it('by an order says what a live one would do, and why it is not done by itself', async () => {
    await open();
    const { id } = await hub.say('shop', milkPowder());
    const before = await hub.record('order', id);
    const decision = await hub.core.decide({ mode: 'dry_run', order: id }, 'ops');
    expect(decision).toMatchObject({ id: null, order: id, notRouted: 'its fulfillment is released already' });
    expect(decision.effects.map(({ status }) => status)).toEqual([
      ...['unchanged', 'unchanged', 'already_claimed', 'already_claimed'],
    ]);
    expect(await hub.record('order', id)).toEqual(before);
    expect(await decisionsOf(id)).toHaveLength(1);
  });

  it('of an order or a version that is not there is a 404', async () => {
    await open();
    await expect(hub.core.decide({ mode: 'dry_run', order: 'ord_1' }, 'ops')).rejects.toMatchObject({
      problem: { status: 404 },
    });
    const other = hub.core.decide({ mode: 'dry_run', facts, policy: 'routing@9' }, 'ops');
    await expect(other).rejects.toMatchObject({ problem: { status: 404 } });
  });
});

describe('a live decision', () => {
  it('is carried out, and of the same facts is the one that was made before', async () => {
    await open();
    await hub.core.accept({
      ...{ system: 'shop', body: JSON.stringify(milkPowder(unpaid)), format: 'json', via: 'poll', backfill: true },
    });
    const order = await hub.core.record({ type: 'order', match: { field: 'number', value: 'SO-1001' } });
    const id = order?.id ?? '';
    const first = await hub.core.decide({ mode: 'live', order: id }, 'ops');
    expect(await dataOf(id)).toMatchObject({ warehouseId: 'WH-COLD-01', tags: ['vip'] });
    expect(await hub.core.decide({ mode: 'live', order: id }, 'ops')).toEqual(first);
    expect(await hub.core.decision(first.id ?? '')).toEqual(first);
  });

  it('of an order that was pushed is refused', async () => {
    await open();
    const { id } = await hub.say('shop', milkPowder());
    await expect(hub.core.decide({ mode: 'live', order: id }, 'ops')).rejects.toMatchObject({
      problem: { status: 409, detail: `order ${id} is not decided about: its fulfillment is released already` },
    });
  });

  it('without a policy is refused', async () => {
    hub = await scene();
    await expect(hub.core.decide({ mode: 'live', order: 'ord_1' }, 'ops')).rejects.toMatchObject({
      problem: { status: 409 },
    });
  });
});

describe('what is decided changes', () => {
  it('by time alone: a rule that asks for hours is asked again when they have passed', async () => {
    await open((text) =>
      text.replace('order.paymentStatus == "paid"', 'order.paymentStatus == "paid" && order.hoursSincePaid >= 2'),
    );
    const { id } = await hub.say(
      'shop',
      milkPowder({ paid_at: '2026-11-23T04:59:00Z', updated_at: '2026-11-23T04:59:30Z' }),
    );
    expect((await dataOf(id)).fulfillmentStatus).toBeUndefined();
    hub.pass(60_000);
    expect(await hub.core.runTimers()).toBe(0);
    hub.pass(2 * 3_600_000);
    await hub.restart();
    expect(await hub.core.runTimers()).toBe(1);
    expect(await dataOf(id)).toMatchObject({ fulfillmentStatus: 'released' });
    hub.pass(24 * 3_600_000);
    expect(await hub.core.runTimers()).toBe(0);
  });

  it('by the customer: a change of the tier is followed by a look at the orders that are not pushed yet', async () => {
    await open((text) => text.replace('order.paymentStatus == "paid"', 'order.customerTier == "gold"'));
    await hub.say('shop', {
      record: 'customer',
      id: '501',
      data: { id: '501', customer_number: 'C-501', full_name: '李雷' },
    });
    const { id } = await hub.say('shop', milkPowder({ customer_id: '501' }));
    const { id: other } = await hub.say('shop', milkPowder({ id: '1002', order_number: 'SO-1002' }));
    expect((await dataOf(id)).fulfillmentStatus).toBeUndefined();
    const customer = await hub.core.record({ type: 'customer', match: { field: 'number', value: 'C-501' } });
    await hub.core.patch({
      address: { type: 'customer', id: customer?.id ?? '' },
      ...{ body: '{"tier":"gold"}', ifMatch: '*', actor: 'ops' },
    });
    expect(await hub.core.runTimers()).toBe(1);
    expect(await dataOf(id)).toMatchObject({ fulfillmentStatus: 'released' });
    expect((await dataOf(other)).fulfillmentStatus).toBeUndefined();
    expect(await hub.core.runTimers()).toBe(0);
  });
});
