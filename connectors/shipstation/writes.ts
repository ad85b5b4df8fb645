// What is written to ShipStation: orders, made and changed whole by their key.
import { createdId, textAt } from '../../src/connector/answer.ts';
import { holds } from '../../src/connector/compare.ts';
import { ConnectorError, type Pushed, type Send } from '../../src/connector/contract.ts';
import { payloadOf, requiredText, treeOf } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { ask } from './api.ts';
import { readOrder } from './objects.ts';
import type { ShipStationContext } from './settings.ts';

/** ShipStation changes an order in no other state. */
const open = ['awaiting_payment', 'awaiting_shipment', 'pending_fulfillment', 'on_hold'];

export async function push(send: Send, context: ShipStationContext): Promise<Pushed> {
  if (send.op === 'delete') throw new ConnectorError('invalid', 'nothing is deleted in ShipStation', { sent: false });
  const payload = payloadOf(send);
  const body = send.externalId ? await changed(send.externalId, payload, context) : made(payload, context);
  if (body === undefined) return { status: 200 };
  const order = await ask(context, { method: 'POST', path: '/orders/createorder', body, sending: send });
  return { externalId: createdId(order, ['orderId']), status: 200 };
}

/** The same key again is the same order: a repeat makes no second one. */
function made(payload: LosslessObject, { settings: { storeId } }: ShipStationContext): LosslessObject {
  const orderKey = textAt(payload, ['orderKey']) ?? requiredText(payload, 'orderNumber');
  const name = textAt(payload, ['shipTo', 'name']) ?? null;
  const advancedOptions = storeId === undefined ? {} : { advancedOptions: { storeId } };
  return { orderStatus: 'awaiting_shipment', billTo: { name }, ...advancedOptions, ...payload, orderKey };
}

/** It is written whole: what is not said stays as it is. @returns undefined where everything is so already */
async function changed(id: string, wanted: LosslessObject, context: ShipStationContext) {
  const present = await readOrder(id, context);
  const status = textAt(present, ['orderStatus']) ?? '';
  const { orderStatus, ...rest } = wanted;
  const isOpen = open.includes(status);
  // What has left, or was cancelled, is further than anything that can be wanted.
  if (holds(present, isOpen ? wanted : rest)) return undefined;
  if (!isOpen) throw new ConnectorError('rejected', `the order is ${status}; ShipStation does not change it any more`);
  const { id: _, ...order } = treeOf(merged(present, wanted)) ?? {};
  return order;
}

/** Members by members; lists whole. */
function merged(present: Lossless | undefined, wanted: Lossless): Lossless {
  const [before, after] = [treeOf(present), treeOf(wanted)];
  if (!before || !after) return wanted;
  const members = Object.entries(after).map(([name, value]) => [name, merged(before[name], value)]);
  return { ...before, ...Object.fromEntries(members) };
}
