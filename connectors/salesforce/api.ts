// How Salesforce is asked, and what its answers mean: SOQL page behind page, and collections that are saved in part.
import { arrayAt, textAt, textIn } from '../../src/connector/answer.ts';
import { askJson, type Sending } from '../../src/connector/ask-json.ts';
import { inParts } from '../../src/connector/batches.ts';
import { treesAt } from '../../src/connector/compare.ts';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { treeOf } from '../../src/connector/payload.ts';
import type { Lossless, LosslessObject } from '../../src/model/json.ts';
import type { SalesforceContext } from './settings.ts';

const pathOf = ({ settings }: SalesforceContext, rest: string) => `/services/data/v${settings.version}/${rest}`;

/** A text in a question. */
export const quoted = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

const listOf = (texts: readonly string[]): string => texts.map(quoted).join(', ');

/** Other texts are the id of nothing: Salesforce refuses a whole question for one of them. */
export const isId = (text: string): boolean => /^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/.test(text);

/** @returns every row, however many pages they are; rows below them are lists, times are RFC 3339 */
export async function query(context: SalesforceContext, soql: string): Promise<LosslessObject[]> {
  return rowsFrom(context, await ask(context, pathOf(context, `query?q=${encodeURIComponent(soql)}`)));
}

/** A question stands in an address, and no address may be long. */
const mostInQuestion = 100;

/** @param soqlOf the question about some of the values, as a list */
export const queryIn = (
  context: SalesforceContext,
  values: readonly string[],
  soqlOf: (list: string) => string,
): Promise<LosslessObject[]> => inParts(values, mostInQuestion, (some) => query(context, soqlOf(listOf(some))));

async function ask(context: SalesforceContext, path: string): Promise<Lossless> {
  const asked = { method: 'GET', origin: context.settings.url.origin, path, what: 'query', refusal: refusalIn };
  return (await askJson(context, asked)).tree;
}

async function rowsFrom(context: SalesforceContext, first: Lossless): Promise<LosslessObject[]> {
  const rows: LosslessObject[] = [];
  let page: Lossless | undefined = first;
  while (page !== undefined) {
    for (const row of arrayAt(page, ['records'])) rows.push(await plainRow(context, treeOf(row) ?? {}));
    const next = textAt(page, ['nextRecordsUrl']);
    page = next === undefined ? undefined : await ask(context, ownPath(next));
  }
  return rows;
}

/** Where the next page is stands in an answer: it leads nowhere else. */
function ownPath(path: string): string {
  if (/^\/services\/data\/[\w./-]+$/.test(path)) return path;
  throw new ConnectorError('unknown', 'the next page of a query is at no path of the REST API');
}

async function plainRow(
  context: SalesforceContext,
  { attributes: _, ...row }: LosslessObject,
): Promise<LosslessObject> {
  const plain = await Promise.all(Object.values(row).map((value) => plainValue(context, value)));
  return Object.fromEntries(Object.keys(row).map((name, at) => [name, plain[at] ?? null]));
}

async function plainValue(context: SalesforceContext, value: Lossless): Promise<Lossless> {
  const tree = treeOf(value);
  if (tree) return 'records' in tree ? rowsFrom(context, tree) : plainRow(context, tree);
  return typeof value === 'string' ? value.replace(/^(\d{4}-\d\d-\d\dT[\d:.]+)\+0000$/, '$1Z') : value;
}

export interface Save {
  object: string;
  /** The external id field by which it is made or found; undefined: rows have their `id`, and are changed. */
  by?: string | undefined;
  rows: LosslessObject[];
  sending: Sending;
}

type Saved = { id: string } | { error: ConnectorError };

/** Most rows of a collection. */
const most = 200;

/**
 * Each row by itself, in their order: one that is refused does not hold back the others.
 * @throws ConnectorError when nobody knows what became of the rows
 */
export async function save(context: SalesforceContext, { object, by, rows, sending }: Save): Promise<Saved[]> {
  const path = by === undefined ? 'composite/sobjects' : `composite/sobjects/${object}/${by}`;
  return inParts(rows, most, async (some) => {
    const records = some.map((row) => ({ attributes: { type: object }, ...row }));
    const { answer, tree } = await askJson(context, {
      ...{ method: 'PATCH', origin: context.settings.url.origin, path: pathOf(context, path), what: `save ${object}` },
      ...{ body: { allOrNone: false, records }, sending, refusal: refusalIn },
    });
    const results = treesAt(tree, []);
    if (results.length !== records.length)
      throw new ConnectorError('unclear', 'the answer does not say what became of each row', {
        ...{ status: answer.status, body: answer.excerpt() },
      });
    return results.map((result) => savedOf(result, answer, by));
  });
}

function savedOf(result: LosslessObject, answer: HttpAnswer, by: string | undefined): Saved {
  const id = textAt(result, ['id']);
  if (result.success === true && id !== undefined) return { id };
  const detail = { status: answer.status, body: answer.excerpt() };
  const [fault] = treesAt(result, ['errors']);
  if (result.success !== false || !fault)
    return { error: new ConnectorError('unclear', 'it is said neither to be saved nor why not', detail) };
  const [code = '', words = code] = [textAt(fault, ['statusCode']), textAt(fault, ['message'])];
  return { error: new ConnectorError(kindOf(code, words, by), words, detail) };
}

/** `success: false`: the row was not saved. These will be saved later; what an internal error did nobody knows. */
function kindOf(code: string, words: string, by: string | undefined): ConnectorErrorKind {
  // Two upserts of one id at once: the next one finds what the first one made.
  const isRival = code === 'DUPLICATE_VALUE' && by !== undefined && words.includes(by);
  if (isRival || code === 'UNABLE_TO_LOCK_ROW') return 'unavailable';
  return code === 'UNKNOWN_EXCEPTION' ? 'unclear' : 'rejected';
}

/** A limit of the org is a 403, as a missing right is; an unknown resource or object is no missing row. */
function refusalIn(answer: HttpAnswer): ConnectorError | undefined {
  const { status } = answer;
  const [code, words] = ['errorCode', 'message'].map((member) => textIn(answer.text(), ['0', member]));
  const kind = code === 'REQUEST_LIMIT_EXCEEDED' ? 'throttled' : status === 404 ? 'rejected' : undefined;
  return kind && new ConnectorError(kind, words ?? `${status}`, { status, body: answer.excerpt() });
}
