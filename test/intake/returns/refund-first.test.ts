// What is refunded before the goods are back: reserved with the decision, never more than the limits, free again when all is over.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scene } from '../../core/scene.ts';
import { askFor, customer, day, delivered, goodCustomer, minute, pass, returnsScene } from './words.ts';

let hub: Scene;
beforeEach(async () => {
  hub = await returnsScene();
});
afterEach(() => hub.close());

const exposure = async (customerId: string): Promise<unknown> =>
  (await hub.core.returnProfile(customerId, ''))?.facts.find(({ fact }) => fact === 'store.refundFirstExposureMinor')
    ?.value;

const tell = (id: string, type: string, more: object = {}) =>
  hub.core.returnEvent(id, { type, id: `${type}/${hub.now()}`, by: 'person', ...more }, 'ops');

/** The refund is sent, and the shop says that it is out. */
async function paid(id: string): Promise<void> {
  await pass(hub, 10 * minute);
  await tell(id, 'refund_succeeded', { seq: 1 });
}

describe('the limit of returns refunded first', () => {
  it('counts those that wait for evidence: what they reserve is theirs', async () => {
    const good = await customer(hub);
    for (let ago = 30; ago < 42; ago++) await delivered(hub, good, { ago });
    const orders = [await delivered(hub, good), await delivered(hub, good), await delivered(hub, good)];
    const timings: unknown[] = [];
    for (const { id } of orders) timings.push((await askFor(hub, good, id)).data.refundTiming);
    expect(timings).toEqual(['before_return', 'before_return', 'on_receipt']);
  });

  it('leaves exchanges out: nothing of them is refunded', async () => {
    const good = await goodCustomer(hub, 30);
    const orders = [await delivered(hub, good), await delivered(hub, good), await delivered(hub, good)];
    for (const { id } of orders.slice(1)) await askFor(hub, good, id, { kind: 'exchange' });
    expect((await askFor(hub, good, orders[0]?.id ?? '')).data.refundTiming).toBe('before_return');
  });
});

describe('the exposure of the store', () => {
  it('is free again where no goods were asked for', async () => {
    const good = await goodCustomer(hub);
    const asked = await askFor(hub, good, (await delivered(hub, good)).id, { kind: 'refund_only' });
    expect(await exposure(good)).toBe(26_000);
    await paid(asked.id);
    expect((await hub.record('return', asked.id)).data.status).toBe('closed');
    expect(await exposure(good)).toBe(0);
  });

  it('is free again where the carrier has lost the goods', async () => {
    const good = await goodCustomer(hub);
    const asked = await askFor(hub, good, (await delivered(hub, good)).id);
    await paid(asked.id);
    await tell(asked.id, 'carrier_scanned');
    await tell(asked.id, 'lost');
    expect((await hub.record('return', asked.id)).data.status).toBe('closed');
    expect(await exposure(good)).toBe(0);
  });
});

it('an identity that is verified too late for a return takes no permit for it', async () => {
  await hub.close();
  hub = await returnsScene((text) => text.replace('customer.returnsInMonth >= 5', 'customer.returnsInMonth >= 50'));
  const good = await goodCustomer(hub);
  const breaker = 'high-price-concentration';
  await hub.core.setBreaker({ breaker, scopeKey: good, state: 'open', reason: 'to see' }, 'ops');
  const asked = await askFor(hub, good, (await delivered(hub, good)).id);
  expect(asked.data.regions).toMatchObject({ approval: 'in_review' });
  hub.pass(8 * day);
  const left = async () =>
    (await hub.core.breakers(10, null)).items.find((one) => one.breaker === breaker)?.permitsLeft;
  expect(await left()).toBe(2);
  await tell(asked.id, 'identity_verified');
  expect((await hub.record('return', asked.id)).data.regions).toMatchObject({ approval: 'in_review' });
  expect(await left()).toBe(2);
});
