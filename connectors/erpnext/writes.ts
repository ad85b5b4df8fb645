// What is written to ERPNext: customers and sales orders, each with an address of its own, and how far an order is.
import { textAt } from '../../src/connector/answer.ts';
import type { Sending } from '../../src/connector/ask-json.ts';
import { differing, holds } from '../../src/connector/compare.ts';
import { ConnectorError, type Pushed, type Question, type Send, type Verdict } from '../../src/connector/contract.ts';
import { payloadOf, requiredText, treeOf } from '../../src/connector/payload.ts';
import { type Course, moveTo, verdictOf } from '../../src/connector/steps.ts';
import { wallTimeOf } from '../../src/connector/wall-time.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import { address, type Kind, order, refField } from './documents.ts';
import { kindOf, nameWith, readObjects } from './reads.ts';
import { insert, isDuplicate, save, search } from './resource.ts';
import type { ErpnextContext } from './settings.ts';

/** One push, and what it is about. */
interface Work {
  context: ErpnextContext;
  kind: Kind;
  sending: Sending;
}

export async function push(send: Send, context: ErpnextContext): Promise<Pushed> {
  if (send.op === 'delete') throw new ConnectorError('invalid', 'nothing is deleted in ERPNext', { sent: false });
  const work: Work = { context, kind: kindOf(send.record), sending: send };
  const { docstatus, ...payload } = payloadOf(send);
  const body = withDays(payload, context);
  const known = send.op === 'create' ? await oursOf(work, body) : await presentOf(work, send.externalId);
  if (known) await change(work, known, body);
  const id = requiredText(known ?? (await make(work, body)), 'name');
  const to = send.record === 'order' ? textAt(docstatus, []) : undefined;
  if (to !== undefined) await moveTo(courseOf(work, id), to);
  return { externalId: id, status: 200 };
}

/** @throws ConnectorError not_found */
async function presentOf({ context, kind }: Work, name = ''): Promise<LosslessObject> {
  const [found] = await readObjects(context, kind, [name]);
  if (found) return found;
  throw new ConnectorError('not_found', `there is no ${kind.doctype} ${name}`, { status: 404 });
}

/** ERPNext takes the same customer or order twice. Only the hub writes this field, so what has its value is ours. */
async function oursOf(work: Work, body: LosslessObject): Promise<LosslessObject | undefined> {
  const key = { name: refField, value: requiredText(body, refField) };
  const name = await nameWith(work.context, work.kind, key);
  return name === undefined ? undefined : presentOf(work, name);
}

async function make(work: Work, body: LosslessObject): Promise<LosslessObject> {
  const { context, kind, sending } = work;
  const { [kind.addressMember]: wanted, ...fields } = body;
  const isOrder = kind === order;
  const place = isOrder && treeOf(wanted) ? { [kind.addressField]: await addressOf(work, body, {}, wanted) } : {};
  const defaults = isOrder ? { ...deliveryDay(body, context), ...context.settings.order } : context.settings.customer;
  const made = await insert(context, kind.doctype, { ...defaults, ...fields, ...place }, sending).catch(
    async (error: unknown) => {
      // The one whose answer was lost may have been under way until now.
      const ours = isDuplicate(error) ? await oursOf(work, body) : undefined;
      if (ours) return ours;
      throw error;
    },
  );
  // An address belongs to a customer that is there.
  if (!isOrder && treeOf(wanted)) await change(work, made, { [kind.addressMember]: wanted ?? null });
  return made;
}

async function change(work: Work, present: LosslessObject, body: LosslessObject): Promise<void> {
  const { context, kind, sending } = work;
  const { [kind.addressMember]: wanted, ...fields } = body;
  const known = treeOf(present[kind.addressMember]);
  const isOther = wanted !== undefined && !(wanted === null ? known === undefined : known && holds(known, wanted));
  // Orders say where they went: what one of them names is changed for none.
  const isInPlace = isOther && kind !== order && known !== undefined && wanted !== null;
  const name = async () => (wanted === null ? null : addressOf(work, { ...present, ...body }, present, wanted));
  const place = isOther && !isInPlace ? { [kind.addressField]: await name() } : {};
  const differs = differing(present, { ...fields, ...place });
  await save(context, { doctype: kind.doctype, present }, differs, sending);
  if (!isInPlace) return;
  const changed = differing(known, treeOf(wanted) ?? {});
  await save(context, { doctype: address.doctype, present: known }, await addressFields(context, changed), sending);
}

