// What belongs to an order: fulfilments, refunds, returns. Looked for where it is repeated, made where it is not there.
import { createHash } from 'node:crypto';
import { allot, amountOf, amountText, takePieces } from '../../src/connector/allot.ts';
import { createdId, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type Pushed, type Send } from '../../src/connector/contract.ts';
import { nodesAt } from '../../src/connector/cursor-pages.ts';
import { holdsAll, payloadWith, requiredText } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import * as documents from './documents.ts';
import { readOne, type ShopifyContext, write } from './graphql.ts';

interface Part {
  record: 'shipment' | 'refund' | 'return';
  isOurs(part: Lossless): boolean;
  variables(order: LosslessObject): LosslessObject;
}

async function made(orderId: string, part: Part, send: Send, context: ShopifyContext): Promise<string> {
  const { order: document, among, mutation } = documents.making[part.record];
  const order = await readOne(context, document, orderId);
  const there = send.repeat ? nodesAt(order, among).find(part.isOurs) : undefined;
  return createdId(there ?? (await write(context, send, mutation, part.variables(order))));
}

const invalid = (words: string) => new ConnectorError('invalid', words, { sent: false });
const mark = 'syncline ';

/** @returns our own word for it, or undefined for a note of somebody else */
export const referenceIn = (note = ''): string | undefined =>
  note.startsWith(mark) ? note.slice(mark.length) : undefined;

/** Rows that hold pieces of an order's lines, and how many. */
const rowsIn = (owner: Lossless, member: string, { line = ['lineItem', 'id'], left = 'quantity' } = {}) =>
  nodesAt(owner, member).map((row) => ({
    ...{ owner: textAt(owner, ['id']) ?? '', id: textAt(row, ['id']) ?? '' },
    ...{ line: textAt(row, line), left: BigInt(textAt(row, [left]) ?? 0) },
  }));

const trackingOf = (parcel: Lossless): LosslessObject =>
  Object.fromEntries(['number', 'company'].map((name) => [name, textAt(parcel, ['trackingInfo', '0', name]) ?? null]));

/** By its tracking number a fulfilment is found again: nothing else of ours is kept in it. */
export async function pushShipment(send: Send, context: ShopifyContext): Promise<Pushed> {
  const body = payloadWith(send, ['order', 'trackingInfo', 'fulfillmentLineItems', 'displayStatus']);
  const trackingInfo = trackingOf(body);
  const number = send.externalId ? undefined : requiredText(body, 'trackingInfo.0.number');
  const { notifyCustomer } = context.settings;
  const part: Part = {
    record: 'shipment',
    isOurs: (one) => trackingOf(one).number === number && textAt(one, ['status']) !== 'CANCELLED',
    variables: (order) => ({
      fulfillment: { lineItemsByFulfillmentOrder: linesToShip(order, body), trackingInfo, notifyCustomer },
    }),
  };
  const externalId = send.externalId ?? (await made(requiredText(body, 'order.id'), part, send, context));
  const parcel = await readOne(context, documents.fulfillment, externalId);
  const id = createdId(parcel);
  if (body.trackingInfo && JSON.stringify(trackingOf(parcel)) !== JSON.stringify(trackingInfo))
    await write(context, send, documents.fulfillmentTrackingInfoUpdate, { id, trackingInfo, notifyCustomer });
  // How far the carrier is; that it was handed over is no event, the fulfilment itself says it.
  const [status = 'FULFILLED', present] = [body, parcel].map((one) => textAt(one, ['displayStatus']));
  if (status !== 'FULFILLED' && status !== present)
    await write(context, send, documents.fulfillmentEventCreate, { id, status });
  return { externalId, status: 200 };
}

/** Everything that is left where no lines are named. */
function linesToShip(order: Lossless, body: LosslessObject): LosslessObject[] {
  const isOpen = (one: Lossless): boolean => ['OPEN', 'IN_PROGRESS'].includes(textAt(one, ['status']) ?? '');
  const open = nodesAt(order, 'fulfillmentOrders').filter(isOpen);
  if (body.fulfillmentLineItems === undefined) return open.map((one) => ({ fulfillmentOrderId: createdId(one) }));
  const rows = open.flatMap((one) => rowsIn(one, 'lineItems', { left: 'remainingQuantity' }));
  const taken = takePieces(rows, rowsIn(body, 'fulfillmentLineItems'));
  return open
    .map((one) => createdId(one))
    .flatMap((owner): LosslessObject[] => {
      const ofThis = taken.filter(({ row }) => row.owner === owner);
      const lines = ofThis.map(({ row, taken: count }) => ({ id: row.id, quantity: Number(count) }));
      return lines.length === 0 ? [] : [{ fulfillmentOrderId: owner, fulfillmentOrderLineItems: lines }];
    });
}

