// What is written to Salesforce: accounts with a contact, orders with their lines. A batch goes through a few steps, each
// of which saves the rows of all of them; what fails goes no further and holds back nobody.
import { textAt } from '../../src/connector/answer.ts';
import { differing, treesAt } from '../../src/connector/compare.ts';
import { ConnectorError, type Pushed, type PushResult, type Send } from '../../src/connector/contract.ts';
import { payloadOf, treeOf } from '../../src/connector/payload.ts';
import type { LosslessObject } from '../../src/model/json.ts';
import { isId, query, quoted, type Save, save } from './api.ts';
import { kindOf, readWhere } from './reading.ts';
import type { SalesforceContext } from './settings.ts';

/** One push on its way through the steps. */
interface Job {
  send: Send;
  body: LosslessObject;
  /** As Salesforce has it; undefined: not there yet. */
  present?: LosslessObject | undefined;
  id?: string | undefined;
  /** Price book entries of its products, by their code. */
  entries?: Map<string, LosslessObject>;
  error?: ConnectorError;
}

type Step = (jobs: Job[], context: SalesforceContext) => Promise<void>;

const steps: Step[] = [look, price, saveRoots, saveContacts, saveLines, saveStatus];

export async function push(send: Send, context: SalesforceContext): Promise<Pushed> {
  const [result] = await pushMany([send], context);
  if (result && 'pushed' in result) return result.pushed;
  throw result?.error ?? new ConnectorError('invalid', 'nothing was sent', { sent: false });
}

export async function pushMany(sends: Send[], context: SalesforceContext): Promise<PushResult[]> {
  const jobs = sends.map(jobOf);
  for (const step of steps) {
    const going = jobs.filter(({ error }) => error === undefined);
    await step(going, context).catch((error) => failAll(going, error));
  }
  return jobs.map(({ error, id = '' }) => (error ? { error } : { pushed: { externalId: id, status: 200 } }));
}

function failAll(jobs: Job[], error: unknown): void {
  if (!(error instanceof ConnectorError)) throw error;
  for (const job of jobs) job.error ??= error;
}

const fault = (words: string): ConnectorError => new ConnectorError('invalid', words, { sent: false });

function jobOf(send: Send): Job {
  const job: Job = { send, body: {}, id: send.externalId };
  try {
    if (send.op === 'delete') throw fault('nothing is deleted in Salesforce');
    kindOf(send.record);
    job.body = payloadOf(send);
  } catch (error) {
    failAll([job], error);
  }
  return job;
}

const of = (jobs: Job[], record: Send['record']): Job[] => jobs.filter(({ send }) => send.record === record);

/** What is there already is changed where it differs, a lost create's object too: it has our record's id. */
async function look(jobs: Job[], context: SalesforceContext): Promise<void> {
  const { externalId: field } = context.settings;
  for (const record of new Set(jobs.map(({ send }) => send.record))) {
    const all = of(jobs, record);
    const known = all.flatMap(({ id }) => (id !== undefined && isId(id) ? id : []));
    const ours = all.flatMap(({ id, send }) => (id === undefined ? send.recordId : []));
    const found = [
      ...(await readWhere(context, record, 'Id', known)),
      ...(await readWhere(context, record, field, ours)),
    ];
    for (const job of all) {
      const [name, value] = job.id === undefined ? [field, job.send.recordId] : ['Id', job.id];
      job.present = found.find((row) => textAt(row, [name]) === value);
      const missing = `there is no ${kindOf(record).object} ${job.id}`;
      if (job.id !== undefined && !job.present) job.error = new ConnectorError('not_found', missing, { status: 200 });
      job.id ??= textAt(job.present, ['Id']);
    }
  }
}

const linesOf = ({ body }: Job): LosslessObject[] => treesAt(body, ['OrderItems']);
const codeOf = (line: LosslessObject): string => textAt(line, ['Product2', 'ProductCode']) ?? '';

/** Products by their code, as entries of the price book. */
async function price(jobs: Job[], context: SalesforceContext): Promise<void> {
  const { pricebook } = context.settings;
  const codes = [...new Set(of(jobs, 'order').flatMap(linesOf).map(codeOf))];
  if (codes.length === 0) return;
  const book = pricebook === undefined ? 'Pricebook2.IsStandard = true' : `Pricebook2Id = ${quoted(pricebook)}`;
  const where = `IsActive = true AND ${book} AND Product2.ProductCode IN (${codes.map(quoted).join(', ')})`;
  const found = await query(
    context,
    `SELECT Id, Pricebook2Id, Product2.ProductCode FROM PricebookEntry WHERE ${where}`,
  );
  const entries = new Map(found.map((entry) => [codeOf(entry), entry]));
  for (const job of of(jobs, 'order')) {
    const missing = linesOf(job)
      .map(codeOf)
      .filter((code) => !entries.has(code));
    if (missing.length > 0) job.error = fault(`the price book has no product with the code ${missing.join(', ')}`);
    job.entries = entries;
  }
}

