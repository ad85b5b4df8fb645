// Sales orders of Kingdee K3Cloud: read by queries over heads and lines, saved, submitted and audited.
import { createdId, textAt } from '../../src/connector/answer.ts';
import { differing } from '../../src/connector/compare.ts';
import type { Reference, Send, Verdict } from '../../src/connector/contract.ts';
import { ConnectorError, type PollRequest, type Pushed, type Question } from '../../src/connector/contract.ts';
import { changeOf, keyOf, onlyOne } from '../../src/connector/match.ts';
import { payloadOf, requiredText } from '../../src/connector/payload.ts';
import { type Course, moveTo, verdictOf } from '../../src/connector/steps.ts';
import { listPages, pollPages, type TimePages } from '../../src/connector/time-pages.ts';
import { isoOf, repeatedFace, wallTimeOf } from '../../src/connector/wall-time.ts';
import { type Lossless, type LosslessObject, stringifyJson } from '../../src/model/json.ts';
import { setPath } from '../../src/model/paths.ts';
import { type Query, query, quoted, write } from './api.ts';
import type { KingdeeContext } from './settings.ts';

const head = ['FID', 'FBillNo', 'FDocumentStatus', 'FDate', 'FCustId.FNumber', 'FNote', 'FCreateDate', 'FModifyDate'];
const line = ['FID', 'FSaleOrderEntry_FEntryID', 'FSaleOrderEntry_FSeq', 'FMaterialId.FNumber', 'FQty', 'FPrice'];
/** Lines of a query at most. */
const mostLines = 2000;

/** @returns rows as objects: `FCustId.FNumber` becomes a member of `FCustId` */
async function rowsOf(context: KingdeeContext, asked: Query): Promise<LosslessObject[]> {
  const rows = await query(context, asked);
  return rows.map((values) => {
    const row: LosslessObject = {};
    for (const [at, field] of asked.fields.entries())
      setPath(row, field.replace('FSaleOrderEntry_', '').split('.'), values[at] ?? null);
    return row;
  });
}

/** A query over lines has a row for each: heads are asked for first, all of their lines after. */
async function ordersOf(context: KingdeeContext, asked: Omit<Query, 'fields'>): Promise<LosslessObject[]> {
  const { fields, timeZone } = context.settings;
  const heads = await rowsOf(context, { ...asked, fields: [...head, ...fields.order] });
  const ids = heads.flatMap((one) => textAt(one, ['FID']) ?? []);
  const lines = ids.length === 0 ? [] : await linesOf(context, `FID in (${ids.join(',')})`);
  return heads.map((one) => {
    const id = textAt(one, ['FID']) ?? '';
    const own = lines.filter((row) => textAt(row, ['FID']) === id).map(({ FID: _, ...row }) => row);
    const at = (name: string): Lossless => isoIn(one[name], timeZone);
    return { ...one, id, FSaleOrderEntry: own, created_at: at('FCreateDate'), modified_at: at('FModifyDate') };
  });
}

async function linesOf(context: KingdeeContext, filter: string): Promise<LosslessObject[]> {
  const asked = { fields: [...line, ...context.settings.fields.line], filter, limit: mostLines };
  const found: LosslessObject[] = [];
  for (let more = true; more; more = found.length > 0 && found.length % mostLines === 0) {
    const rows = await rowsOf(context, { ...asked, order: 'FID ASC,FSaleOrderEntry_FSeq ASC', start: found.length });
    if (rows.length === 0) break;
    found.push(...rows);
  }
  return found;
}

function isoIn(value: Lossless | undefined, zone: string): string | null {
  const text = textAt(value, []);
  return text === undefined ? null : isoOf(text.replace('T', ' '), zone);
}

function pagesOf(context: KingdeeContext, field: string, time: string): TimePages {
  const { pageSize: size, timeZone } = context.settings;
  return {
    ...{ size, time },
    page: ({ after, skip }) => {
      const filter = `${field}>${quoted(wallTimeOf(after, timeZone))}`;
      return ordersOf(context, { filter, order: `${field} ASC,FID ASC`, start: skip, limit: size });
    },
  };
}

export async function poll({ record, cursor }: PollRequest, context: KingdeeContext) {
  const { poll: asked, timeZone } = context.settings;
  const overlapMs = asked.overlap + repeatedFace(cursor, timeZone);
  const page = await pollPages(cursor, pagesOf(context, 'FModifyDate', 'modified_at'), overlapMs);
  return { ...page, items: page.items.map((one) => changeOf(record, one, textAt(one, ['modified_at']))) };
}

export async function list({ record, cursor }: Omit<PollRequest, 'now'>, context: KingdeeContext) {
  const page = await listPages(cursor, pagesOf(context, 'FCreateDate', 'created_at'));
  return { ...page, items: page.items.map((one) => changeOf(record, one)) };
}

