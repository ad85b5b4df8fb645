// Webhooks of the shop's plugin: Standard Webhooks around { type, timestamp, data }.
import { textAt } from '../../src/connector/answer.ts';
import {
  ConnectorError,
  type InboundChange,
  type Received,
  type WebhookRequest,
} from '../../src/connector/contract.ts';
import { webhookEvent } from '../../src/connector/webhook.ts';
import { type Lossless, stringifyJson } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import type { RecordType } from '../../src/model/records.ts';
import type { VendureContext } from './settings.ts';

export async function receive(request: WebhookRequest, { settings, now }: VendureContext): Promise<Received> {
  const { event, dedupeId } = webhookEvent(request, settings.webhook, now());
  const [type, at] = [textAt(event, ['type']), textAt(event, ['timestamp'])];
  if (type === undefined) throw new ConnectorError('invalid', 'the webhook has no type');
  const change = changeOf(type, getPath(event, ['data']) ?? null);
  return { changes: change ? [{ ...change, ...(at !== undefined && { at }) }] : [], dedupeId };
}

/** What a type's name begins with → the member of its data, and what that is to us. */
const objects: Readonly<Record<string, readonly [member: string, record: RecordType]>> = {
  order: ['order', 'order'],
  customer: ['customer', 'customer'],
  fulfillment: ['fulfillment', 'shipment'],
};

/** Payments name no order id, and the order's own event follows them; stock and products are no records here. */
function changeOf(type: string, data: Lossless): InboundChange | undefined {
  const [subject = ''] = type.split('.');
  // An address alone is no customer: the customer is fetched.
  if (subject === 'customer_address') return { record: 'customer', ...idIn(data, 'customerId') };
  const [member, record] = (Object.hasOwn(objects, subject) && objects[subject]) || [];
  const object = member === undefined ? undefined : getPath(data, [member]);
  return record && object ? { record, ...idIn(object, 'id'), data: stringifyJson(object) } : undefined;
}

function idIn(object: Lossless, member: string): { id: string } {
  const id = textAt(object, [member]);
  if (id !== undefined) return { id };
  throw new ConnectorError('invalid', `the webhook has no ${member}`);
}
