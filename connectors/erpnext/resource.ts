// How Frappe is called (`/api/resource`), and what its exceptions mean.
import { arrayAt, textAt, textIn } from '../../src/connector/answer.ts';
import { askJson, type JsonRequest, type Sending } from '../../src/connector/ask-json.ts';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { unlessMissing } from '../../src/connector/match.ts';
import { treeOf } from '../../src/connector/payload.ts';
import { faultOfAnswer } from '../../src/connector/status.ts';
import { type Lossless, type LosslessObject, parseJson } from '../../src/model/json.ts';
import type { ErpnextContext } from './settings.ts';

type Asked = Pick<JsonRequest, 'method' | 'path' | 'body' | 'sending'>;

export async function ask(context: ErpnextContext, { method, path, body, sending }: Asked): Promise<Lossless> {
  const { origin, path: base } = context.settings.url;
  const { tree } = await askJson(context, {
    ...{ method, origin, path: `${base}${path}`, what: `${method} ${path.split('?')[0]}`, body, sending },
    ...{ headers: { accept: 'application/json' }, refusal: refusalIn },
  });
  return tree;
}

export interface Search {
  doctype: string;
  fields: readonly string[];
  filters: Lossless[];
  /** Ascending; names tell the same ones apart. */
  order?: string;
  start?: number;
  limit: number;
}

/** @returns rows of a list */
export async function search(context: ErpnextContext, asked: Search): Promise<Lossless[]> {
  const { doctype, fields, filters, order, start = 0, limit } = asked;
  const query = new URLSearchParams({
    fields: JSON.stringify(fields),
    filters: JSON.stringify(filters),
    ...(order !== undefined && { order_by: `${order} asc, name asc` }),
    limit_start: String(start),
    limit_page_length: String(limit),
  });
  return arrayAt(await ask(context, { method: 'GET', path: `${pathOf(doctype)}?${query}` }), ['data']);
}

/** @returns the document with its child tables; undefined where there is none */
export async function read(
  context: ErpnextContext,
  doctype: string,
  name: string,
): Promise<LosslessObject | undefined> {
  const path = pathOf(doctype, name);
  const found = await unlessMissing(ask(context, { method: 'GET', path }));
  return found === undefined ? undefined : documentIn(found, `GET ${path}`, 'unknown');
}

/** @returns the document as it is now */
export async function insert(context: ErpnextContext, doctype: string, body: LosslessObject, sending: Sending) {
  const path = pathOf(doctype);
  return documentIn(await ask(context, { method: 'POST', path, body, sending }), `POST ${path}`, 'unclear');
}

/**
 * Writes fields of a document as it was read: with its `modified` beside them Frappe refuses where somebody changed it since.
 * @returns the document as it is now
 */
export async function save(
  context: ErpnextContext,
  { doctype, present }: { doctype: string; present: LosslessObject },
  fields: LosslessObject,
  sending: Sending,
): Promise<LosslessObject> {
  if (Object.keys(fields).length === 0) return present;
  const path = pathOf(doctype, textAt(present, ['name']));
  const body = { ...fields, modified: present.modified ?? null };
  return documentIn(await ask(context, { method: 'PUT', path, body, sending }), `PUT ${path}`, 'unclear');
}

const pathOf = (doctype: string, name?: string): string =>
  `/api/resource/${encodeURIComponent(doctype)}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;

function documentIn(tree: Lossless, what: string, otherwise: ConnectorErrorKind): LosslessObject {
  const document = treeOf(treeOf(tree)?.data);
  if (document && textAt(document, ['name']) !== undefined) return document;
  throw new ConnectorError(otherwise, `the answer to ${what} holds no document`, { status: 200 });
}

/** A document of this name, or with this value of a unique field, is there already. */
export const isDuplicate = (error: unknown): boolean =>
  error instanceof ConnectorError && /^(DuplicateEntryError|UniqueValidationError)\b/.test(error.message);

/** It was read a moment ago, or is locked for a moment: nothing was written, and the next attempt reads it anew. */
const passing: ReadonlySet<string> = new Set(['TimestampMismatchError', 'DocumentLockedError']);

/** By the status, in the exception's words. Whatever Frappe raises is rolled back. */
function refusalIn(answer: HttpAnswer): ConnectorError | undefined {
  const name = textIn(answer.text(), ['exc_type']);
  if (name === undefined || [401, 429, 503].includes(answer.status)) return undefined;
  const message = `${name}: ${wordsIn(answer.text()) ?? 'no words'}`;
  const fault = faultOfAnswer(answer, name, 0);
  return passing.has(name) ? fault.as('unavailable', { message, sent: false }) : fault.as(fault.kind, { message });
}

/** What it would show to a person: JSON texts in a list that is a JSON text, with markup. */
function wordsIn(text: string): string | undefined {
  try {
    const [first] = arrayAt(parseJson(textIn(text, ['_server_messages']) ?? '[]'), []);
    const words = textIn(textAt(first, []) ?? '', ['message']) ?? textIn(text, ['exception']);
    return words?.replace(/<[^>]*>/g, '').slice(0, 300);
  } catch {
    return undefined;
  }
}
