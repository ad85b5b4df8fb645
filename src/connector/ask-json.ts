// One question or order as JSON, and its answer as a tree, for connectors that read what a system says inside HTTP 200.
import { type Lossless, stringifyJson } from '../model/json.ts';
import { parseAnswer, readLimit, wholeText } from './answer.ts';
import type { ConnectorContext } from './contract.ts';
import { ConnectorError } from './error.ts';
import type { HttpAnswer } from './http.ts';
import { faultOfAnswer, isGood } from './status.ts';

/** The push that a write belongs to. */
export interface Sending {
  key: string;
  traceparent?: string | undefined;
}

export interface JsonRequest {
  method: string;
  origin: string;
  /** Path and query, already encoded. */
  path: string;
  body?: Lossless | undefined;
  headers?: Readonly<Record<string, string>>;
  /** What is asked for, as a person would call it. */
  what: string;
  /** Undefined for a question, which may be put again at once. */
  sending?: Sending | undefined;
  /** What a refusal means, where the status alone does not say it; undefined leaves it to the status. */
  refusal?(answer: HttpAnswer): ConnectorError | undefined;
}

export interface JsonAnswer {
  answer: HttpAnswer;
  /** null where the answer has no body. */
  tree: Lossless;
}

/** @returns the kind of an answer that nobody understands: what was asked may have been done */
export const otherwise = ({ sending }: Pick<JsonRequest, 'sending'>): 'unknown' | 'unclear' =>
  sending === undefined ? 'unknown' : 'unclear';

/** @throws ConnectorError by the status; unknown or unclear where a good answer cannot be read */
export async function askJson(
  { http, signal, now }: Pick<ConnectorContext, 'http' | 'signal' | 'now'>,
  request: JsonRequest,
): Promise<JsonAnswer> {
  const { method, origin, path, body, headers, sending } = request;
  const answer = await http.request({
    ...{ method, origin, path, headers, signal, maxBytes: readLimit },
    body: body === undefined ? undefined : stringifyJson(body),
    idempotencyKey: sending?.key,
    traceparent: sending?.traceparent,
    repeatSafe: sending === undefined,
  });
  if (isGood(answer.status)) return { answer, tree: treeIn(answer, request) };
  throw request.refusal?.(answer) ?? faultOfAnswer(answer, request.what, now());
}

function treeIn(answer: HttpAnswer, request: JsonRequest): Lossless {
  if (answer.bytes.length === 0) return null;
  try {
    return parseAnswer(wholeText(answer));
  } catch (error) {
    throw error instanceof ConnectorError ? error.as(otherwise(request)) : error;
  }
}
