// References: what an order needs in a system before it may be sent there.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Engine, type Scene, scene } from './scene.ts';
import { shopOrder } from './words.ts';

export function parkingStories(engine: Engine): void {
  let hub: Scene;
  beforeEach(async () => {
    hub = await scene({ engine });
  });
  afterEach(() => hub.close());

  const orderOfCustomer = { record: 'order', data: shopOrder({ customer_id: 'C-1' }) };
  const customer = { record: 'customer', data: { id: 'C-1', customer_number: 'K-1', name: '李雷' } };

  describe('an order of a customer that nobody knows yet', () => {
    it('is taken, with an empty customer that is delivered nowhere', async () => {
      const made = await hub.say('shop', orderOfCustomer);
      expect(made.status).toBe('accepted');
      const { data } = await hub.record('order', made.id);
      const stub = await hub.record('customer', String(data.customerId));
      expect(stub).toMatchObject({
        version: 0,
        data: {},
        replicas: [{ system: 'shop', externalId: 'C-1', state: 'synced' }],
      });
    });

    it('is parked where the customer is missing, naming it, and spends no attempt', async () => {
      const made = await hub.say('shop', orderOfCustomer);
      expect(await hub.due('crm')).toEqual([]);
      const { data } = await hub.record('order', made.id);
      expect(await hub.replica(made.id, 'crm')).toMatchObject({
        state: 'parked',
        parkedOn: data.customerId,
        attempts: 0,
      });
      expect(hub.events.flatMap(({ attempts }) => attempts)).toContainEqual({ system: 'crm', outcome: 'parked' });
    });

    it('goes on as soon as the customer has an id there', async () => {
      const made = await hub.say('shop', orderOfCustomer);
      await hub.due('crm');
      await hub.say('shop', customer);
      const [create] = await hub.due('crm');
      if (!create) throw new Error('no customer to send');
      expect(create).toMatchObject({ record: 'customer', op: 'create' });
      await hub.deliver(create, 'P-9');
      const [order] = await hub.due('crm');
      expect(order).toMatchObject({ record: 'order', recordId: made.id, op: 'create' });
      expect(JSON.parse(order?.body ?? '{}')).toMatchObject({ buyerId: 'P-9' });
    });

    it('is served to a poller after the customer, under the number that it has there', async () => {
      await hub.say('shop', orderOfCustomer);
      const before = await hub.core.feed({ system: 'erp', after: null, limit: 10 });
      expect(before).toMatchObject({ items: [] });
      await hub.say('shop', customer);
      const page = await hub.core.feed({ system: 'erp', after: null, limit: 10 });
      if ('gone' in page) throw new Error('gone');
      expect(page.items.map(({ record }) => record)).toEqual(['customer']);
      const next = await hub.core.feed({ system: 'erp', after: page.next, limit: 10 });
      if ('gone' in next) throw new Error('gone');
      expect(JSON.parse(next.items[0]?.data ?? '{}')).toMatchObject({ FCustId: 'K-1' });
    });
  });
}
