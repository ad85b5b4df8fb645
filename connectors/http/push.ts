// Creates, updates and deletes; says what each answer means for the replica.
import { ConnectorError, type Pushed, type Send } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { isGood } from '../../src/connector/status.ts';
import { parseJson } from '../../src/model/json.ts';
import { type Call, call, configured, recordOf, refuse, textAt } from './call.ts';
import { find, valuesOf } from './find.ts';
import type { HttpContext } from './settings.ts';

export async function push(send: Send, context: HttpContext): Promise<Pushed> {
  try {
    return await (send.op === 'create' ? create(send, context) : change(send, context));
  } catch (error) {
    throw isLost(error, send, context) ? error.as('unclear', `${error.message}; it may have been done`) : error;
  }
}

/** The bytes left, no answer came, and sending them again might do it twice. A delete done twice is one delete. */
function isLost(error: unknown, { op }: Send, { settings }: HttpContext): error is ConnectorError {
  if (settings.repeatSafe !== 'no' || op === 'delete' || !(error instanceof ConnectorError)) return false;
  return error.sent && error.status === undefined && ['unavailable', 'timeout', 'unknown'].includes(error.kind);
}

async function create(send: Send, context: HttpContext): Promise<Pushed> {
  if (send.repeat && context.settings.repeatSafe === 'natural-key') {
    const externalId = await find(send, context);
    if (externalId !== undefined) return { externalId, status: 200 };
  }
  const request = requestOf(send, context);
  const answer = await call(context, request);
  if (!isGood(answer.status) && !isOurs(answer, send.key)) throw asCreate(refuse(context, request, answer));
  const externalId = idIn(answer, recordOf(context, send.record).id) ?? (await idByMatch(send, context));
  if (externalId !== undefined) return { externalId, status: answer.status, body: answer.excerpt() };
  const { status } = answer;
  throw new ConnectorError('invalid', `${status} to a create, and the new id is not in the answer`, { status, body: answer.excerpt() });
}

/** Nothing is missing where nothing was: the path of a create that is not found is a refusal. */
const asCreate = (error: ConnectorError): ConnectorError => (error.kind === 'not_found' ? error.as('rejected') : error);

/** The create was done, so whatever goes wrong from here on, the system has our bytes. */
async function idByMatch(send: Send, context: HttpContext): Promise<string | undefined> {
  if (!recordOf(context, send.record).find) return undefined;
  try {
    return await find(send, context);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    const kind = context.settings.repeatSafe === 'no' ? 'unclear' : error.kind;
    throw new ConnectorError(kind, `created, but its id was not found: ${error.message}`, { sent: true, cause: error });
  }
}

async function change(send: Send, context: HttpContext): Promise<Pushed> {
  const request = requestOf(send, context);
  const answer = await call(context, request);
  const { status } = answer;
  const gone = send.op === 'delete' && (status === 404 || status === 410);
  if (isGood(status) || gone || isOurs(answer, send.key)) return { status };
  throw refuse(context, request, answer);
}

function requestOf(send: Send, context: HttpContext): Call {
  const { op, record, key, body, match, traceparent } = send;
  const template = configured(recordOf(context, record)[op], `${op} of ${record}`);
  const bodiless = template.method === 'DELETE' || template.method === 'GET' || body === '';
  return {
    template,
    values: { ...valuesOf(match), ...(send.externalId !== undefined && { id: send.externalId }) },
    ...(!bodiless && { body }),
    ...(template.method === 'PATCH' && { contentType: context.settings.patchType }),
    idempotencyKey: key,
    ...(traceparent !== undefined && { traceparent }),
    repeatSafe: mayRepeat(op, context.settings.repeatSafe),
  };
}

function mayRepeat(op: Send['op'], repeatSafe: HttpContext['settings']['repeatSafe']): boolean {
  if (repeatSafe === 'natural-key') return op !== 'create';
  return repeatSafe === 'idempotency-key' || op === 'delete';
}

function idIn(answer: HttpAnswer, path: readonly string[]): string | undefined {
  try {
    return textAt(parseJson(answer.text()), path);
  } catch {
    return undefined;
  }
}

/** A conflict with ourselves: the answer names our key, as a header or anywhere in its body. */
function isOurs(answer: HttpAnswer, key: string): boolean {
  if (answer.status !== 409) return false;
  const header = answer.header('idempotency-key');
  return header === key || header === `"${key}"` || names(answer.text(), key);
}

/** The whole key: `…:1` does not stand in `…:12`. */
function names(text: string, key: string): boolean {
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + 1)) {
    if (!/\w/.test(text[at - 1] ?? '') && !/\w/.test(text[at + key.length] ?? '')) return true;
  }
  return false;
}
