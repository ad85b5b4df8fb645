// Orders and shipments as they are read: one by one, by number, page by page, and by what changed.
import { arrayAt, textAt } from '../../src/connector/answer.ts';
import { treesAt } from '../../src/connector/compare.ts';
import { ConnectorError, type Listed, type PollRequest, type Reference } from '../../src/connector/contract.ts';
import { changeOf, keyOf, onlyOne, unlessMissing } from '../../src/connector/match.ts';
import { treeOf } from '../../src/connector/payload.ts';
import { listPages, type Paged, pollPages, type TimePages } from '../../src/connector/time-pages.ts';
import { type Lossless, type LosslessObject, stringifyJson } from '../../src/model/json.ts';
import type { RecordType } from '../../src/model/records.ts';
import { ask } from './api.ts';
import type { ShipStationContext } from './settings.ts';
import { pacificOf, utcOf } from './times.ts';

interface Kind {
  path: 'orders' | 'shipments';
  id: string;
  /** Members with times, and what ShipStation calls them where it sorts and filters. */
  made: { member: string; sortBy: string; start: string };
  /** Labels are never changed. */
  changed: Kind['made'];
}

const created = { member: 'createDate', sortBy: 'CreateDate', start: 'createDateStart' };
const modified = { member: 'modifyDate', sortBy: 'ModifyDate', start: 'modifyDateStart' };
const kinds: Partial<Record<RecordType, Kind>> = {
  order: { path: 'orders', id: 'orderId', made: created, changed: modified },
  shipment: { path: 'shipments', id: 'shipmentId', made: created, changed: created },
};
export const readTypes = Object.keys(kinds) as RecordType[];

/** @throws ConnectorError invalid */
function kindOf(record: RecordType): Kind {
  const kind = kinds[record];
  if (kind) return kind;
  throw new ConnectorError('invalid', `ShipStation is not asked for a ${record}`, { sent: false });
}

/** With its id where every object has one. */
const payloadFrom = (record: RecordType, object: LosslessObject): LosslessObject => ({
  ...object,
  id: textAt(object, [kindOf(record).id]) ?? null,
});

/** @throws ConnectorError not_found */
export async function readOrder(id: string, context: ShipStationContext): Promise<LosslessObject> {
  // What is no number is the id of nothing.
  const order = /^\d+$/.test(id) ? treeOf(await ask(context, { method: 'GET', path: `/orders/${id}` })) : undefined;
  if (order && textAt(order, ['orderId']) === id) return payloadFrom('order', order);
  throw new ConnectorError('not_found', `ShipStation has no order ${id}`);
}

async function pageOf(record: RecordType, query: Record<string, string>, context: ShipStationContext) {
  const { path } = kindOf(record);
  const { storeId } = context.settings;
  const all = {
    ...query,
    ...(storeId !== undefined && { storeId: String(storeId) }),
    ...(record === 'shipment' && { includeShipmentItems: 'true' }),
  };
  const page = await ask(context, { method: 'GET', path: `/${path}?${new URLSearchParams(all)}` });
  arrayAt(page, [path]);
  return treesAt(page, [path]).map((object) => payloadFrom(record, object));
}

/** The filter finds what begins with the number, too. */
async function ordersByNumber(orderNumber: string, context: ShipStationContext): Promise<LosslessObject[]> {
  const found = await pageOf('order', { orderNumber, pageSize: '500' }, context);
  return found.filter((order) => textAt(order, ['orderNumber']) === orderNumber);
}

export async function find(reference: Reference, context: ShipStationContext): Promise<string | undefined> {
  if (reference.record !== 'order')
    throw new ConnectorError('invalid', `no ${reference.record} is looked for`, { sent: false });
  const { value } = keyOf(reference, { number: 'orderNumber' });
  return textAt(onlyOne(await ordersByNumber(value, context), `orders with the number ${value}`), ['id']);
}

export async function fetch(reference: Reference, context: ShipStationContext): Promise<string | undefined> {
  const id = 'match' in reference ? await find(reference, context) : reference.externalId;
  if (reference.record !== 'order')
    throw new ConnectorError('invalid', 'ShipStation shows no shipment by its id', { sent: false });
  const order = id === undefined ? undefined : await unlessMissing(readOrder(id, context));
  return order && stringifyJson(order);
}

/** Pages have numbers: what begins inside one is cut out of two. Times are compared to the second. */
function pagesOf(record: RecordType, by: Kind['made'], context: ShipStationContext): TimePages {
  const { pageSize: size } = context.settings;
  const page: TimePages['page'] = async ({ after, skip }) => {
    // Whether "after" a time means that second too is not documented: one second more is asked for.
    const from = pacificOf(Math.ceil(Date.parse(after) / 1000) * 1000 - 1000);
    const query = { [by.start]: from, sortBy: by.sortBy, sortDir: 'ASC', pageSize: String(size) };
    const first = Math.floor(skip / size) + 1;
    const rows = await pageOf(record, { ...query, page: String(first) }, context);
    if (skip % size > 0 && rows.length === size)
      rows.push(...(await pageOf(record, { ...query, page: String(first + 1) }, context)));
    return rows.slice(skip % size, (skip % size) + size).map((object) => ({
      ...{ id: object.id ?? null, at: utcOf(textAt(object, [by.member])) ?? null, object },
    }));
  };
  return { page, size, time: 'at' };
}

const changesIn = (record: RecordType, { items }: Paged) =>
  items.map((row) => changeOf(record, treeOf(row)?.object ?? null, textAt(row, ['at'])));

export async function poll({ record, cursor }: PollRequest, context: ShipStationContext) {
  const pages = pagesOf(record, kindOf(record).changed, context);
  const page = await pollPages(cursor, pages, context.settings.poll.overlap);
  return { ...page, items: changesIn(record, page) };
}

export async function list(
  { record, cursor }: { record: RecordType; cursor: string | undefined },
  context: ShipStationContext,
): Promise<Listed> {
  const page = await listPages(cursor, pagesOf(record, kindOf(record).made, context));
  return { ...page, items: changesIn(record, page).map(({ id, data }) => ({ ...(id !== undefined && { id }), data })) };
}

/** What a webhook names: a list, by its query. */
export async function named(record: RecordType, query: URLSearchParams, context: ShipStationContext) {
  const found = await pageOf(record, { ...Object.fromEntries(query), pageSize: '500' }, context);
  return found.map((object: Lossless) => changeOf(record, object));
}
