// What an answer's status means: one table for every connector that speaks HTTP.
import type { Json } from '../model/json.ts';
import { ConnectorError, type ConnectorErrorKind } from './error.ts';
import type { HttpAnswer } from './http.ts';
import { parseRetryAfter, waitOf } from './retry-after.ts';

const kinds: Record<number, ConnectorErrorKind> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  408: 'timeout',
  410: 'not_found',
  425: 'unavailable',
  429: 'throttled',
};

/** A redirect is never followed, so it counts as a refusal; so does every 4xx that the table does not name. */
const kindOf = (status: number): ConnectorErrorKind => kinds[status] ?? (status >= 500 ? 'unavailable' : 'rejected');

export const isGood = (status: number): boolean => status >= 200 && status < 300;

/** @param what the request, e.g. `PUT /orders/W-77` */
export function faultOfAnswer(answer: HttpAnswer, what: string, now: number): ConnectorError {
  const { status } = answer;
  const kind = kindOf(status);
  const body = answer.excerpt();
  const retryAfterMs = kind === 'throttled' ? waitOf(answer, now) : parseRetryAfter(answer.header('retry-after'), now);
  const words = kind === 'rejected' && status < 500 ? ownWords(body) : undefined;
  return new ConnectorError(kind, words ?? `${status} from ${what}`, {
    status,
    body,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

const wordLimit = 300;
const wordMembers = ['detail', 'message', 'error_description', 'error', 'errors', 'title', 'reason', 'msg'];

/** What the system itself says is wrong, where its answer has one of the usual forms. */
function ownWords(body: string): string | undefined {
  try {
    return wordsIn(JSON.parse(body) as Json, 3)?.slice(0, wordLimit);
  } catch {
    return undefined;
  }
}

function wordsIn(value: Json | undefined, depth: number): string | undefined {
  if (typeof value === 'string') return value.trim() || undefined;
  if (depth === 0 || value === null || typeof value !== 'object') return undefined;
  if (Array.isArray(value)) return wordsIn(value[0], depth - 1);
  for (const member of wordMembers) {
    const words = Object.hasOwn(value, member) ? wordsIn(value[member], depth - 1) : undefined;
    if (words !== undefined) return words;
  }
  return undefined;
}
