// Reads single objects by id, and many page behind page by Shopify's own cursors: all of them, or what was updated.
import { textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type InboundChange, type PollRequest, type Reference } from '../../src/connector/contract.ts';
import { connectionPage, everyNode, isSince, nodesAt, pollByCursor } from '../../src/connector/cursor-pages.ts';
import { treeOf } from '../../src/connector/payload.ts';
import { type Lossless, type LosslessObject, stringifyJson } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import type { RecordType } from '../../src/model/records.ts';
import * as documents from './documents.ts';
import { globalId, read, type ShopifyContext } from './graphql.ts';
import { referenceIn, referenceOf } from './parts.ts';

const { order, customer, fulfillment: shipment, refund, returned } = documents;
const ones: Partial<Record<RecordType, documents.One>> = { order, customer, shipment, refund, return: returned };
export const recordTypes = Object.keys(ones) as RecordType[];

/** The record type of a kind of object. */
export const recordOf = (kind: string | undefined): RecordType | undefined =>
  recordTypes.find((record) => ones[record]?.kind === kind);

export async function fetch(reference: Reference, context: ShopifyContext): Promise<string | undefined> {
  if (!('externalId' in reference))
    throw new ConnectorError('invalid', 'objects are read by their id', { sent: false });
  const whole = await readWhole(reference.record, reference.externalId, context);
  return whole && stringifyJson(whole.payload);
}

/** @returns the object as it is mapped, and what belongs to an order; undefined where there is none */
async function readWhole(record: RecordType, id: string, context: ShopifyContext) {
  const one = ones[record];
  const object = one && treeOf(await read(context, one, { id: globalId(one.kind, id) }));
  if (!object) return undefined;
  if (record !== 'order') return { payload: { ...object, ...referenceFor(record, object) }, parts: [] };
  const { fulfillments, refunds, returns, ...payload } = object;
  // A line that is not there was taken out: so all of them, however many pages they are.
  const more = async (after: string) => getPath(await read(context, documents.moreLines, { id, after }), ['lineItems']);
  payload.lineItems = { nodes: await everyNode(payload.lineItems, more) };
  payload.state = payload.cancelledAt ? 'CANCELLED' : payload.closedAt ? 'CLOSED' : 'OPEN';
  const lists = Object.entries({ shipment: fulfillments, return: returns, refund: refunds });
  const parts = lists.flatMap(([type, list = []]) => nodesAt({ list }, 'list').map((part) => ({ type, part })));
  return { payload, parts: parts as { type: RecordType; part: Lossless }[] };
}

/** Our own word for what we made; for what others made, what Shopify calls it. */
function referenceFor(record: RecordType, object: LosslessObject): LosslessObject {
  const [id = '', name = '', note] = ['id', 'name', 'note'].map((member) => textAt(object, [member]));
  if (record === 'refund') return { reference: referenceIn(note) ?? id };
  return record === 'return' ? { reference: referenceOf(object) ?? name } : {};
}

async function pageOf(record: RecordType, variables: LosslessObject, context: ShopifyContext) {
  const document = record === 'order' ? documents.orders : documents.customers;
  return connectionPage(await read(context, document, { first: context.settings.pageSize, ...variables }));
}

export async function poll({ record, cursor }: PollRequest, context: ShopifyContext) {
  const page = (since: string | undefined, after: string | undefined) => {
    const query = since === undefined ? null : `updated_at:>='${since.slice(0, 19)}Z'`;
    return pageOf(record, { query, after: after ?? null, sortKey: 'UPDATED_AT' }, context);
  };
  const pages = { page, time: 'updatedAt' };
  const { items, since, ...place } = await pollByCursor(cursor, pages, context.settings.poll.overlap);
  return { ...place, items: await changesOf(record, items, since, context) };
}

export async function list({ record, cursor }: Pick<PollRequest, 'record' | 'cursor'>, context: ShopifyContext) {
  const { nodes, next } = await pageOf(record, { after: cursor ?? null, sortKey: 'ID' }, context);
  const changes = await changesOf(record, nodes, undefined, context);
  const items = changes.flatMap(({ id = '', data }) => (data === undefined ? [] : [{ id, data }]));
  return { items, cursor: next, more: next !== undefined };
}

/** What belongs to an order is named after it, and fetched by itself; a return shows no time of its change. */
async function changesOf(record: RecordType, nodes: Lossless[], since: string | undefined, context: ShopifyContext) {
  const changes: InboundChange[] = [];
  for (const node of nodes) {
    const id = textAt(node, ['id']) ?? '';
    const whole = record === 'order' ? await readWhole(record, id, context) : { payload: node, parts: [] };
    if (whole) changes.push({ record, id, data: stringifyJson(whole.payload) });
    const parts = whole?.parts.filter(({ part }) => isSince(textAt(part, ['updatedAt']), since)) ?? [];
    changes.push(...parts.map(({ type, part }) => ({ record: type, id: textAt(part, ['id']) ?? '' })));
  }
  return changes;
}
