// A return from asking to its end: decided, refunded into the shop, received and looked at by the warehouse.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scene } from '../../core/scene.ts';
import { askFor, delivered, goodCustomer, minute, pass, returnsScene } from './words.ts';

let hub: Scene;
beforeEach(async () => {
  hub = await returnsScene();
});
afterEach(() => hub.close());

describe('a good customer', () => {
  it('is refunded first, once, and the goods come back after', async () => {
    const good = await goodCustomer(hub);
    const order = await delivered(hub, good);
    const asked = await askFor(hub, good, order.id);
    expect(asked.decision).toMatchObject({
      approval: 'auto',
      refund: 'before_return',
      grants: expect.arrayContaining(['low-return-rate']),
    });
    expect(asked.data).toMatchObject({
      ...{ number: `R-${order.number}-1`, status: 'open', refundTiming: 'before_return' },
      regions: { approval: 'approved', logistics: 'label_issued', refund: 'scheduled', restock: 'expected' },
    });
    const refund = `refund/${asked.id}/1`;
    expect(await hub.core.record({ type: 'refund', id: refund })).toBeUndefined();
    await pass(hub, 10 * minute);
    expect((await hub.record('refund', refund)).data).toMatchObject({
      ...{ returnId: asked.id, amount: { amount: 26000, currency: 'CNY' }, status: 'submitted' },
    });
    expect((await hub.record('label', `label/${asked.id}`)).data).toMatchObject({ status: 'requested' });
    const sends = await hub.due('shop', 50);
    expect(sends.map(({ record }) => record)).toContain('return');
  });
});