/** @throws ConnectorError invalid when an update wants anything else than what was made */
export async function pushRefund(send: Send, context: ShopifyContext): Promise<Pushed> {
  const body = payloadWith(send, ['reference', 'order', 'return', 'totalRefundedSet']);
  if (send.externalId && !holdsAll(await readOne(context, documents.refund, send.externalId), body))
    throw invalid('Shopify does not change a refund once it is made');
  if (send.externalId) return { status: 200 };
  const reference = requiredText(body, 'reference');
  const { notifyCustomer: notify } = context.settings;
  const part: Part = {
    record: 'refund',
    isOurs: (one) => referenceIn(textAt(one, ['note'])) === reference,
    variables: (order) => ({
      input: { orderId: createdId(order), note: mark + reference, notify, transactions: paymentsBack(order, body) },
      // Of a length that Shopify takes; the same for the same key.
      key: createHash('sha256').update(send.key).digest('hex').slice(0, 32),
    }),
  };
  // The return knows its order; a refund without a return names one.
  const orderId =
    textAt(body, ['order', 'id']) ??
    createdId(await readOne(context, documents.returned, requiredText(body, 'return.id')), ['order', 'id']);
  return { externalId: await made(orderId, part, send, context), status: 200 };
}

const moneyAt = 'totalRefundedSet.shopMoney';
const isPayment = (one: Lossless): boolean =>
  ['SALE', 'CAPTURE'].includes(textAt(one, ['kind']) ?? '') && textAt(one, ['status']) === 'SUCCESS';

/** As much of each payment as may still go back, the first one first. */
function paymentsBack(order: LosslessObject, body: LosslessObject): LosslessObject[] {
  const [amount, currency] = ['amount', 'currencyCode'].map((name) => requiredText(body, `${moneyAt}.${name}`));
  // Where the buyer paid in another currency, Shopify wants the amount in that one.
  const { currencyCode, presentmentCurrencyCode: paidIn } = order;
  if (currencyCode !== currency || paidIn !== currency) throw invalid(`it was paid in ${paidIn}, not ${currency}`);
  const payments = nodesAt(order, 'transactions').filter(isPayment);
  const refundable = payments.map((payment) => ({
    payment,
    left: amountOf(textAt(payment, ['maximumRefundableV2', 'amount']) ?? '0'),
  }));
  const { parts, missing } = allot(amountOf(amount ?? ''), refundable);
  if (missing > 0n) throw invalid(`${amountText(missing)} ${currency} more than was paid and not yet refunded`);
  return parts.map(({ row: { payment }, taken }) => ({
    ...{ orderId: createdId(order), parentId: createdId(payment), gateway: textAt(payment, ['gateway']) ?? '' },
    ...{ kind: 'REFUND', amount: amountText(taken) },
  }));
}

/** @returns our own word for it, where it is ours: by the note of its lines it is found again */
export const referenceOf = (returned: Lossless): string | undefined =>
  referenceIn(textAt(nodesAt(returned, 'returnLineItems')[0], ['returnReasonNote']));

export async function pushReturn(send: Send, context: ShopifyContext): Promise<Pushed> {
  const body = payloadWith(send, ['reference', 'order', 'status', 'returnReason', 'returnLineItems']);
  const [reference, to] = [textAt(body, ['reference']), textAt(body, ['status'])];
  if (!send.externalId && !['OPEN', 'CLOSED'].includes(to ?? 'OPEN')) throw invalid(`no ${to} return is made here`);
  const part: Part = {
    record: 'return',
    isOurs: (one) => referenceOf(one) === reference,
    variables: (order) => ({ input: { orderId: createdId(order), returnLineItems: linesBack(order, body) } }),
  };
  const externalId = send.externalId ?? (await made(requiredText(body, 'order.id'), part, send, context));
  const returned = await readOne(context, documents.returned, externalId);
  const move = documents.moves[`${returned.status} ${to}`];
  if (to !== undefined && to !== returned.status && !move)
    throw invalid(`Shopify takes no return from ${returned.status} to ${to}`);
  if (move) await write(context, send, move, { id: createdId(returned) });
  return { externalId, status: 200 };
}

function linesBack(order: Lossless, body: LosslessObject): LosslessObject[] {
  const sent = nodesAt(order, 'fulfillments').filter((parcel) => textAt(parcel, ['status']) === 'SUCCESS');
  const returnReason = textAt(body, ['returnReason']) ?? 'OTHER';
  const returnReasonNote = mark + requiredText(body, 'reference');
  const rows = sent.flatMap((parcel) => rowsIn(parcel, 'fulfillmentLineItems'));
  const wanted = rowsIn(body, 'returnLineItems', { line: ['fulfillmentLineItem', 'lineItem', 'id'] });
  return takePieces(rows, wanted).map(({ row, taken }) => ({
    ...{ fulfillmentLineItemId: row.id, quantity: Number(taken), returnReason, returnReasonNote },
  }));
}