interface Row {
  job: Job;
  row: LosslessObject;
  /** It is what the push is about. */
  isRoot?: true;
}

/** @param by the external id field for rows that are made; rows that are changed have an `id` */
async function saveRows(context: SalesforceContext, object: string, rows: Row[], by?: string): Promise<void> {
  const [first] = rows;
  if (!first) return;
  const asked: Save = { object, by, rows: rows.map(({ row }) => row), sending: first.job.send };
  const results = await save(context, asked).catch(
    (error) =>
      void failAll(
        rows.map(({ job }) => job),
        error,
      ),
  );
  for (const [at, result] of (results ?? []).entries()) {
    const { job, isRoot } = rows[at] as Row;
    if ('error' in result) job.error ??= result.error;
    else if (isRoot) job.id = result.id;
  }
}

const isMade = ({ row }: Row): boolean => row.id === undefined;

/** Rows that are made, then rows that are changed. */
async function saveBoth(context: SalesforceContext, object: string, rows: Row[]): Promise<void> {
  await saveRows(context, object, rows.filter(isMade), context.settings.externalId);
  await saveRows(
    context,
    object,
    rows.filter((row) => !isMade(row)),
  );
}

/** @returns nothing where all of it is there already */
function rowOf(job: Job, wanted: LosslessObject, present: LosslessObject | undefined, made: LosslessObject): Row[] {
  if (!present) return [{ job, row: { ...made, ...wanted } }];
  const changes = differing(present, wanted);
  return Object.keys(changes).length === 0 ? [] : [{ job, row: { id: present.Id ?? null, ...changes } }];
}

async function saveRoots(jobs: Job[], context: SalesforceContext): Promise<void> {
  const { externalId: field } = context.settings;
  for (const record of new Set(jobs.map(({ send }) => send.record))) {
    const rows = of(jobs, record).flatMap((job) => {
      const { send, present } = job;
      const wanted = record === 'order' ? orderFields(job) : accountFields(job);
      const made = { [field]: send.recordId, ...(record === 'order' && orderStart(job)) };
      return rowOf(job, wanted, present, made).map((row) => ({ ...row, isRoot: true as const }));
    });
    await saveBoth(context, kindOf(record).object, rows);
  }
}

function accountFields({ body }: Job): LosslessObject {
  const { Contact: _, ...fields } = body;
  return fields;
}

function orderFields({ body }: Job): LosslessObject {
  const { OrderItems: _, Status: __, EffectiveDate, ...fields } = body;
  const day = textAt(EffectiveDate, [])?.slice(0, 10);
  return { ...fields, ...(day !== undefined && { EffectiveDate: day }) };
}

/** An order begins as a draft, with the price book of its lines. */
function orderStart(job: Job): LosslessObject {
  const [line] = linesOf(job);
  const book = line && job.entries?.get(codeOf(line))?.Pricebook2Id;
  return { Status: 'Draft', ...(book !== undefined && { Pricebook2Id: book }) };
}

async function saveContacts(jobs: Job[], context: SalesforceContext): Promise<void> {
  const { externalId: field } = context.settings;
  const rows = of(jobs, 'customer').flatMap((job) => {
    const { body, present, id = null } = job;
    const wanted = treeOf(body.Contact);
    if (!wanted || Object.values(wanted).every((value) => value === null && !present?.Contact)) return [];
    const made = { [field]: job.send.recordId, AccountId: id, LastName: body.Name ?? present?.Name ?? null };
    return rowOf(job, wanted, treeOf(present?.Contact), made);
  });
  await saveBoth(context, 'Contact', rows);
}

/** Neither order nor product of a line can be changed once it is there. */
async function saveLines(jobs: Job[], context: SalesforceContext): Promise<void> {
  const { externalId: field } = context.settings;
  const rows = of(jobs, 'order').flatMap((job) =>
    linesOf(job).flatMap((line) => {
      const { lineNo, Product2: _, ...fields } = line;
      const key = `${job.send.recordId}#${textAt(lineNo, []) ?? ''}`;
      const present = treesAt(job.present, ['OrderItems']).find((one) => textAt(one, [field]) === key);
      const entry = job.entries?.get(codeOf(line))?.Id ?? null;
      return rowOf(job, fields, present, { [field]: key, OrderId: job.id ?? null, PricebookEntryId: entry });
    }),
  );
  await saveBoth(context, 'OrderItem', rows);
}

/** An order is activated when everything is in it. */
async function saveStatus(jobs: Job[], context: SalesforceContext): Promise<void> {
  const rows = of(jobs, 'order').flatMap((job) => {
    const wanted = textAt(job.body.Status, []);
    const present = textAt(job.present, ['Status']) ?? 'Draft';
    return wanted === undefined || wanted === present ? [] : [{ job, row: { id: job.id ?? null, Status: wanted } }];
  });
  await saveRows(context, 'Order', rows);
}
