// Webhooks of the shop's plugin: Standard Webhooks around { type, timestamp, data }.
import { textAt } from '../../src/connector/answer.ts';
import type { InboundChange, Received, WebhookRequest } from '../../src/connector/contract.ts';
import { requiredText, treeOf } from '../../src/connector/payload.ts';
import { webhookEvent } from '../../src/connector/webhook.ts';
import { type Lossless, stringifyJson } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import type { RecordType } from '../../src/model/records.ts';
import type { VendureContext } from './settings.ts';

export async function receive(request: WebhookRequest, { settings, now }: VendureContext): Promise<Received> {
  const { event, dedupeId } = webhookEvent(request, settings.webhook, now());
  const [type, at] = [requiredText(treeOf(event) ?? {}, 'type'), textAt(event, ['timestamp'])];
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

const idIn = (object: Lossless, member: string) => ({ id: requiredText(treeOf(object) ?? {}, member) });
