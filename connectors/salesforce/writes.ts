// What is written to Salesforce: accounts with a contact, orders with their lines. A batch goes through a few steps, each
// of which saves the rows of all of them; what fails goes no further and holds back nobody.
import { textAt } from '../../src/connector/answer.ts';
import { pushAlone, sendingOf } from '../../src/connector/batches.ts';
import { differing, treesAt } from '../../src/connector/compare.ts';
import { ConnectorError, type PushResult, type Send } from '../../src/connector/contract.ts';
import { payloadOf, treeOf } from '../../src/connector/payload.ts';
import type { LosslessObject } from '../../src/model/json.ts';
import { isId, queryIn, quoted, type Save, save } from './api.ts';
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

/** A row that is wanted, as it is there, and what it needs beside that when it is made. */
interface Want {
  wanted: LosslessObject;
  present: LosslessObject | undefined;
  made: LosslessObject;
}

/** Object → what a push wants of it, in the order in which they are saved: an order is activated when all is in it. */
const saves: [object: string, record: Send['record'], wants: (job: Job, field: string) => Want[]][] = [
  ['Account', 'customer', account],
  ['Contact', 'customer', contact],
  ['Order', 'order', draft],
  ['OrderItem', 'order', lines],
  ['Order', 'order', status],
];

export async function pushMany(sends: Send[], context: SalesforceContext): Promise<PushResult[]> {
  const jobs = sends.map(jobOf);
  const { externalId: by } = context.settings;
  const each = saves.map(([object, record, wants]) => async (going: Job[]) => {
    const rows = of(going, record).flatMap((job) => wants(job, by).flatMap((want) => rowOf(job, want)));
    const made = rows.filter(({ row }) => row.id === undefined);
    const changed = rows.filter(({ row }) => row.id !== undefined);
    await saveRows(context, { object, by }, made);
    await saveRows(context, { object }, changed);
  });
  for (const step of [look, price, ...each]) {
    const going = jobs.filter(({ error }) => error === undefined);
    await step(going, context).catch((error) => failAll(going, error));
  }
  return jobs.map(({ error, id = '' }) => (error ? { error } : { pushed: { externalId: id, status: 200 } }));
}

export const push = pushAlone(pushMany);

function failAll(jobs: Job[], error: unknown): undefined {
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
    const found = (await readWhere(context, record, 'Id', known)).concat(await readWhere(context, record, field, ours));
    for (const job of all) {
      const [name, value] = job.id === undefined ? [field, job.send.recordId] : ['Id', job.id];
      job.present = found.find((row) => textAt(row, [name]) === value);
      if (job.id !== undefined && !job.present)
        job.error = new ConnectorError('not_found', `there is no ${record} ${job.id}`, { status: 200 });
      job.id ??= textAt(job.present, ['Id']);
    }
  }
}

const linesOf = ({ body }: Job): LosslessObject[] => treesAt(body, ['OrderItems']);
const codeOf = (line: LosslessObject): string => textAt(line, ['Product2', 'ProductCode']) ?? '';

/** Products by their code, as entries of the price book. */
async function price(jobs: Job[], context: SalesforceContext): Promise<void> {
  const { pricebook, externalId } = context.settings;
  const codes = [...new Set(of(jobs, 'order').flatMap(linesOf).map(codeOf))];
  if (codes.length === 0) return;
  const book = pricebook === undefined ? 'Pricebook2.IsStandard = true' : `Pricebook2Id = ${quoted(pricebook)}`;
  const from = `SELECT Id, Pricebook2Id, Product2.ProductCode FROM PricebookEntry WHERE IsActive = true AND ${book}`;
  const rows = await queryIn(context, codes, (list) => `${from} AND Product2.ProductCode IN (${list})`);
  const entries = new Map(rows.map((entry) => [codeOf(entry), entry]));
  for (const job of of(jobs, 'order')) {
    const missing = linesOf(job).flatMap((line) => (entries.has(codeOf(line)) ? [] : codeOf(line)));
    if (missing.length > 0) job.error = fault(`the price book has no product with the code ${missing.join(', ')}`);
    // Its own products would be there twice.
    const isForeign = job.present && textAt(job.present, [externalId]) !== job.send.recordId;
    if (isForeign && linesOf(job).length > 0) job.error = fault('an order of Salesforce keeps its own products');
    job.entries = entries;
  }
}

type Row = { job: Job; row: LosslessObject };

/** @returns nothing where all of it is there already */
function rowOf(job: Job, { wanted, present, made }: Want): Row[] {
  if (!present) return [{ job, row: { ...made, ...wanted } }];
  const changes = differing(present, wanted);
  return Object.keys(changes).length === 0 ? [] : [{ job, row: { id: present.Id ?? null, ...changes } }];
}

/** What comes of them; a request that fails is the failure of every push in it. */
async function saveRows(context: SalesforceContext, asked: Pick<Save, 'object' | 'by'>, rows: Row[]): Promise<void> {
  if (rows.length === 0) return;
  const jobs = rows.map(({ job }) => job);
  const sending = sendingOf(jobs.map(({ send }) => send));
  const sent = save(context, { ...asked, rows: rows.map(({ row }) => row), sending });
  for (const [at, result] of ((await sent.catch((error) => failAll(jobs, error))) ?? []).entries()) {
    const job = jobs[at] as Job;
    if ('error' in result) job.error ??= result.error;
    // Its account or order is the first that is saved of a push.
    else job.id ??= result.id;
  }
}

function account({ body, present, send }: Job, field: string): Want[] {
  const { Contact: _, ...wanted } = body;
  return [{ wanted, present, made: { [field]: send.recordId } }];
}

function contact({ body, present, send, id = '' }: Job, field: string): Want[] {
  const [wanted, there] = [treeOf(body.Contact), treeOf(present?.Contact)];
  if (!wanted || (!there && Object.values(wanted).every((value) => value === null))) return [];
  const LastName = body.Name ?? present?.Name ?? null;
  return [{ wanted, present: there, made: { [field]: send.recordId, AccountId: id, LastName } }];
}

/** With the price book of its lines. */
function draft(job: Job, field: string): Want[] {
  const { OrderItems: _, Status: __, EffectiveDate, ...fields } = job.body;
  const day = textAt(EffectiveDate, [])?.slice(0, 10);
  const wanted = { ...fields, ...(day !== undefined && { EffectiveDate: day }) };
  const book = job.entries?.get(codeOf(linesOf(job)[0] ?? {}))?.Pricebook2Id;
  const made = { [field]: job.send.recordId, Status: 'Draft', ...(book !== undefined && { Pricebook2Id: book }) };
  return [{ wanted, present: job.present, made }];
}

/** Neither order nor product of a line can be changed once it is there. */
function lines(job: Job, field: string): Want[] {
  return linesOf(job).map((line) => {
    const { lineNo, Product2: _, ...wanted } = line;
    const key = `${job.send.recordId}#${textAt(lineNo, []) ?? ''}`;
    const present = treesAt(job.present, ['OrderItems']).find((one) => textAt(one, [field]) === key);
    const PricebookEntryId = job.entries?.get(codeOf(line))?.Id ?? null;
    return { wanted, present, made: { [field]: key, OrderId: job.id ?? null, PricebookEntryId } };
  });
}

function status({ body: { Status }, present, id = '' }: Job): Want[] {
  if (Status === undefined) return [];
  return [{ wanted: { Status }, present: { Status: 'Draft', ...present, Id: id }, made: {} }];
}