const addressParts: readonly string[] = address.fields.filter((field) => !['address_type', 'modified'].includes(field));

/** An address of the customer that says the same, else a new one. @returns its name */
async function addressOf(work: Work, body: LosslessObject, present: LosslessObject, wanted: Lossless | undefined) {
  const { context, kind, sending } = work;
  const owner = requiredText(body, kind === order ? 'customer' : 'name');
  const known = treeOf(present[kind.addressMember]) ?? {};
  const kept = Object.fromEntries(Object.entries(known).filter(([name]) => addressParts.includes(name)));
  const fields = await addressFields(context, { address_title: owner, ...kept, ...treeOf(wanted) });
  const filters = [
    ['Dynamic Link', 'link_doctype', '=', 'Customer'],
    ['Dynamic Link', 'link_name', '=', owner],
    ['Address', 'address_type', '=', kind.addressType],
  ];
  const rows = await search(context, { ...address, fields: ['name', ...address.fields], filters, limit: 500 });
  const same = rows.find((row) => holds(row, fields));
  if (same !== undefined) return textAt(same, ['name']) ?? null;
  const links = [{ link_doctype: 'Customer', link_name: owner }];
  const made = await insert(context, address.doctype, { ...fields, address_type: kind.addressType, links }, sending);
  return made.name ?? null;
}

/** Countries have names here, and codes in small letters. @throws ConnectorError invalid */
async function addressFields(context: ErpnextContext, fields: LosslessObject): Promise<LosslessObject> {
  const code = textAt(fields.country, ['code']);
  if (fields.country === undefined) return fields;
  if (code === undefined) return { ...fields, country: textAt(fields.country, ['name']) ?? null };
  const filters = [['code', '=', code.toLowerCase()]];
  const [found] = await search(context, { doctype: 'Country', fields: ['name'], filters, limit: 1 });
  const country = textAt(found, ['name']);
  if (country !== undefined) return { ...fields, country };
  throw new ConnectorError('invalid', `there is no Country with the code ${code}`, { sent: false });
}

const instant = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/;

/** What is an instant in the payload is a day at the site. */
function withDays(body: LosslessObject, { settings }: ErpnextContext): LosslessObject {
  const days = ['transaction_date', 'delivery_date'].flatMap((name): [string, string][] => {
    const text = textAt(body[name], []);
    return text !== undefined && instant.test(text) ? [[name, wallTimeOf(text, settings.timeZone).slice(0, 10)]] : [];
  });
  return { ...body, ...Object.fromEntries(days) };
}

function deliveryDay(body: LosslessObject, { settings, now }: ErpnextContext): LosslessObject {
  const placed = textAt(body.transaction_date, []) ?? wallTimeOf(new Date(now()).toISOString(), settings.timeZone);
  const day = Date.parse(`${placed.slice(0, 10)}T00:00:00Z`) + settings.deliveryDays * 86_400_000;
  return Number.isNaN(day) ? {} : { delivery_date: new Date(day).toISOString().slice(0, 10) };
}

/** 0 is a draft, 1 submitted, 2 cancelled; a draft is submitted before it is cancelled, since Frappe knows no other way. */
function courseOf(work: Work, id: string): Course {
  let present: LosslessObject = {};
  return {
    steps: { '0': 'submit', '1': undefined },
    exits: { '2': 'cancel' },
    state: async () => {
      present = await presentOf(work, id);
      return textAt(present, ['docstatus']) ?? '';
    },
    take: () => {
      const docstatus = textAt(present, ['docstatus']) === '0' ? 1 : 2;
      return save(work.context, { doctype: work.kind.doctype, present }, { docstatus }, work.sending);
    },
  };
}

export const transition = (question: Question & { to: string }, context: ErpnextContext): Promise<Verdict> =>
  verdictOf(courseOf({ context, kind: kindOf(question.record), sending: question }, question.externalId), question);
