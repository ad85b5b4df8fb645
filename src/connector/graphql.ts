// GraphQL over the kit's HTTP client: most errors come as HTTP 200, as `errors` or as one type of a result union.
import { type Lossless, type LosslessObject, stringifyJson } from '../model/json.ts';
import { getPath } from '../model/paths.ts';
import { parseAnswer, readLimit, textAt, wholeText } from './answer.ts';
import type { ConnectorContext } from './contract.ts';
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
  { url, kinds }: GraphQLApi,
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
  if (fault !== undefined) throw faultOf(fault, answer, { kinds, otherwise });
  const data = getPath(tree, ['data', document.field]);
  if (data !== undefined) return data;
  throw new ConnectorError(otherwise, `the answer holds no ${document.field}`, { status: answer.status });
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
  { kinds, otherwise }: Pick<GraphQLApi, 'kinds'> & { otherwise: ConnectorErrorKind },
): ConnectorError {
  const code = textAt(fault, ['extensions', 'code']) ?? '';
  const kind = (Object.hasOwn(kinds, code) ? kinds[code] : undefined) ?? otherwise;
  const words = textAt(fault, ['message']) ?? 'an error without a message';
  return new ConnectorError(kind, words, { status: answer.status, body: answer.excerpt() });
}
