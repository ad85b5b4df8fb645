// Creates, updates and deletes; says what each answer means for the replica.
import { conflictsWithOurs, isUnanswered, textIn } from '../../src/connector/answer.ts';
import { ConnectorError, type Pushed, type Send } from '../../src/connector/contract.ts';
import type { RequestTemplate, Values } from '../../src/connector/request-template.ts';
import { isGood } from '../../src/connector/status.ts';
import { type Call, call, configured, recordOf, refuse } from './call.ts';
import { find, valuesOf } from './find.ts';
import type { HttpContext } from './settings.ts';

export async function push(send: Send, context: HttpContext): Promise<Pushed> {
  try {
    return await (send.op === 'create' ? create(send, context) : change(send, context));
  } catch (error) {
    // Sending it again might do it twice; a delete done twice is one delete.
    const unsafe = context.settings.repeatSafe === 'no' && send.op !== 'delete';
    throw unsafe && isUnanswered(error)
      ? error.as('unclear', { message: `${error.message}; it may have been done` })
      : error;
  }
}

async function create(send: Send, context: HttpContext): Promise<Pushed> {
  if (send.repeat && context.settings.repeatSafe === 'natural-key') {
    const externalId = await find(send, context);
    if (externalId !== undefined) return { externalId, status: 200 };
  }
  const request = requestOf(send, context);
  const answer = await call(context, request);
  if (!isGood(answer.status) && !conflictsWithOurs(answer, send.key)) throw asCreate(refuse(context, request, answer));
  const { status } = answer;
  const externalId = textIn(answer.text(), recordOf(context, send.record).id) ?? (await idByMatch(send, context));
  if (externalId !== undefined) return { externalId, status };
  const what = `${status} to a create, and its answer holds no id`;
  throw new ConnectorError('invalid', what, { status, body: answer.excerpt() });
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
    throw error.as(kind, { message: `created, but its id was not found: ${error.message}`, sent: true });
  }
}

async function change(send: Send, context: HttpContext): Promise<Pushed> {
  const request = requestOf(send, context);
  const answer = await call(context, request);
  const { status } = answer;
  const gone = send.op === 'delete' && (status === 404 || status === 410);
  if (isGood(status) || gone || conflictsWithOurs(answer, send.key)) return { status };
  throw refuse(context, request, answer);
}

function requestOf(send: Send, context: HttpContext): Call {
  const { op, record, key, body, traceparent } = send;
  const template = configured(recordOf(context, record)[op], `${op} of ${record}`);
  const { method } = template;
  return {
    template,
    values: valuesFor(template, send),
    body: method === 'DELETE' || method === 'GET' || body === '' ? undefined : body,
    contentType: method === 'PATCH' ? context.settings.patchType : undefined,
    idempotencyKey: key,
    traceparent,
    repeatSafe: mayRepeat(op, context.settings.repeatSafe),
  };
}

const noValues: Values = {};

/** Most requests name nothing, or the id alone: they need no look at the match fields. */
function valuesFor({ names }: RequestTemplate, { match, externalId }: Send): Values {
  if (names.length === 0) return noValues;
  if (names.length === 1 && names[0] === 'id' && externalId !== undefined) return { id: externalId };
  const values = valuesOf(match);
  if (externalId !== undefined) values.id = externalId;
  return values;
}

function mayRepeat(op: Send['op'], repeatSafe: HttpContext['settings']['repeatSafe']): boolean {
  if (repeatSafe === 'natural-key') return op !== 'create';
  return repeatSafe === 'idempotency-key' || op === 'delete';
}