async function orderWith(context: KingdeeContext, filter: string): Promise<LosslessObject | undefined> {
  return onlyOne(await ordersOf(context, { filter, order: 'FID ASC', limit: 2 }), `sales orders with ${filter}`);
}

/** What is no number is the id of nothing. */
const byId = async (context: KingdeeContext, id: string): Promise<LosslessObject | undefined> =>
  /^\d{1,18}$/.test(id) ? orderWith(context, `FID=${id}`) : undefined;

const byNumber = (context: KingdeeContext, number: string): Promise<LosslessObject | undefined> =>
  orderWith(context, `FBillNo=${quoted(number)}`);

const named = (reference: Reference, context: KingdeeContext): Promise<LosslessObject | undefined> =>
  'match' in reference
    ? byNumber(context, keyOf(reference, { number: 'FBillNo' }).value)
    : byId(context, reference.externalId);

export async function fetch(reference: Reference, context: KingdeeContext): Promise<string | undefined> {
  const found = await named(reference, context);
  return found && stringifyJson(found);
}

export const find = async (reference: Reference, context: KingdeeContext): Promise<string | undefined> =>
  textAt(await named(reference, context), ['id']);

export async function push(send: Send, context: KingdeeContext): Promise<Pushed> {
  if (send.op === 'delete') throw new ConnectorError('invalid', 'nothing is deleted in K3Cloud', { sent: false });
  const { FDocumentStatus, ...body } = withDay(payloadOf(send), context);
  const id = send.op === 'create' ? await create(send, body, context) : await change(send, body, context);
  const to = textAt(FDocumentStatus, []);
  if (to !== undefined) await moveTo(courseOf(id, send, context), to);
  return { externalId: id, status: 200 };
}

/** What is an instant in the payload is a day there. */
function withDay(body: LosslessObject, { settings }: KingdeeContext): LosslessObject {
  const text = textAt(body.FDate, []);
  return text?.endsWith('Z') === true ? { ...body, FDate: wallTimeOf(text, settings.timeZone).slice(0, 10) } : body;
}

/** The number is ours: what was made already is found by it. */
async function create(send: Send, body: LosslessObject, context: KingdeeContext): Promise<string> {
  const number = requiredText(body, 'FBillNo');
  const known = textAt(await byNumber(context, number), ['id']);
  if (known !== undefined && !send.repeat)
    throw new ConnectorError('rejected', `there is a sales order ${number} already`, { status: 200 });
  if (known !== undefined) return known;
  // In this order: what stands behind a price is computed anew, and may be emptied.
  const Model = { FID: 0, ...context.settings.order, ...body };
  const made = await write(context, 'Save', { NeedReturnFields: ['FID', 'FBillNo'], Model }, send);
  return textAt(made, ['Id']) ?? createdId(made, ['ResponseStatus', 'SuccessEntitys', '0', 'Id']);
}

async function change(send: Send, body: LosslessObject, context: KingdeeContext): Promise<string> {
  const id = send.externalId ?? '';
  const present = await byId(context, id);
  if (!present) throw new ConnectorError('not_found', `there is no sales order ${id}`, { status: 200 });
  const wanted = differing(present, body);
  const names = Object.keys(wanted);
  if (names.length === 0) return id;
  if (!isOpen(present) || wanted.FCustId !== undefined || wanted.FSaleOrderEntry !== undefined) {
    const what = `the order is ${textAt(present, ['FDocumentStatus'])}; K3Cloud alone changes it then, its customer and its lines`;
    throw new ConnectorError('rejected', what, { status: 200 });
  }
  const Model = { FID: Number(id), ...wanted };
  await write(context, 'Save', { NeedUpDateFields: names, IsDeleteEntry: false, Model }, send);
  return id;
}

/** Made, or given back by whoever should have audited it. */
const isOpen = ({ FDocumentStatus }: LosslessObject): boolean => ['Z', 'A', 'D'].includes(String(FDocumentStatus));

/** Kept aside (Z), made (A), given back (D), submitted (B), audited (C). */
function courseOf(id: string, sending: Pick<Send, 'key' | 'traceparent'>, context: KingdeeContext): Course {
  return {
    steps: { Z: 'Submit', A: 'Submit', D: 'Submit', B: 'Audit', C: undefined },
    state: async () => textAt(await byId(context, id), ['FDocumentStatus']) ?? '',
    take: (step) => write(context, step, { Ids: id }, sending),
  };
}

export const transition = (question: Question & { to: string }, context: KingdeeContext): Promise<Verdict> =>
  verdictOf(courseOf(question.externalId, question, context), question);
