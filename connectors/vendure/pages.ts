// Reads many objects: all of them, what was updated, and the fulfilments of orders placed not long ago.
import { arrayAt, textAt } from '../../src/connector/answer.ts';
import type { InboundChange, Polled, PollRequest } from '../../src/connector/contract.ts';
import { treeOf } from '../../src/connector/payload.ts';
import { listPages, pollPages, sweepPages, type TimePages } from '../../src/connector/time-pages.ts';
import { type Lossless, stringifyJson } from '../../src/model/json.ts';
import type { RecordType } from '../../src/model/records.ts';
import { customers, orders } from './documents.ts';
import { read } from './graphql.ts';
import type { VendureContext } from './settings.ts';

type Listed = 'order' | 'customer';

/** A cart is an order that is still active. */
const filters = { order: { active: { eq: false } }, customer: {} };
const documents = { order: orders, customer: customers };

function pagesBy(time: string, record: Listed, context: VendureContext): TimePages {
  const { pageSize: size, customFields } = context.settings;
  const document = documents[record](customFields[record]);
  const page: TimePages['page'] = async ({ after, skip }) => {
    const filter = { ...filters[record], [time]: { after } };
    // Beside the id no time would count: Vendure sorts by its own order of the fields, the id first. What is of one time comes
    // in any order.
    const options = { take: size, skip, sort: { [time]: 'ASC' }, filter };
    return arrayAt(await read(context, document, { options }), ['items']);
  };
  return { time, size, page };
}

export async function list({ record, cursor }: { record: RecordType; cursor: string | undefined }, on: VendureContext) {
  const page = await listPages(cursor, pagesBy('createdAt', record as Listed, on));
  return { ...page, items: page.items.map((item) => changeOf(record, item)) };
}

/** An order's `updatedAt` stands still when it is shipped: whoever asks for shipments gets those orders too. */
export async function poll({ record, cursor, now }: PollRequest, context: VendureContext): Promise<Polled> {
  const { overlap, follow } = context.settings.poll;
  if (record === 'shipment') {
    const page = await sweepPages(cursor, pagesBy('orderPlacedAt', 'order', context), now - follow);
    return { ...page, items: page.items.flatMap(withFulfillments) };
  }
  const page = await pollPages(cursor, pagesBy('updatedAt', record as Listed, context), overlap);
  return { ...page, items: page.items.map((item) => changeOf(record, item)) };
}

/** Nothing of an order that has none; else the order first, since they refer to it. */
function withFulfillments(order: Lossless): InboundChange[] {
  const orderId = textAt(order, ['id']) ?? '';
  const parcels = arrayAt(order, ['fulfillments']).map((one) => changeOf('shipment', { ...treeOf(one), orderId }));
  return parcels.length === 0 ? [] : [changeOf('order', order), ...parcels];
}

/** The time of a customer is that of its change; an order's is not. */
function changeOf(record: RecordType, item: Lossless): InboundChange & { data: string } {
  const [id, at] = [textAt(item, ['id']), record === 'customer' ? textAt(item, ['updatedAt']) : undefined];
  return { record, ...(id !== undefined && { id }), ...(at !== undefined && { at }), data: stringifyJson(item) };
}
