// Delivery orders: made once, held, cancelled, looked at; the protocol has no way to change one.
import { textAt } from '../../src/connector/answer.ts';
import {
  ConnectorError,
  type Pushed,
  type Question,
  type Reference,
  type Send,
  type Verdict,
} from '../../src/connector/contract.ts';
import { payloadOf } from '../../src/connector/payload.ts';
import { type LosslessObject, stringifyJson } from '../../src/model/json.ts';
import { isTree } from '../../src/model/own.ts';
import { getPath } from '../../src/model/paths.ts';
import { call, errorOf, inChina, isMissing } from './call.ts';
import type { QimenContext } from './settings.ts';

/** Its code is ours, the WMS knows it by that. */
export async function push(send: Send, context: QimenContext): Promise<Pushed> {
  if (send.op !== 'create') {
    const what = 'a delivery order cannot be changed: cancel it, and a new one is made';
    throw new ConnectorError('rejected', what, { sent: false });
  }
  const request = payloadOf(send);
  const code = textAt(request, ['deliveryOrder', 'deliveryOrderCode']);
  if (code === undefined)
    throw new ConnectorError('invalid', 'the payload has no deliveryOrder.deliveryOrderCode', { sent: false });
  if (send.repeat && (await isThere(code, context))) return { externalId: code, status: 200 };
  const answer = await call(
    {
      method: 'deliveryorder.create',
      does: 'write',
      request: withDefaults(request, context),
      traceparent: send.traceparent,
    },
    context,
  );
  if ('refused' in answer) throw errorOf(answer.refused, context.settings);
  return { externalId: code, status: 200 };
}

/** What Alibaba's page requires of every document and the mapping does not say. */
function withDefaults(request: LosslessObject, { settings, now }: QimenContext): LosslessObject {
  const { warehouseCode, ownerCode, orderType } = settings;
  const createTime = inChina(now());
  const said = isTree(request.deliveryOrder) ? (request.deliveryOrder as LosslessObject) : {};
  return { ...request, deliveryOrder: { warehouseCode, ownerCode, orderType, createTime, ...said } };
}

/** A repeat asks first; a WMS whose word for "not there" nobody has told us cannot be read. */
async function isThere(code: string, context: QimenContext): Promise<boolean> {
  const answer = await query(code, context);
  if ('done' in answer) return true;
  if (isMissing(answer.refused, context.settings)) return false;
  const error = errorOf(answer.refused, context.settings);
  if (error.kind !== 'rejected') throw error;
  const what = `whether ${code} was made is not known: asked for it, the WMS says "${error.message}"`;
  throw error.as('unclear', { message: `${what}; if that means that there is none, name its code in codes.missing` });
}

/** Its lines come by pages, of a hundred at most; both numbers are required. */
const query = (orderCode: string, context: QimenContext) => {
  const request = { orderCode, ...common(context), page: '1', pageSize: '100' };
  return call({ method: 'deliveryorder.query', does: 'read', request }, context);
};

const common = ({ settings: { ownerCode, warehouseCode } }: QimenContext): LosslessObject => ({
  ownerCode,
  warehouseCode,
});

export async function fetch(reference: Reference, context: QimenContext): Promise<string | undefined> {
  const code = codeIn(reference);
  if (code === undefined) throw new ConnectorError('invalid', 'a shipment is found by its number', { sent: false });
  const answer = await query(code, context);
  if ('done' in answer) return stringifyJson(answer.done);
  if (isMissing(answer.refused, context.settings)) return undefined;
  throw asReading(errorOf(answer.refused, context.settings));
}

export async function find(
  reference: Reference & { match: unknown },
  context: QimenContext,
): Promise<string | undefined> {
  return (await fetch(reference, context)) === undefined ? undefined : codeIn(reference);
}

const codeIn = (reference: Reference): string | undefined =>
  'externalId' in reference ? reference.externalId : reference.match.find(({ field }) => field === 'number')?.value;

/** A failure that nobody has explained says nothing about what is there. */
const asReading = (error: ConnectorError): ConnectorError => (error.kind === 'rejected' ? error.as('unknown') : error);

/** Held twice is held. */
export const hold = (question: Question, context: QimenContext): Promise<Verdict> =>
  ask('order.pending', { actionType: 'pending', reason: 'hold' }, question, context);

/** Where it was asked before, its status tells. */
export async function cancel(question: Question, context: QimenContext): Promise<Verdict> {
  if (!question.again) return ask('order.cancel', { cancelReason: 'cancelled' }, question, context);
  const text = await fetch({ record: question.record, externalId: question.externalId }, context);
  const status = text === undefined ? undefined : getPath(JSON.parse(text), ['deliveryOrder', 'status']);
  return status === 'CANCELED' || status === 'CLOSED' ? 'yes' : 'pending';
}

async function ask(method: string, more: LosslessObject, question: Question, context: QimenContext): Promise<Verdict> {
  const { orderType } = context.settings;
  const request = { ...more, ...common(context), orderCode: question.externalId, orderType };
  const answer = await call({ method, does: 'write', request, traceparent: question.traceparent }, context);
  if ('done' in answer) return 'yes';
  const error = errorOf(answer.refused, context.settings);
  // The warehouse understood and did not do it.
  if (error.kind === 'rejected' || error.kind === 'not_found') return 'no';
  throw error;
}
