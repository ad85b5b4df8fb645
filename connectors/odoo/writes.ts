// What is written to Odoo: partners, sale orders with an address of their own, and how far both orders and deliveries are.
import { createdId, textAt } from '../../src/connector/answer.ts';
import type { Sending } from '../../src/connector/ask-json.ts';
import { differing, holds, treesAt } from '../../src/connector/compare.ts';
import { ConnectorError, type Pushed, type Question, type Send, type Verdict } from '../../src/connector/contract.ts';
import { payloadOf, requiredText, treeOf } from '../../src/connector/payload.ts';
import { kindOf, objectToChange, rowsByCode, theOne, withIdOf } from '../../src/connector/rows.ts';
import { type Course, moveTo, verdictOf } from '../../src/connector/steps.ts';
import type { LosslessObject } from '../../src/model/json.ts';
import { address } from './documents.ts';
import { sourceOf, timeOf } from './rows.ts';
import { call } from './rpc.ts';
import type { OdooContext } from './settings.ts';

type Steps = Readonly<Record<string, string | undefined>>;

/** State → the method that leads on. */
const steps: Partial<Record<Send['record'], Steps>> = {
  order: { draft: 'action_confirm', sent: 'action_confirm', sale: undefined, done: undefined },
  shipment: {
    ...{ draft: 'action_confirm', waiting: 'action_assign', confirmed: 'action_assign' },
    ...{ assigned: 'button_validate', done: undefined },
  },
};

/** A method may answer with a question to a person instead of doing it: what became of it is read. */
function courseOf(record: Send['record'], id: string, sending: Sending, context: OdooContext): Course {
  const source = sourceOf(context);
  const { model } = kindOf(source, record);
  return {
    steps: steps[record] ?? {},
    exits: { cancel: 'action_cancel' },
    state: async () => textAt(await objectToChange(source, record, id), ['state']) ?? '',
    take: (method) => call(context, { model, method, ids: [Number(id)], sending }),
  };
}

export const transition = (question: Question & { to: string }, context: OdooContext): Promise<Verdict> =>
  verdictOf(courseOf(question.record, question.externalId, question, context), question);

export async function push(send: Send, context: OdooContext): Promise<Pushed> {
  const [{ state, ...body }, { record, op, externalId }] = [bodyOf(send), send];
  const id = externalId ?? (await create(send, body, context));
  if (op === 'update') await change(send, id, body, context);
  const to = record === 'customer' ? undefined : textAt(state, []);
  if (to !== undefined) await moveTo(courseOf(record, id, send, context), to);
  return { externalId: id, status: 200 };
}

function bodyOf(send: Send): LosslessObject {
  const refuse = (what: string): never => {
    throw new ConnectorError('invalid', what, { sent: false });
  };
  if (send.op === 'delete') return refuse('nothing is deleted in Odoo');
  if (send.op === 'create' && send.record === 'shipment') return refuse('deliveries are made by Odoo for its orders');
  return payloadOf(send);
}

/** Odoo takes the same reference twice: each create looks for it first. */
async function create(send: Send, body: LosslessObject, context: OdooContext): Promise<string> {
  const [source, name] = [sourceOf(context), send.record === 'order' ? 'client_order_ref' : 'ref'];
  const { model } = kindOf(source, send.record);
  const found = await theOne(source, send.record, { name, value: requiredText(body, name) });
  if (found !== undefined && !send.repeat)
    throw new ConnectorError(
      'rejected',
      `there is a ${model} ${found} with the ${name} ${textAt(body, [name])} already`,
    );
  if (found !== undefined) return found;
  const fields =
    send.record === 'order' ? await orderFields({}, body, send, context) : await partnerFields(body, context);
  return make(model, fields, send, context);
}

async function make(model: string, fields: LosslessObject, sending: Sending, context: OdooContext): Promise<string> {
  const made = await call(context, { model, method: 'create', args: { vals_list: [withoutNulls(fields)] }, sending });
  return createdId(made, ['0']);
}

