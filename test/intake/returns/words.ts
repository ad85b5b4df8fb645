// A customer with delivered orders, in the words of the sandbox's shop and warehouse, and the shipped returns policy in force.
import type { SystemSetup } from '../../../src/core/catalog.ts';
import type { ReturnView } from '../../../src/core/core.ts';
import type { ActiveReturns } from '../../../src/policy/returns/active.ts';
import { fourSystems, type Scene, scene } from '../../core/scene.ts';
import { addressA } from '../../core/words.ts';
import { shippedReturnsPolicy } from '../../policy/returns/shipped.ts';

export const minute = 60_000;
export const day = 86_400_000;

/** @param edit turns the text of the shipped policy into that of another */
export const returnsInForce = (edit?: (text: string) => string, version = 1): ActiveReturns => ({
  policy: shippedReturnsPolicy(edit),
  version,
});

export const returnsScene = (edit?: (text: string) => string, more: Parameters<typeof scene>[0] = {}): Promise<Scene> =>
  scene({ returns: returnsInForce(edit), ...more });

let count = 0;

export async function customer(hub: Scene): Promise<string> {
  const id = `C-${++count}`;
  const data = { id, customer_number: id, full_name: '韩梅梅', updated_at: '2026-01-01T00:00:00Z' };
  await hub.say('shop', { record: 'customer', data });
  return (await hub.say('shop', { record: 'customer', data: { ...data, updated_at: '2026-01-02T00:00:00Z' } })).id;
}

export interface Placed {
  id: string;
  number: string;
}

export interface OrderWords {
  /** How long ago it was delivered, in days. */
  ago?: number;
  price?: string;
  qty?: number;
  more?: object;
  items?: object[];
}

/** An order of a customer that was paid, closed and delivered. */
export async function delivered(hub: Scene, customerId: string, words: OrderWords = {}): Promise<Placed> {
  const { ago = 2, price = '260.00', qty = 2, more = {} } = words;
  const number = `RO-${++count}`;
  const total = (Number(price) * qty).toFixed(2);
  const items = words.items ?? [{ line: '1', sku: 'TEA-1', name: 'Tea', qty, price, total }];
  const at = (days: number): string => new Date(hub.now() - days * day).toISOString();
  const external = (await hub.record('customer', customerId)).replicas.find(({ system }) => system === 'shop');
  const { id } = await hub.say('shop', {
    record: 'order',
    data: {
      ...{ id: number, order_number: number, state: 'completed', payment: 'paid', currency: 'CNY', total },
      ...{ customer_id: external?.externalId, placed_at: at(ago + 3), paid_at: at(ago + 3), updated_at: at(ago + 1) },
      ship_to: addressA,
      items,
      ...more,
    },
  });
  await hub.say('wms', {
    record: 'order',
    id: `W-${number}`,
    data: { order_code: number, stage: 'DELIVERED', modified_at: shanghai(hub.now() - ago * day) },
  });
  return { id, number };
}

const shanghai = (ms: number): string => new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');

/** So many delivered orders, and an older return that was approved: neither new nor noticed. */
export async function goodCustomer(hub: Scene, orders = 12): Promise<string> {
  const id = await customer(hub);
  await Promise.all(Array.from({ length: orders }, (_, at) => delivered(hub, id, { ago: 30 + at })));
  const { id: order } = await delivered(hub, id, { ago: 260 });
  const asked = { customer: id, order, lines: [{ orderLine: '1', quantity: 1 }], reason: 'size' };
  const requestedAt = new Date(hub.now() - 255 * day).toISOString();
  const first = await hub.core.requestReturn({ ...asked, requestedAt }, 'ops');
  if (first.data.status === 'requested') await review(hub, first.id);
  await hub.core.returnEvent(first.id, { type: 'received', id: 'r', by: 'person', at: requestedAt }, 'ops');
  const lines = [{ orderLine: '1', result: 'ok', disposition: 'restock' }];
  await hub.core.returnEvent(first.id, { type: 'inspected', id: 'i', by: 'person', at: requestedAt, lines }, 'ops');
  return id;
}

export const review = (hub: Scene, id: string, decision = 'approve', reason = 'looked at'): Promise<ReturnView> =>
  hub.core.returnEvent(id, { type: 'reviewed', id: `review/${id}/${decision}`, by: 'person', decision, reason }, 'ops');

export const askFor = (hub: Scene, customerId: string, order: string, more: object = {}): Promise<ReturnView> =>
  hub.core.requestReturn(
    { customer: customerId, order, lines: [{ orderLine: '1', quantity: 1 }], reason: 'size', ...more },
    'ops',
  );

/** Lets the time pass, and sets off what is due. */
export async function pass(hub: Scene, ms: number): Promise<void> {
  hub.pass(ms);
  await hub.core.runTimers();
}

/** Those of the sandbox, and one that says what lies in which warehouse. */
export const withStock = (): SystemSetup[] => {
  const [shop] = fourSystems() as [SystemSetup];
  return [...fourSystems(), { ...shop, id: 'stock', role: 'erp', connector: 'odoo', writes: [], fetches: [] }];
};

/** So many pieces of a SKU lie in a warehouse. @returns the id of its inventory record */
export async function stocked(hub: Scene, sku: string, warehouse = 'WH-SH-01', quantity = 10): Promise<string> {
  const data = { id: ++count, product_id: { default_code: sku }, location_id: { name: warehouse }, quantity };
  return (await hub.say('stock', { record: 'inventory', data })).id;
}

export const allocate = (hub: Scene, order: string, warehouseId = 'WH-SH-01'): Promise<unknown> =>
  hub.core.patch({
    address: { type: 'order', id: order },
    body: JSON.stringify({ warehouseId }),
    ifMatch: '*',
    actor: 'ops',
  });
