// One configured request: template, values, our headers; and what its answer holds.
import { ConnectorError } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { fillTemplate, type RequestTemplate, type Values } from '../../src/connector/request-template.ts';
import { faultOfAnswer, isGood } from '../../src/connector/status.ts';
import { decodeUtf8, JsonFault, type Lossless, NumberText, parseJson } from '../../src/model/json.ts';
import { getPath } from '../../src/model/paths.ts';
import type { RecordType } from '../../src/model/records.ts';
import type { HttpContext, RecordSettings } from './settings.ts';

/** Pages and fetched objects; the answer to a push may be shorter. */
const readBytes = 8 * 1024 * 1024;

export interface Call {
  template: RequestTemplate;
  values?: Values;
  body?: string;
  contentType?: string;
  idempotencyKey?: string;
  traceparent?: string;
  repeatSafe?: boolean;
}

export function call(context: HttpContext, { template, values = {}, ...more }: Call, maxBytes?: number): Promise<HttpAnswer> {
  const { http, settings, signal } = context;
  return http.request({
    ...more,
    method: template.method,
    origin: settings.url.origin,
    path: settings.url.path + fillTemplate(template, values),
    ...(maxBytes !== undefined && { maxBytes }),
    ...(signal && { signal }),
  });
}

/** @throws ConnectorError naming the request that was answered so */
export function refuse(context: HttpContext, { template, values = {} }: Call, answer: HttpAnswer): ConnectorError {
  const [path = ''] = (context.settings.url.path + fillTemplate(template, values)).split('?');
  return faultOfAnswer(answer, `${template.method} ${path}`, context.now());
}

/** @returns undefined for 404 and 410 */
export async function read(context: HttpContext, request: Call): Promise<string | undefined> {
  const answer = await call(context, request, readBytes);
  if (answer.status === 404 || answer.status === 410) return undefined;
  if (!isGood(answer.status)) throw refuse(context, request, answer);
  if (answer.truncated) throw new ConnectorError('unknown', `the answer is longer than ${readBytes} bytes`, { status: answer.status });
  return readable(() => decodeUtf8(answer.bytes));
}

export const parse = (text: string): Lossless => readable(() => parseJson(text, { keys: 100_000 }));

function readable<T>(reading: () => T): T {
  try {
    return reading();
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw new ConnectorError('unknown', `the answer cannot be read: ${error.path} ${error.message}`, { cause: error });
  }
}

/** @returns a text or number as text, digit for digit */
export function textAt(tree: Lossless | undefined, path: readonly string[]): string | undefined {
  const value = getPath(tree, path);
  if (value instanceof NumberText) return value.text;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function recordOf({ settings, system }: HttpContext, type: RecordType): RecordSettings {
  const found = settings.records[type];
  if (found) return found;
  throw new ConnectorError('invalid', `${system} has no settings for ${type}`, { sent: false });
}

export function configured<T>(value: T | undefined, what: string): T {
  if (value !== undefined) return value;
  throw new ConnectorError('invalid', `no ${what} is configured`, { sent: false });
}
