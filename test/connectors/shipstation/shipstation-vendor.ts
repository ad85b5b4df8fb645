// A small model of a ShipStation account, after its V1 documentation: keys, whole orders, numbered pages, forty requests a minute.
import { HttpResponse, http as on } from 'msw';
import type { RecordType } from '../../../src/model/records.ts';
import type { Vendor } from '../../contract/connector/subject.ts';
import samples from './samples.json' with { type: 'json' };

export const credentials = { apiKey: 'hub-key', apiSecret: 's3cret of ShipStation' };

type Row = Record<string, unknown> & { createDate: string };

export interface Account extends Vendor {
  order(id: string): Row;
  /** So many requests are left in this minute. */
  leave(requests: number): void;
}

const clock = new Intl.DateTimeFormat('sv-SE', {
  ...{ timeZone: 'America/Los_Angeles', dateStyle: 'short', timeStyle: 'medium' },
});
/** As it shows them: of Los Angeles, with seven digits behind the second. */
const shown = (ms: number): string => `${clock.format(ms).replace(' ', 'T')}.0000000`;
const clone = <T>(value: T): T => structuredClone(value);
const open = ['awaiting_payment', 'awaiting_shipment', 'pending_fulfillment', 'on_hold'];
const required = ['orderNumber', 'orderDate', 'orderStatus', 'billTo', 'shipTo'];

export function shipstationAccount(now: () => number): Account {
  const orders = new Map<string, Row>();
  const shipments = new Map<string, Row>();
  let last = 1000;
  let left = Number.POSITIVE_INFINITY;
  const next = (): number => {
    last += 1;
    return last;
  };
  const insertOrder = (fields: object, at: number): Row => {
    const orderId = next();
    const times = { createDate: shown(at), modifyDate: shown(at) };
    const row = { ...clone(samples.order), ...fields, ...times, orderId };
    orders.set(String(orderId), row);
    return row;
  };
  const insertShipment = (at: number): Row => {
    const { orderId, orderKey, orderNumber, shipTo, items } = insertOrder(keysOf(last + 1), at);
    const shipmentId = next();
    const of = { shipmentId, orderId, orderKey, orderNumber, shipTo, shipmentItems: items, createDate: shown(at) };
    const row = { ...clone(samples.shipment), ...of };
    shipments.set(String(shipmentId), row);
    return row;
  };
  const keysOf = (n: number) => ({ orderNumber: `O-${n}`, orderKey: `O-${n}` });

  const refuse = (Message: string, status = 400): Response => HttpResponse.json({ Message }, { status });
  const createOrder = (given: Row): Response => {
    const missing = required.find((name) => given[name] === undefined || given[name] === null);
    if (missing) return refuse(`The ${missing} field is required.`);
    const { country } = given.shipTo as { country?: string };
    if (country && !/^[A-Z]{2}$/.test(country)) return refuse('shipTo.country: two letters are expected');
    const known = [...orders.values()].find(({ orderKey }) => orderKey === given.orderKey);
    if (!known) return HttpResponse.json(insertOrder({ ...emptied, ...given }, now()));
    if (!open.includes(String(known.orderStatus))) return refuse(`Order is ${known.orderStatus} and cannot be updated`);
    const { orderId, createDate } = known;
    // Whole: what is not said is gone.
    const row = { ...clone(samples.order), ...emptied, ...given, orderId, createDate, modifyDate: shown(now()) };
    orders.set(String(orderId), row);
    return HttpResponse.json(row);
  };
  const emptied = { customerNotes: null, internalNotes: null, items: [] };

  const list = (path: 'orders' | 'shipments', query: URLSearchParams): object => {
    const [page, pageSize] = [Number(query.get('page') ?? 1), Number(query.get('pageSize') ?? 100)];
    const member = query.get('sortBy') === 'ModifyDate' ? 'modifyDate' : 'createDate';
    const from = query.get('modifyDateStart') ?? query.get('createDateStart') ?? '';
    const number = query.get('orderNumber') ?? '';
    const rows = [...(path === 'orders' ? orders : shipments).values()]
      .filter((row) => String(row[member]).replace('T', ' ') > from)
      .filter((row) => String(row.orderNumber).startsWith(number))
      .sort((a, b) => (String(a[member]) < String(b[member]) ? -1 : 1));
    const some = rows.slice((page - 1) * pageSize, page * pageSize);
    const objects = some.map((row) => (query.has('includeShipmentItems') ? row : { ...row, shipmentItems: null }));
    return { [path]: objects, total: rows.length, page, pages: Math.ceil(rows.length / pageSize) };
  };

  const authorization = `Basic ${Buffer.from(`${credentials.apiKey}:${credentials.apiSecret}`).toString('base64')}`;
  const answer = async (request: Request, serve: () => Promise<Response> | Response): Promise<Response> => {
    if (request.headers.get('authorization') !== authorization) return new HttpResponse('', { status: 401 });
    const limits = { 'X-Rate-Limit-Limit': '40', 'X-Rate-Limit-Reset': '23' };
    if (left <= 0) return HttpResponse.json({ message: 'Too Many Requests' }, { status: 429, headers: limits });
    left -= 1;
    return serve();
  };
  const rowsOf = (record: RecordType) => (record === 'order' ? orders : shipments);
  return {
    handlers: [
      on.post('*/orders/createorder', ({ request }) =>
        answer(request, async () => createOrder((await request.json()) as Row)),
      ),
      on.get('*/orders', ({ request }) =>
        answer(request, () => HttpResponse.json(list('orders', new URL(request.url).searchParams))),
      ),
      on.get('*/orders/:id', ({ request, params }) =>
        answer(request, () => {
          const row = orders.get(String(params.id));
          return row ? HttpResponse.json(row) : refuse('The order was not found.', 404);
        }),
      ),
      on.get('*/shipments', ({ request }) =>
        answer(request, () => HttpResponse.json(list('shipments', new URL(request.url).searchParams))),
      ),
    ],
    held: (record) => [...rowsOf(record)].map(([id, row]) => ({ id, object: clone(row) })),
    add: (record, at) =>
      String(record === 'order' ? insertOrder(keysOf(last + 1), at).orderId : insertShipment(at).shipmentId),
    touch: (record, id, at) => {
      const row = rowsOf(record).get(id);
      if (row) row[record === 'order' ? 'modifyDate' : 'createDate'] = shown(at);
    },
    order: (id) => {
      const row = orders.get(id);
      if (!row) throw new Error(`the model has no order ${id}`);
      return row;
    },
    leave: (requests) => {
      left = requests;
    },
  };
}
