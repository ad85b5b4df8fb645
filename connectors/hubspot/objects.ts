// HubSpot's objects: which they are, what is read of each, and how they are read one by one, page by page, and by what changed.
import { arrayAt, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Listed, type PollRequest, type Reference } from '../../src/connector/contract.ts';
import { changeOf, keyOf, unlessMissing } from '../../src/connector/match.ts';
import { treeOf } from '../../src/connector/payload.ts';
import { pollPages, type TimePages } from '../../src/connector/time-pages.ts';
import { type Lossless, type LosslessObject, stringifyJson } from '../../src/model/json.ts';
import type { RecordType } from '../../src/model/records.ts';
import { ask } from './api.ts';
import { companies, contacts, type Kind, orders } from './documents.ts';
import type { HubSpotContext, HubSpotSettings } from './settings.ts';

export const recordTypes = ['customer', 'order'] as const satisfies RecordType[];

/** @throws ConnectorError invalid */
export function kindOf(record: RecordType, { customers }: HubSpotSettings): Kind {
  if (record === 'customer') return customers === 'contacts' ? contacts : companies;
  if (record === 'order') return orders;
  throw new ConnectorError('invalid', `a ${record} is nothing that HubSpot is asked for here`, { sent: false });
}

export const pathOf = ({ path }: Kind): string => `/crm/v3/objects/${path}`;

function propertiesOf(record: RecordType, settings: HubSpotSettings): string[] {
  const { numberProperty, properties } = settings;
  const more = record === 'order' ? properties.order : properties.customer;
  return [...new Set([...kindOf(record, settings).properties, numberProperty, ...more])];
}

/** With our number in a place of its own, whichever property holds it. */
function payloadFrom(object: Lossless, { numberProperty }: HubSpotSettings): LosslessObject {
  const number = treeOf(treeOf(object)?.properties)?.[numberProperty] ?? null;
  return { ...treeOf(object), number };
}

/** @param by a property with unique values; HubSpot's own id where absent */
export async function readOne(
  record: RecordType,
  { id, by }: { id: string; by?: string | undefined },
  context: HubSpotContext,
): Promise<LosslessObject | undefined> {
  const { settings } = context;
  const properties = propertiesOf(record, settings).join(',');
  const query = new URLSearchParams({ properties, ...(by && { idProperty: by }) });
  const path = `${pathOf(kindOf(record, settings))}/${encodeURIComponent(id)}?${query}`;
  const found = await unlessMissing(ask(context, { method: 'GET', path }));
  return found === undefined ? undefined : payloadFrom(found, settings);
}

/** By unique properties, straight from the objects: a search would not yet know who was made just now. */
function identityIn(reference: Reference, { settings }: HubSpotContext): { id: string; by?: string } {
  if ('externalId' in reference) return { id: reference.externalId };
  const keys = { number: settings.numberProperty, ...kindOf(reference.record, settings).unique };
  const { name: by, value: id } = keyOf(reference, keys);
  return { id, by };
}

const read = (reference: Reference, context: HubSpotContext) =>
  readOne(reference.record, identityIn(reference, context), context);

export async function fetch(reference: Reference, context: HubSpotContext): Promise<string | undefined> {
  const found = await read(reference, context);
  return found && stringifyJson(found);
}

export const find = async (reference: Reference, context: HubSpotContext): Promise<string | undefined> =>
  textAt(await read(reference, context), ['id']);

export async function list(
  { record, cursor }: { record: RecordType; cursor: string | undefined },
  context: HubSpotContext,
): Promise<Listed> {
  const { settings } = context;
  const wanted = { limit: String(settings.pageSize), properties: propertiesOf(record, settings).join(',') };
  const query = new URLSearchParams({ ...wanted, archived: 'false', ...(cursor !== undefined && { after: cursor }) });
  const page = await ask(context, { method: 'GET', path: `${pathOf(kindOf(record, settings))}?${query}` });
  const next = textAt(page, ['paging', 'next', 'after']);
  const items = arrayAt(page, ['results']).map((object) => changeOf(record, payloadFrom(object, settings)));
  return { items, cursor: next, more: next !== undefined };
}

/**
 * A search gives 10,000 objects at most, however it is paged: each page begins behind the time of the last one, and is
 * counted on only among objects of one millisecond.
 */
function changedPages(record: RecordType, context: HubSpotContext): TimePages {
  const { settings } = context;
  const kind = kindOf(record, settings);
  const page: TimePages['page'] = async ({ after, skip }) => {
    const filters = [{ propertyName: kind.changed, operator: 'GT', value: String(Date.parse(after)) }];
    const sorts = [{ propertyName: kind.changed, direction: 'ASCENDING' }];
    const page = { limit: settings.pageSize, ...(skip > 0 && { after: String(skip) }) };
    const body = { filterGroups: [{ filters }], sorts, properties: propertiesOf(record, settings), ...page };
    const found = await ask(context, { method: 'POST', path: `${pathOf(kind)}/search`, body });
    const at = (object: Lossless): string | null => textAt(object, ['properties', kind.changed]) ?? null;
    return arrayAt(found, ['results']).map((object) => ({
      id: textAt(object, ['id']) ?? null,
      at: at(object),
      object,
    }));
  };
  return { page, size: settings.pageSize, time: 'at' };
}

export async function poll({ record, cursor }: PollRequest, context: HubSpotContext) {
  const { settings } = context;
  const { items, ...place } = await pollPages(cursor, changedPages(record, context), settings.poll.overlap);
  const objectIn = (row: Lossless): LosslessObject => payloadFrom(treeOf(row)?.object ?? null, settings);
  return { ...place, items: items.map((row) => changeOf(record, objectIn(row), textAt(row, ['at']))) };
}
