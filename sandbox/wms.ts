// The WMS: gets orders to ship, cuts notes at 40 characters, speaks UPPER CASE and local time; reports how far it is.
import { byHand, type Collection, createCollection, mergePatch } from './collection.ts';
import { shanghaiTime } from './shanghai.ts';
import { layFoundation, type RunningSystem, type SystemOptions } from './system.ts';
import type { Sent } from './webhook-sender.ts';
import { openReturns, type WmsPutAway, type WmsReturn } from './wms-returns.ts';

export interface WmsLine {
  line_no: string;
  item_code: string;
  qty: number;
  qty_shipped?: number;
}

export interface WmsOrder {
  id: string;
  order_code: string;
  order_status: string;
  /** The warehouse's own: nobody writes it from outside. */
  stage: WmsStage;
  ordered_at?: string;
  consignee?: Partial<
    Record<'name' | 'phone' | 'country' | 'province' | 'city' | 'district' | 'address' | 'zip', string>
  >;
  note?: string;
  lines: WmsLine[];
  created_at: string;
  modified_at: string;
}

/** A parcel to pack and send, pushed by the hub: one for each push. */
export interface WmsDelivery {
  id: string;
  delivery_code: string;
  warehouse_code?: string;
  stage: string;
  consignee?: WmsOrder['consignee'];
  lines: WmsLine[];
  modified_at: string;
}

export const wmsStages = ['NEW', 'RELEASED', 'PICKING', 'PACKED', 'PARTLY_SHIPPED', 'SHIPPED', 'DELIVERED'] as const;
export type WmsStage = (typeof wmsStages)[number];

export interface Wms extends RunningSystem {
  orders(): WmsOrder[];
  deliveries(): WmsDelivery[];
  returns(): WmsReturn[];
  putAways(): WmsPutAway[];
  /** A parcel comes back whole, and what is in it is looked at: grade A goes on the shelf. */
  takeBack(returnId: string, grade: 'A' | 'C'): Promise<Sent | undefined>;
  /** A worker moves an order on; the report names the lines once something has left. */
  work(id: string, stage: WmsStage): Promise<Sent | undefined>;
  /** Any change of its own copy, reported as it is: for edits that the hub has to refuse. */
  edit(id: string, changes: object): Promise<Sent | undefined>;
  /** A worker moves a delivery on: PICKING, SHIPPED, CANCELLED. */
  move(deliveryId: string, stage: string): Promise<Sent | undefined>;
}

const noteLength = 40;
const gone: readonly WmsStage[] = ['PARTLY_SHIPPED', 'SHIPPED', 'DELIVERED'];

