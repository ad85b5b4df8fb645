// The CRM: sends deltas, only what a person changed; money in fen, times in epoch milliseconds; is written with PATCH.
import type { Clock } from '../src/clock.ts';
import { byHand, type Collection, createCollection, mergePatch } from './collection.ts';
import { layFoundation, type RunningSystem, type SystemOptions } from './system.ts';
import type { Sent } from './webhook-sender.ts';

export interface CrmReceiver {
  name?: string;
  mobile?: string;
  country?: string;
  province?: string;
  city?: string;
  district?: string;
  address?: string;
  zip?: string;
}

export interface CrmOrder {
  id: string;
  orderNo: string;
  buyerId?: string;
  status?: number;
  payStatus?: number;
  fulfilment?: string;
  placedAt?: number;
  updatedAt: number;
  currency?: string;
  amountFen?: number;
  receiver?: CrmReceiver;
  invoice?: { title?: string; taxNo?: string; state?: string };
  labels?: string[];
  memo?: string;
  staffMemo?: string;
  goods?: { no: string; sku: string; title?: string; num: number; priceFen?: number }[];
  /** Members that nobody outside knows. */
  score: number;
  ownerId: string;
}

export interface CrmCustomer {
  id: string;
  customerNo?: string;
  displayName?: string;
  contact?: { emails?: string[]; mobiles?: string[] };
  level?: string;
  updatedAt: number;
}

/** What the hub grants and tells: taken as it comes, under the key that the hub made. */
export interface CrmCoupon {
  id: string;
  grantKey?: string;
  template?: string;
  buyerId?: string;
  orderId?: string;
}

export interface CrmMessage {
  id: string;
  dedupeKey?: string;
  /** Who reads it: supervisor. */
  desk?: string;
  template?: string;
  orderId?: string;
  text?: { en?: string; zh?: string };
}

/** What became of a change that a person made: its webhook, undefined where no hub is connected. */
type Made = Promise<Sent | undefined>;

export interface Crm extends RunningSystem {
  orders(): CrmOrder[];
  customers(): CrmCustomer[];
  coupons(): CrmCoupon[];
  messages(): CrmMessage[];
  changeAddress(orderId: string, receiver: CrmReceiver): Made;
  /** @param changes merge patch; just these members are sent */
  changeOrder(orderId: string, changes: object): Made;
  changeCustomer(customerId: string, changes: object): Made;
}

export async function startCrm(options: SystemOptions = {}): Promise<Crm> {
  const { clock, webhooks, open } = layFoundation('crm', options);
  const orders = openOrders(clock);
  const customers = openCustomers(clock);
  const coupons = openList<CrmCoupon>('coupons', 'grantKey', 3001);
  const messages = openList<CrmMessage>('messages', 'dedupeKey', 4001);
  const changeOrder = (id: string, changes: object): Made => {
    const delta = { ...changes, updatedAt: clock.now() };
    orders.save(mergePatch(orders.get(id), delta) as CrmOrder);
    return webhooks.send({ record: 'order', id, data: { id, ...delta } });
  };
  const changeCustomer = (id: string, changes: object): Made => {
    const delta = { ...changes, updatedAt: clock.now() };
    customers.save(mergePatch(customers.get(id), delta) as CrmCustomer);
    return webhooks.send({ record: 'customer', id, data: { id, ...delta } });
  };
  const hand = byHand('/orders', orders.items, changeOrder);
  return {
    ...(await open({ ...orders.routes, ...customers.routes, ...coupons.routes, ...messages.routes, ...hand })),
    orders: () => [...orders.items.values()],
    customers: () => [...customers.items.values()],
    coupons: () => [...coupons.items.values()],
    messages: () => [...messages.items.values()],
    changeAddress: (id, receiver) => changeOrder(id, { receiver }),
    changeOrder,
    changeCustomer,
  };
}

const openOrders = (clock: Clock): Collection<CrmOrder> =>
  createCollection<CrmOrder>({
    path: '/orders',
    name: 'orders',
    findBy: 'orderNo',
    update: 'PATCH',
    firstId: 8812,
    make: (id, body) => ({ orderNo: '', score: 0, ownerId: 'desk-1', ...body, id, updatedAt: clock.now() }),
    change: (current, body) => ({ ...(mergePatch(current, body) as CrmOrder), id: current.id, updatedAt: clock.now() }),
    faultOf: faultOfOrder,
  });

const openCustomers = (clock: Clock): Collection<CrmCustomer> =>
  createCollection<CrmCustomer>({
    path: '/customers',
    name: 'customers',
    findBy: 'customerNo',
    update: 'PATCH',
    firstId: 70001,
    make: (id, body) => ({ ...body, id, updatedAt: clock.now() }),
    change: (current, body) => ({
      ...(mergePatch(current, body) as CrmCustomer),
      id: current.id,
      updatedAt: clock.now(),
    }),
    faultOf: () => undefined,
  });

const openList = <T extends { id: string }>(name: string, findBy: keyof T & string, firstId: number): Collection<T> =>
  createCollection<T>({
    path: `/${name}`,
    name,
    findBy,
    update: 'PATCH',
    firstId,
    make: (id, body) => ({ ...body, id }) as T,
    change: (current, body) => mergePatch(current, body) as T,
    faultOf: () => undefined,
  });

function faultOfOrder({ orderNo, amountFen, status }: CrmOrder): string | undefined {
  if (typeof orderNo !== 'string' || orderNo === '') return 'orderNo is needed';
  if (amountFen !== undefined && !Number.isInteger(amountFen)) return 'amountFen must be whole fen';
  return status === undefined || [1, 2, 8, 9].includes(status) ? undefined : `status ${status} is unknown`;
}
