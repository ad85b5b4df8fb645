// One signed request of the Qimen protocol, and what its answer means: flag, code and message inside HTTP 200.
import { createHash } from 'node:crypto';
import { isUnanswered, readLimit, textAt } from '../../src/connector/answer.ts';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/contract.ts';
import { faultOfAnswer, isGood } from '../../src/connector/status.ts';
import type { LosslessObject } from '../../src/model/json.ts';
import type { QimenContext, QimenSettings } from './settings.ts';
import { readResponse, writeXml } from './xml.ts';

export interface Call {
  /** e.g. `deliveryorder.create` */
  method: string;
  request: LosslessObject;
  does: 'read' | 'write';
  traceparent?: string | undefined;
}

/** Their system told us that it did not do it. */
export interface Refusal {
  code: string;
  message: string;
  status: number;
}

export type Answer = { done: LosslessObject } | { refused: Refusal };

/** @throws ConnectorError; unclear where a write may have been done */
export async function call({ method, request, does, traceparent }: Call, context: QimenContext): Promise<Answer> {
  const { http, settings, now, signal } = context;
  const body = writeXml(request);
  const what = `POST ${method}`;
  const query = new URLSearchParams(signed(method, body, settings, now()));
  try {
    const answer = await http.request({
      ...{ method: 'POST', origin: settings.url.origin, path: `${settings.url.path || '/'}?${query}`, body },
      ...{
        contentType: 'text/xml;charset=utf-8',
        maxBytes: readLimit,
        repeatSafe: does === 'read',
        traceparent,
        signal,
      },
    });
    if (!isGood(answer.status)) throw faultOfAnswer(answer, what, now());
    const response = answer.truncated ? undefined : readResponse(answer.text());
    const [flag, code, message] = ['flag', 'code', 'message'].map((member) => textAt(response, [member]));
    const { status } = answer;
    if (response && flag === 'success') return { done: response };
    if (flag === 'failure')
      return { refused: { code: code ?? '', message: http.redact(message ?? 'no message'), status } };
    throw new ConnectorError(does === 'read' ? 'unknown' : 'unclear', `the answer to ${what} has neither flag`, {
      ...{ status, body: answer.excerpt() },
    });
  } catch (error) {
    throw does === 'write' && isUnanswered(error)
      ? error.as('unclear', { message: `${error.message}; it may have been done` })
      : error;
  }
}

/** MD5 over the secret, every parameter in the order of their names, the body, and the secret again; in capitals. */
function signed(method: string, body: string, settings: QimenSettings, at: number): Record<string, string> {
  const { appKey, appSecret, customerId, version } = settings;
  const parameters: Record<string, string> = {
    ...{ method: `taobao.qimen.${method}`, timestamp: inChina(at), format: 'xml', app_key: appKey, v: version },
    ...{ sign_method: 'md5', customerId },
  };
  const names = Object.keys(parameters).sort();
  const text = names.map((name) => `${name}${parameters[name]}`).join('');
  const sign = createHash('md5').update(`${appSecret}${text}${body}${appSecret}`).digest('hex').toUpperCase();
  return { ...parameters, sign };
}

const eightHours = 8 * 3_600_000;

/** `yyyy-MM-dd HH:mm:ss` as clocks in China have it, all year round. */
export const inChina = (at: number): string => new Date(at + eightHours).toISOString().slice(0, 19).replace('T', ' ');

export const isMissing = ({ code }: Refusal, { codes }: QimenSettings): boolean => codes.missing.includes(code);

/** Unless the settings say what a code means, it is a refusal of this document in their own words. */
export function errorOf({ code, message, status }: Refusal, { codes }: QimenSettings): ConnectorError {
  const kinds: [readonly string[], ConnectorErrorKind][] = [
    [codes.unauthorized, 'unauthorized'],
    [codes.busy, 'unavailable'],
    [codes.missing, 'not_found'],
  ];
  const kind = kinds.find(([known]) => known.includes(code))?.[1] ?? 'rejected';
  return new ConnectorError(kind, code === '' ? message : `${message} (${code})`, { status, body: message });
}
