// The shop: sends an order or a customer whole each time anything in it changed, whoever changed it; is written with PUT.
import { instant } from '../src/clock.ts';
import { byHand, type Collection, createCollection, mergePatch } from './collection.ts';
import type { Row } from './exchange.ts';
import { openReturns, type ShopClaim, type ShopRefund, type ShopReturn } from './shop-returns.ts';
import { layFoundation, type RunningSystem, type SystemOptions } from './system.ts';
import type { Sent } from './webhook-sender.ts';

export interface ShopAddress {
  name: string;
  phone: string;
  country: string;
  province?: string;
  city: string;
  district?: string;
  street: string;
  zip?: string;
}

export interface ShopItem {
  line: string;
  sku: string;
  name?: string;
  qty: number;
  /** Decimal text, like every amount of the shop. */
  price: string;
  total: string;
  care?: string[];
}

export interface ShopOrder {
  id: string;
  order_number: string;
  state: string;
  payment: string;
  currency: string;
  customer_id?: string;
  placed_at: string;
  paid_at: string | null;
  delivered_at?: string;
  updated_at: string;
  total: string;
  subtotal?: string;
  shipping_fee?: string;
  note?: string;
  fulfillment?: string;
  /** What its fraud check says: none, review, blocked. */
  risk?: string;
  ship_to?: ShopAddress;
  items: ShopItem[];
  /** A member that nobody outside knows. */
  storefront: string;
}

export interface ShopCustomer {
  id: string;
  customer_number: string;
  full_name?: string;
  emails?: string[];
  phones?: string[];
  updated_at: string;
}

/** An object as it is now, and its webhook on the way. */
export interface Told<T> {
  item: T;
  webhook: Promise<Sent | undefined>;
}

export interface Shop extends RunningSystem {
  orders(): ShopOrder[];
  customers(): ShopCustomer[];
  returns(): ShopReturn[];
  refunds(): ShopRefund[];
  claims(): ShopClaim[];
  register(customer: Omit<Partial<ShopCustomer>, 'id'>): Told<ShopCustomer>;
  placeOrder(order: Omit<Partial<ShopOrder>, 'id'>): Told<ShopOrder>;
  /** @param changes merge patch */
  changeOrder(id: string, changes: object): Told<ShopOrder>;
}

export interface ShopOptions extends SystemOptions {
  /** False: what the hub writes is not sent back to it as a webhook. */
  echo?: boolean;
}

const decimal = /^\d+\.\d{2}$/;

export async function startShop(options: ShopOptions = {}): Promise<Shop> {
  const { clock, webhooks, open } = layFoundation('shop', options);
  const now = (): string => instant(clock.now());
  const told = <T extends { id: string }>(record: 'order' | 'customer', item: T): Told<T> => ({
    item,
    webhook: webhooks.send({ record, id: item.id, data: item }),
  });
  const echoes = options.echo !== false;
  const orders = openOrders(now, (item) => echoes && told('order', item));
  const customers = openCustomers(now, (item) => echoes && told('customer', item));

  const back = openReturns(now, (item) => void webhooks.send({ record: 'refund', id: item.id, data: item }));

  const changeOrder = (id: string, changes: object): Told<ShopOrder> => {
    const patched = mergePatch(orders.get(id), { ...changes, updated_at: now() }) as ShopOrder;
    return told('order', orders.save(patched));
  };
  const hand = byHand('/orders', orders.items, changeOrder);
  return {
    ...(await open({ ...orders.routes, ...customers.routes, ...back.routes, ...hand })),
    orders: () => [...orders.items.values()],
    customers: () => [...customers.items.values()],
    returns: () => [...back.returns.items.values()],
    refunds: () => [...back.refunds.items.values()],
    claims: () => [...back.claims.items.values()],
    register: (customer) => told('customer', customers.add(customer as Row)),
    placeOrder: (order) => told('order', orders.add(order as Row)),
    changeOrder,
  };
}

const openOrders = (now: () => string, written: (order: ShopOrder) => void): Collection<ShopOrder> =>
  createCollection<ShopOrder>({
    path: '/orders',
    name: 'orders',
    findBy: 'order_number',
    update: 'PUT',
    firstId: 1001,
    make: (id, body) => ({ ...newOrder(id, now()), ...body, id, updated_at: now() }),
    // PUT replaces; the shop keeps what is its own.
    change: ({ id, order_number, storefront, placed_at }, body) => ({
      ...newOrder(id, placed_at),
      ...body,
      ...{ id, order_number, storefront, updated_at: now() },
    }),
    faultOf: faultOfOrder,
    written,
  });

const openCustomers = (now: () => string, written: (customer: ShopCustomer) => void): Collection<ShopCustomer> =>
  createCollection<ShopCustomer>({
    path: '/customers',
    name: 'customers',
    findBy: 'customer_number',
    update: 'PUT',
    firstId: 501,
    make: (id, body) => ({ customer_number: `C-${id}`, ...body, id, updated_at: now() }),
    change: ({ id, customer_number }, body) => ({ ...body, id, customer_number, updated_at: now() }),
    faultOf: () => undefined,
    written,
  });

const newOrder = (id: string, placedAt: string): ShopOrder => ({
  id,
  order_number: `SO-${id}`,
  state: 'open',
  payment: 'unpaid',
  currency: 'CNY',
  placed_at: placedAt,
  paid_at: null,
  updated_at: placedAt,
  total: '0.00',
  items: [],
  storefront: 'web',
});

function faultOfOrder({ total, items }: ShopOrder): string | undefined {
  if (!decimal.test(total)) return `total ${JSON.stringify(total)} is no amount such as 520.00`;
  if (!Array.isArray(items)) return 'items must be a list';
  const bad = items.find(({ sku, qty }) => typeof sku !== 'string' || !Number.isInteger(qty));
  return bad && `item ${bad.line} needs a sku and a whole qty`;
}
