// Orders are sales: made whole in one call, changed as long as they are no promise, moved on step by step. Tryton makes
// their shipments when it processes them; the warehouse says what became of those.
import { createdId, textAt } from '../../src/connector/answer.ts';
import type { Sending } from '../../src/connector/ask-json.ts';
import { differing, treesAt } from '../../src/connector/compare.ts';
import { ConnectorError, type Pushed, type Question, type Send, type Verdict } from '../../src/connector/contract.ts';
import { payloadOf, requiredText, treeOf } from '../../src/connector/payload.ts';
import { kindOf, objectToChange, rowsByCode, theOne, withIdOf } from '../../src/connector/rows.ts';
import { type Course, moveTo, verdictOf } from '../../src/connector/steps.ts';
import type { LosslessObject } from '../../src/model/json.ts';
import { addressOf } from './party.ts';
import { sourceOf } from './rows.ts';
import { call, write } from './rpc.ts';
import type { TrytonContext } from './settings.ts';
import { typed } from './values.ts';

export async function pushSale(send: Send, context: TrytonContext): Promise<Pushed> {
  const { state, ...body } = payloadOf(send);
  const id = send.externalId ?? (await create(send, body, context));
  if (send.externalId !== undefined) await change(send, id, body, context);
  const to = textAt(state, []);
  if (to !== undefined) await moveTo(courseOf('order', id, send, context), to);
  return { externalId: id, status: 200 };
}

/** Tryton makes a second sale with the same reference without a word: each create looks for it first. */
async function create(send: Send, body: LosslessObject, context: TrytonContext): Promise<string> {
  const reference = requiredText(body, 'reference');
  const found = await theOne(sourceOf(context), 'order', { name: 'reference', value: reference });
  if (found !== undefined && !send.repeat)
    throw new ConnectorError('rejected', `there is a sale ${found} with the reference ${reference} already`);
  if (found !== undefined) return found;
  const { company, sale } = context.settings;
  const party = await partyOf(body, context);
  const fields = await saleFields(body, { sale: {}, party }, send, context);
  const addresses = { invoice_address: fields.shipment_address ?? null, ...fields };
  const lines = await lineFields(body, context);
  const whole = { ...typed(sale), ...addresses, company, party: party.id ?? null, lines: [['create', lines]] };
  return createdId(await call(context, { method: 'model.sale.sale.create', params: [[whole]], sending: send }), ['0']);
}

const partyOf = (sale: LosslessObject, context: TrytonContext): Promise<LosslessObject> =>
  objectToChange(sourceOf(context), 'customer', requiredText(treeOf(sale.party) ?? {}, 'id'));

const currency = { model: 'currency.currency', member: 'currency', code: 'code' };

/** Without party and lines. @param sale as it is; what a payload leaves out of an address stays as it was */
async function saleFields(
  body: LosslessObject,
  on: Record<'sale' | 'party', LosslessObject>,
  send: Send,
  context: TrytonContext,
) {
  const { party: _, lines, ...fields } = await withIdOf(sourceOf(context), currency, body);
  for (const member of ['shipment_address', 'invoice_address']) {
    const { id, ...present } = treeOf(on.sale[member]) ?? {};
    const address = treeOf(fields[member]);
    if (address) fields[member] = await addressOf(on.party, { ...present, ...address }, send, context);
  }
  return typed(fields);
}

/** Products by their code, prices as decimals. */
async function lineFields(body: LosslessObject, context: TrytonContext): Promise<LosslessObject[]> {
  const lines = treesAt(body, ['lines']);
  const codes = lines.flatMap((line) => textAt(line, ['product', 'code']) ?? []);
  const asked = { model: 'product.product', code: 'code', fields: ['sale_uom'] };
  const products = await rowsByCode(sourceOf(context), asked, codes);
  return lines.map(({ product, unit_price, ...line }) => {
    const known = products.get(textAt(product, ['code']) ?? '');
    const price = textAt(unit_price, []);
    return {
      type: 'line',
      ...line,
      ...(known && { product: known.id ?? null, unit: known.sale_uom ?? null }),
      ...(price !== undefined && { unit_price: { __class__: 'Decimal', decimal: price } }),
    };
  });
}

/** Once it is confirmed a sale is a promise. */
const open: ReadonlySet<string> = new Set(['draft', 'quotation']);

/** The server would take every change: it keeps old totals then, and ships what was not ordered. */
async function change(send: Send, id: string, body: LosslessObject, context: TrytonContext): Promise<void> {
  const sale = await objectToChange(sourceOf(context), 'order', id);
  const wanted = differing(sale, body);
  const names = Object.keys(wanted);
  if (names.length === 0) return;
  const state = textAt(sale, ['state']) ?? '';
  if (!open.has(state) || names.includes('party') || names.includes('lines')) {
    const what = `the sale is ${state}; Tryton alone changes it then, its party and its lines`;
    throw new ConnectorError('rejected', what, { status: 200 });
  }
  const fields = await saleFields(wanted, { sale, party: await partyOf(sale, context) }, send, context);
  await write(context, send, { 'sale.sale': sale }, fields);
}

/** State → the step that leads on. */
const steps = {
  order: { draft: 'quote', quotation: 'confirm', confirmed: 'process', processing: undefined, done: undefined },
  shipment: { draft: 'wait', waiting: 'assign_try', assigned: 'pick', picked: 'pack', packed: 'done', done: undefined },
};

export function courseOf(record: keyof typeof steps, id: string, sending: Sending, context: TrytonContext): Course {
  const source = sourceOf(context);
  const { model } = kindOf(source, record);
  const take = (step: string) => call(context, { method: `model.${model}.${step}`, params: [[Number(id)]], sending });
  const state = async () => textAt(await objectToChange(source, record, id), ['state']) ?? '';
  return { steps: steps[record], exits: { cancelled: 'cancel' }, state, take };
}

export const transition = (question: Question & { to: string }, context: TrytonContext): Promise<Verdict> =>
  verdictOf(courseOf(question.record as keyof typeof steps, question.externalId, question, context), question);

/** @param send its payload names fields of the shipment (`reference`, `planned_date`) and the state to reach */
export async function pushShipment(send: Send, context: TrytonContext): Promise<Pushed> {
  const { externalId: id } = send;
  if (id === undefined)
    throw new ConnectorError('invalid', 'shipments are made by Tryton when it processes a sale', { sent: false });
  const { state, ...fields } = payloadOf(send);
  const shipment = await objectToChange(sourceOf(context), 'shipment', id);
  await write(context, send, { 'stock.shipment.out': shipment }, typed(differing(shipment, fields)));
  const to = textAt(state, []);
  if (to !== undefined) await moveTo(courseOf('shipment', id, send, context), to);
  return { externalId: id, status: 200 };
}
