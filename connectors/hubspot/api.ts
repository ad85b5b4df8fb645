// How HubSpot's API is asked, and what its answers mean.
import { textIn } from '../../src/connector/answer.ts';
import { askJson, type JsonRequest } from '../../src/connector/ask-json.ts';
import { ConnectorError, type ConnectorErrorKind } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { parseRetryAfter } from '../../src/connector/retry-after.ts';
import type { Lossless } from '../../src/model/json.ts';
import type { HubSpotContext } from './settings.ts';

type Asked = Pick<JsonRequest, 'method' | 'path' | 'body' | 'sending'>;

/** @throws ConnectorError by the status */
export async function ask(context: HubSpotContext, asked: Asked): Promise<Lossless> {
  const { origin, path } = context.settings.url;
  const { tree } = await askJson(context, {
    ...{ method: asked.method, origin, path: path + asked.path, body: asked.body, sending: asked.sending },
    what: `${asked.method} ${asked.path.replace(/\?.*/, '')}`,
    refusal: (answer) => busy(answer, context.now()),
  });
  return tree;
}

/** Statuses of HubSpot's own: a record that is locked, an account that is being moved. */
const busyStatuses: Readonly<Record<number, ConnectorErrorKind>> = {
  423: 'unavailable',
  429: 'throttled',
  477: 'unavailable',
};
const lockedMs = 2_000;

function busy(answer: HttpAnswer, now: number): ConnectorError | undefined {
  const { status } = answer;
  const kind = busyStatuses[status];
  if (kind === undefined) return undefined;
  const retryAfterMs =
    parseRetryAfter(answer.header('retry-after'), now) ?? (status === 423 ? lockedMs : windowOf(answer));
  const words = textIn(answer.text(), ['message']) ?? `${status}`;
  return new ConnectorError(kind, words, {
    ...{ status, body: answer.excerpt() },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** HubSpot sends no Retry-After for its limits, but says which of them it is. The daily one ends at a midnight of its own. */
function windowOf(answer: HttpAnswer): number | undefined {
  const [policy, message] = ['policyName', 'message'].map((member) => textIn(answer.text(), [member]) ?? '');
  const limit = `${policy} ${message}`;
  const interval = Number(answer.header('x-hubspot-ratelimit-interval-milliseconds') ?? Number.NaN);
  if (/ten_secondly/i.test(limit)) return interval > 0 && interval < 60_000 ? interval : 10_000;
  return /secondly/i.test(limit) ? 1_000 : undefined;
}
