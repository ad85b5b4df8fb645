// GraphQL over the kit's HTTP client: most errors come as HTTP 200, as `errors` or as one type of a result union.
import { type Lossless, type LosslessObject, stringifyJson } from '../model/json.ts';
import { getPath } from '../model/paths.ts';
import { parseAnswer, readLimit, textAt, wholeText } from './answer.ts';
import type { ConnectorContext, Operation } from './contract.ts';
import { ConnectorError, type ConnectorErrorKind } from './error.ts';
import type { HttpAnswer } from './http.ts';
import { faultOfAnswer, isGood } from './status.ts';

export interface GraphQLDocument {
  /** The member of `data` that holds the answer. */
  field: string;
  text: string;
}

export interface GraphQLApi {
  url: { origin: string; path: string };
  /** What the vendor's codes mean (`errors[0].extensions.code`): those that are known, and none that is guessed. */
  kinds: Readonly<Record<string, ConnectorErrorKind>>;
  /** How long an answer that throttles asks us to wait, where it says so in its body. */
  waitMs?(answer: Lossless): number | undefined;
}

export interface GraphQLRequest {
  document: GraphQLDocument;
  variables?: LosslessObject;
  /** The push that a write belongs to; undefined for a question, which may be put again at once. */
  sending?: { key: string; traceparent?: string | undefined };
}

/**
 * @returns the answer's member that the document names; null where the system says null
 * @throws ConnectorError of the kind that the vendor's code has; an answer that is not understood is `unknown` after a
 *   question and `unclear` after a write
 */
export async function askGraphQL(
  { http, signal, now }: Pick<ConnectorContext, 'http' | 'signal' | 'now'>,
  { url, kinds, waitMs }: GraphQLApi,
  { document, variables = {}, sending }: GraphQLRequest,
): Promise<Lossless> {
  const answer = await http.request({
    method: 'POST',
    origin: url.origin,
    path: url.path,
    body: stringifyJson({ query: document.text, variables }),
    idempotencyKey: sending?.key,
    traceparent: sending?.traceparent,
    repeatSafe: sending === undefined,
    maxBytes: readLimit,
    signal,
  });
  if (!isGood(answer.status)) throw faultOfAnswer(answer, document.field, now());
  const otherwise = sending === undefined ? 'unknown' : 'unclear';
  const tree = parsed(answer, otherwise);
  const fault = getPath(tree, ['errors', '0']);
  if (fault !== undefined) throw faultOf(fault, answer, { kinds, otherwise, retryAfterMs: waitMs?.(tree) });
  const data = getPath(tree, ['data', document.field]);
  if (data !== undefined) return data;
  throw new ConnectorError(otherwise, `the answer holds no ${document.field}`, { status: answer.status });
}

/** A write whose answer holds the object that was written, or a list of what was wrong with it. */
export interface GraphQLMutation extends GraphQLDocument {
  /** The member of its answer that a good one has. */
  wanted: string;
  /** The member of its answer that lists refusals: `{ message, field }`. */
  refusals: string;
}

/**
 * @returns the object that was written
 * @throws ConnectorError rejected in the system's words; unclear for an answer with neither object nor refusal
 */
export async function mutateGraphQL(
  context: Pick<ConnectorContext, 'http' | 'signal' | 'now'>,
  api: GraphQLApi,
  request: GraphQLRequest & { document: GraphQLMutation; sending: { key: string } },
): Promise<Lossless> {
  const { field, wanted, refusals } = request.document;
  const result = await askGraphQL(context, api, request);
  const refused = getPath(result, [refusals]);
  if (Array.isArray(refused) && refused.length > 0)
    throw new ConnectorError('rejected', refused.map(wordsOf).join('; '), { status: 200 });
  const object = getPath(result, [wanted]);
  if (object !== undefined && object !== null) return object;
  throw new ConnectorError('unclear', `${field} answers no ${wanted} and no error`, { status: 200 });
}

function wordsOf(refusal: Lossless): string {
  const [words = 'an error without a message', field] = [textAt(refusal, ['message']), getPath(refusal, ['field'])];
  return Array.isArray(field) ? `${words} (${field.join('.')})` : words;
}

/**
 * One operation for each field that the documents name.
 * @param reference where the vendor describes each, below `queries` and `mutations`
 */
export function specifiedOperations(documents: readonly GraphQLDocument[], reference: string): Operation[] {
  const fields = new Map(documents.map(({ field, text }) => [field, text.startsWith('mutation')]));
  return [...fields].map(([name, writes]) => ({
    name,
    does: writes ? 'write' : 'read',
    source: 'vendor_spec',
    link: `${reference}/${writes ? 'mutations' : 'queries'}/${name}`,
  }));
}

function parsed(answer: HttpAnswer, otherwise: ConnectorErrorKind): Lossless {
  try {
    return parseAnswer(wholeText(answer));
  } catch (error) {
    throw error instanceof ConnectorError ? error.as(otherwise) : error;
  }
}

function faultOf(
  fault: Lossless,
  answer: HttpAnswer,
  given: Pick<GraphQLApi, 'kinds'> & { otherwise: ConnectorErrorKind; retryAfterMs: number | undefined },
): ConnectorError {
  const { kinds, otherwise, retryAfterMs } = given;
  const code = textAt(fault, ['extensions', 'code']) ?? '';
  const kind = (Object.hasOwn(kinds, code) ? kinds[code] : undefined) ?? otherwise;
  const words = textAt(fault, ['message']) ?? 'an error without a message';
  const wait = kind === 'throttled' && retryAfterMs !== undefined ? { retryAfterMs } : {};
  return new ConnectorError(kind, words, { status: answer.status, body: answer.excerpt(), ...wait });
}