export async function startWms(options: SystemOptions = {}): Promise<Wms> {
  const { clock, webhooks, open } = layFoundation('wms', options);
  const now = (): string => shanghaiTime(clock.now());
  const orders = createCollection<WmsOrder>({
    path: '/outbound-orders',
    name: 'orders',
    findBy: 'order_code',
    update: 'PUT',
    firstId: 77,
    idPrefix: 'W-',
    make: (id, body) => cut({ ...newOrder(now()), ...body, id, stage: 'NEW', created_at: now(), modified_at: now() }),
    change: ({ id, order_code, stage, created_at, lines }, body) =>
      keepShipped(cut({ ...newOrder(now()), ...body, id, order_code, stage, created_at, modified_at: now() }), lines),
    faultOf: faultOfOrder,
  });

  const deliveries = openDeliveries(now);
  const back = openReturns(now);
  const takeBack = (id: string, grade: 'A' | 'C'): Promise<Sent | undefined> => {
    const known = back.returns.get(id);
    const shelf = grade === 'A' ? 'STOCK' : 'HOLD';
    const lines = (known.lines ?? []).map(({ line_no, qty = 0 }) => ({ line_no, qty_in: qty, grade, shelf }));
    const delta = { stage: 'ARRIVED', grade, lines, modified_at: now() };
    back.returns.save({ ...known, ...delta });
    return webhooks.send({ record: 'return', id, data: { id, rma_code: known.rma_code, ...delta } });
  };
  const move = (id: string, stage: string): Promise<Sent | undefined> => {
    const delta = { stage, modified_at: now() };
    const { delivery_code } = deliveries.save({ ...deliveries.get(id), ...delta });
    return webhooks.send({ record: 'shipment', id, data: { id, delivery_code, ...delta } });
  };
  const edit = (id: string, changes: object): Promise<Sent | undefined> => {
    const delta = { ...changes, modified_at: now() };
    const order = orders.save(mergePatch(orders.get(id), delta) as WmsOrder);
    return webhooks.send({ record: 'order', id, data: { id, order_code: order.order_code, ...delta } });
  };
  const work = (id: string, stage: WmsStage): Promise<Sent | undefined> => {
    if (!gone.includes(stage)) return edit(id, { stage });
    const lines = orders.get(id).lines.map((line) => ({ ...line, qty_shipped: line.qty }));
    return edit(id, stage === 'PARTLY_SHIPPED' ? { stage } : { stage, lines });
  };
  const hand = byHand('/orders', orders.items, edit);
  return {
    ...(await open({ ...orders.routes, ...deliveries.routes, ...back.routes, ...hand })),
    orders: () => [...orders.items.values()],
    deliveries: () => [...deliveries.items.values()],
    returns: () => [...back.returns.items.values()],
    putAways: () => [...back.putAways.items.values()],
    takeBack,
    work,
    edit,
    move,
  };
}

const openDeliveries = (now: () => string): Collection<WmsDelivery> =>
  createCollection<WmsDelivery>({
    path: '/deliveries',
    name: 'deliveries',
    findBy: 'delivery_code',
    update: 'PUT',
    firstId: 1,
    idPrefix: 'D-',
    make: (id, body) => ({ ...({ lines: [], ...body } as unknown as WmsDelivery), id, modified_at: now() }),
    change: ({ id, delivery_code }, body) => ({
      ...({ lines: [], ...body } as unknown as WmsDelivery),
      ...{ id, delivery_code, modified_at: now() },
    }),
    faultOf: ({ delivery_code, lines }) =>
      typeof delivery_code === 'string' && Array.isArray(lines) && lines.length > 0 ? undefined : 'NOTHING TO SEND',
  });

const newOrder = (at: string): Omit<WmsOrder, 'id'> => ({
  order_code: '',
  order_status: 'ACTIVE',
  stage: 'NEW',
  lines: [],
  created_at: at,
  modified_at: at,
});

/** Silently, as such systems do. */
const cut = (order: WmsOrder): WmsOrder =>
  typeof order.note === 'string' ? { ...order, note: [...order.note].slice(0, noteLength).join('') } : order;

function keepShipped(order: WmsOrder, before: WmsLine[]): WmsOrder {
  if (!Array.isArray(order.lines)) return order;
  const shipped = new Map(before.map((line) => [line.line_no, line.qty_shipped]));
  const lines = order.lines.map((line) => {
    const qty_shipped = shipped.get(line.line_no);
    return qty_shipped === undefined ? line : { ...line, qty_shipped };
  });
  return { ...order, lines };
}

function faultOfOrder({ order_code, order_status, lines }: WmsOrder): string | undefined {
  if (typeof order_code !== 'string' || order_code === '') return 'ORDER_CODE MISSING';
  if (!/^[A-Z_]+$/.test(order_status)) return `ORDER_STATUS ${order_status} UNKNOWN`;
  if (!Array.isArray(lines) || lines.length === 0) return 'NO LINES TO SHIP';
  const bad = lines.find(({ item_code, qty }) => typeof item_code !== 'string' || !Number.isInteger(qty));
  return bad && `LINE ${bad.line_no} NEEDS ITEM_CODE AND QTY`;
}
