// One configured request: template, values, our headers; and what its answer holds.
import { readLimit, wholeText } from '../../src/connector/answer.ts';
import { ConnectorError } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { fillTemplate, type RequestTemplate, type Values } from '../../src/connector/request-template.ts';
import { faultOfAnswer, isGood } from '../../src/connector/status.ts';
import type { RecordType } from '../../src/model/records.ts';
import type { HttpContext, RecordSettings } from './settings.ts';

export interface Call {
  template: RequestTemplate;
  values: Values;
  body?: string | undefined;
  contentType?: string | undefined;
  idempotencyKey?: string | undefined;
  traceparent?: string | undefined;
  repeatSafe?: boolean | undefined;
}

export function call({ http, settings, signal }: HttpContext, request: Call, maxBytes?: number): Promise<HttpAnswer> {
  const { template, values, body, contentType, idempotencyKey, traceparent, repeatSafe } = request;
  const path = settings.url.path + fillTemplate(template, values);
  const { origin } = settings.url;
  // Written out: spreading costs a push a tenth of its time.
  return http.request({
    method: template.method,
    origin,
    path,
    body,
    contentType,
    idempotencyKey,
    traceparent,
    repeatSafe,
    maxBytes,
    signal,
  });
}

/** @throws ConnectorError naming the request that was answered so */
export function refuse(context: HttpContext, { template, values }: Call, answer: HttpAnswer): ConnectorError {
  const [path = ''] = (context.settings.url.path + fillTemplate(template, values)).split('?');
  return faultOfAnswer(answer, `${template.method} ${path}`, context.now());
}

/** @returns undefined for 404 and 410 */
export async function read(context: HttpContext, request: Call): Promise<string | undefined> {
  const answer = await call(context, request, readLimit);
  if (answer.status === 404 || answer.status === 410) return undefined;
  if (!isGood(answer.status)) throw refuse(context, request, answer);
  return wholeText(answer);
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
