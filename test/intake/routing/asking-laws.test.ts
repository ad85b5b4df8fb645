// Addresses that change after the push, with a warehouse that answers as it likes: what holds in the end.
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import type { SystemSetup } from '../../../src/core/catalog.ts';
import type { Asked, Send } from '../../../src/core/core.ts';
import type { JsonObject } from '../../../src/model/json.ts';
import { fourSystems, type Scene, scene } from '../../core/scene.ts';
import { inForce, milkPowder } from './words.ts';

let hub: Scene;
afterEach(() => hub.close());

const streets = ['新街 9 号', '江边 1 号', '长江路 10 号'];
const answers: Asked[] = [
  { verdict: 'yes' },
  { verdict: 'no' },
  { verdict: 'pending' },
  { failure: 'no answer', sent: true },
  { failure: 'not reached', sent: false },
];

/** One moment in the life of an order: somebody says something, then questions that are due are answered. */
const step = fc.record({
  says: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...streets).map((street) => ({ crm: street })) },
    { weight: 2, arbitrary: fc.constantFrom('PICKING', 'SHIPPED', 'CANCELLED').map((stage) => ({ wms: stage })) },
    { weight: 1, arbitrary: fc.constant({ shop: 'cancelled' as const }) },
    { weight: 1, arbitrary: fc.constant({}) },
  ),
  answer: fc.constantFrom(...answers),
});
const life = fc.array(step, { minLength: 1, maxLength: 6 });
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

class Order {
  id = '';
  readonly number: string;
  /** What the CRM shows. */
  shown = '老街 1 号';
  /** Where the parcel went, once it has left. */
  leftTo: string | undefined;
  shop: object;

  constructor(number: string) {
    this.number = number;
    this.shop = { id: number, order_number: number };
  }

  async data(): Promise<JsonObject> {
    return (await hub.record('order', this.id)).data;
  }

  async street(): Promise<string> {
    return String(((await this.data()).shipTo as JsonObject).street);
  }

  async say({ crm, wms, shop }: { crm?: string; wms?: string; shop?: 'cancelled' }): Promise<void> {
    if (crm !== undefined) {
      this.shown = crm;
      await hub.say('crm', {
        record: 'order',
        id: `C-${this.number}`,
        data: { updatedAt: hub.now() + 1, receiver: { address: crm } },
      });
    }
    if (shop) await hub.say('shop', milkPowder({ ...this.shop, state: shop, updated_at: '2026-11-23T04:40:00Z' }));
    if (wms === undefined) return;
    const generation = Number((await this.data()).fulfillmentGeneration ?? 0);
    const code = `${this.number}-${generation}`;
    if (!(await hub.core.record({ type: 'shipment', id: `logistics/${this.id}/${generation}` }))) return;
    await hub.say('wms', { record: 'shipment', id: `D-${code}`, data: { delivery_code: code, stage: wms } });
  }
}

/** Everybody gets what is due; the CRM shows what it got. */
async function deliver(orders: ReadonlyMap<string, Order>): Promise<void> {
  // The coupon waits until the CRM has its order.
  for (const system of ['crm', 'crm', 'wms'])
    await Promise.all((await hub.due(system, 500)).map((send) => take(send, orders.get(send.recordId))));
}

async function take(send: Send, order: Order | undefined): Promise<void> {
  const { system, record, recordId, op } = send;
  const said = JSON.parse(send.body) as { receiver?: { address?: string }; delivery_code?: string };
  const made =
    record === 'order' ? `${system === 'crm' ? 'C' : 'W'}-${order?.number}` : `D-${said.delivery_code ?? recordId}`;
  await hub.deliver(send, op === 'create' ? made : undefined);
  if (system === 'crm' && order && said.receiver?.address !== undefined) order.shown = said.receiver.address;
}

async function answerAll(of: (orderId: string) => Asked | undefined): Promise<void> {
  const due = await hub.core.toAsk(500);
  await Promise.all(
    due.map(async ({ id }) => {
      const request = await hub.core.record({ type: 'change_request', id });
      await hub.core.asked(id, of(String(request?.data.recordId)) ?? { verdict: 'pending' });
    }),
  );
}

let count = 0;

async function live(lives: readonly Step[][]): Promise<Order[]> {
  const orders = lives.map(() => new Order(`A-${++count}`));
  await Promise.all(
    orders.map(async (order) => {
      ({ id: order.id } = await hub.say('shop', milkPowder(order.shop)));
    }),
  );
  const byId = new Map(orders.map((order) => [order.id, order]));
  await deliver(byId);
  const longest = Math.max(...lives.map(({ length }) => length));
  for (let at = 0; at < longest; at++) {
    await Promise.all(orders.map((order, no) => order.say(lives[no]?.[at]?.says ?? {})));
    await Promise.all(orders.map(noteDeparture));
    hub.pass(6_000);
    await answerAll((id) => lives[orders.findIndex((order) => order.id === id)]?.[at]?.answer);
    await deliver(byId);
  }
  // Whatever was not answered runs out.
  for (let round = 0; round < 3; round++) {
    hub.pass(11 * 60_000);
    await answerAll(() => undefined);
    await deliver(byId);
  }
  return orders;
}

async function noteDeparture(order: Order): Promise<void> {
  const { fulfillmentStatus } = await order.data();
  if (order.leftTo === undefined && fulfillmentStatus === 'shipped') order.leftTo = await order.street();
}

async function check(order: Order): Promise<void> {
  const { data, pendingChanges, replicas } = await hub.record('order', order.id);
  const street = await order.street();
  expect(pendingChanges).toBeUndefined();
  expect(replicas.find(({ system }) => system === 'crm')?.state).toBe('synced');
  expect(order.shown, 'the CRM shows what the order says').toBe(street);
  if (order.leftTo !== undefined) expect(street, 'nothing changes once the parcel has left').toBe(order.leftTo);
  const generation = Number(data.fulfillmentGeneration ?? 0);
  const shipment = await hub.core.record({ type: 'shipment', id: `logistics/${order.id}/${generation}` });
  if (shipment && data.status !== 'cancelled')
    expect((shipment.data.shipTo as JsonObject).street, 'the parcel goes where the order says').toBe(street);
}

it.each<[string, SystemSetup['verbs']]>([
  ['can change what it has', { ask: ['shipment'] }],
  ['can only be sent the change', { update: ['shipment'] }],
  ['can hold and cancel', { hold: ['shipment'], cancel: ['shipment'] }],
])(
  'a warehouse that %s: all agree in the end, and a parcel that has left is never redirected',
  async (_, verbs = {}) => {
    const systems = fourSystems().map((one) => (one.id === 'wms' ? { ...one, verbs } : one));
    hub = await scene({ routing: inForce(), systems });
    await fc.assert(
      fc.asyncProperty(fc.array(life, { minLength: 50, maxLength: 50 }), async (lives) => {
        for (const order of await live(lives)) await check(order);
      }),
      // One life that fails is found again by its seed; making fifty smaller takes for ever.
      { numRuns: 7, endOnFailure: true },
    );
  },
  240_000,
);