async function change(send: Send, id: string, body: LosslessObject, context: OdooContext): Promise<void> {
  const source = sourceOf(context);
  const present = await objectToChange(source, send.record, id);
  const wanted = differing(present, body);
  if (Object.keys(wanted).length === 0) return;
  if (send.record === 'order') requireOpen(present, wanted);
  const isOrder = send.record === 'order';
  const fields = isOrder ? await orderFields(present, wanted, send, context) : await partnerFields(wanted, context);
  const { model } = kindOf(source, send.record);
  await call(context, {
    model,
    method: 'write',
    ids: [Number(id)],
    args: { vals: withoutNulls(fields) },
    sending: send,
  });
}

/** Once it is confirmed an order is a promise. */
function requireOpen({ state }: LosslessObject, wanted: LosslessObject): void {
  const isOpen = state === 'draft' || state === 'sent';
  if (isOpen && wanted.partner_id === undefined && wanted.order_line === undefined) return;
  const what = `the order is ${textAt(state, [])}; Odoo alone changes it then, its customer and its lines`;
  throw new ConnectorError('rejected', what, { status: 200 });
}

const country = { model: 'res.country', member: 'country_id', code: 'code' };

/** A country by its code. */
const partnerFields = (fields: LosslessObject, context: OdooContext): Promise<LosslessObject> =>
  withIdOf(sourceOf(context), country, fields);

/** Odoo says false for nothing. */
const withoutNulls = (fields: LosslessObject): LosslessObject =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, value ?? false]));

async function orderFields(order: LosslessObject, wanted: LosslessObject, send: Send, context: OdooContext) {
  const { partner_id, partner_shipping_id, order_line, date_order, ...fields } = wanted;
  const partner = requiredText(treeOf(partner_id) ?? treeOf(order.partner_id) ?? {}, 'id');
  const { id: _, ...present } = treeOf(order.partner_shipping_id) ?? {};
  const shipTo = treeOf(partner_shipping_id);
  const at = textAt(date_order, []);
  return {
    ...(await partnerFields(fields, context)),
    ...(partner_id !== undefined && { partner_id: Number(partner) }),
    ...(shipTo && { partner_shipping_id: await addressOf(partner, { ...present, ...shipTo }, send, context) }),
    ...(at !== undefined && { date_order: timeOf(at) }),
    ...(order_line !== undefined && { order_line: await lineFields(wanted, context) }),
  };
}

/** A delivery address below the partner that says the same, else a new one: no other order's is changed. */
async function addressOf(partner: string, wanted: LosslessObject, send: Send, context: OdooContext): Promise<number> {
  const fields = await partnerFields(wanted, context);
  const domain = [
    ['parent_id', '=', Number(partner)],
    ['type', '=', 'delivery'],
  ];
  const rows = treesAt(await sourceOf(context).search({ model: 'res.partner', domain, fields: address }), []);
  const known = rows.find((row) => holds({ ...row, country_id: treeOf(row.country_id)?.id ?? null }, fields));
  if (known) return Number(textAt(known, ['id']));
  return Number(await make('res.partner', { ...fields, parent_id: Number(partner), type: 'delivery' }, send, context));
}

/** Products by their internal reference, as commands that make lines. */
async function lineFields(body: LosslessObject, context: OdooContext) {
  const lines = treesAt(body, ['order_line']);
  const codes = lines.flatMap((line) => textAt(line, ['product_id', 'default_code']) ?? []);
  const products = await rowsByCode(sourceOf(context), { model: 'product.product', code: 'default_code' }, codes);
  return lines.map(({ product_id, price_unit, ...line }) => {
    const known = products.get(textAt(product_id, ['default_code']) ?? '');
    const price = textAt(price_unit, []);
    return [
      0,
      0,
      { ...line, product_id: known?.id ?? false, ...(price !== undefined && { price_unit: Number(price) }) },
    ];
  });
}
