// Reads single objects: by id, by code, by e-mail address.
import { arrayAt, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Reference } from '../../src/connector/contract.ts';
import { stringifyJson } from '../../src/model/json.ts';
import { customer, customers, order, orders } from './documents.ts';
import { read } from './graphql.ts';
import type { VendureContext } from './settings.ts';

/** By whichever of our fields identifies it, and what Vendure calls that. */
const kinds = {
  order: { ours: ['number'], theirs: 'code', one: order, many: orders },
  customer: { ours: ['emails', 'emailAddress'], theirs: 'emailAddress', one: customer, many: customers },
};

function kindOf({ record }: Reference) {
  if (record === 'order' || record === 'customer') return { record, ...kinds[record] };
  throw new ConnectorError('invalid', `Vendure cannot be asked for one ${record}`, { sent: false });
}

export async function fetch(reference: Reference, context: VendureContext): Promise<string | undefined> {
  const { record, one } = kindOf(reference);
  const id = 'match' in reference ? await find(reference, context) : reference.externalId;
  const found = id === undefined ? null : await read(context, one(context.settings.customFields[record]), { id });
  return found === null ? undefined : stringifyJson(found);
}

export async function find(reference: Reference & { match: unknown }, context: VendureContext) {
  const { ours, theirs, many } = kindOf(reference);
  const match = 'externalId' in reference ? [] : reference.match;
  const value = match.find(({ field }) => ours.includes(field))?.value;
  if (value === undefined) throw new ConnectorError('invalid', `find needs ${ours.join(' or ')}`, { sent: false });
  const options = { filter: { [theirs]: { eq: value } }, take: 2 };
  const items = arrayAt(await read(context, many([]), { options }), ['items']);
  if (items.length > 1) throw new ConnectorError('unknown', 'find answers several objects instead of one');
  return textAt(items[0], ['id']);
}
