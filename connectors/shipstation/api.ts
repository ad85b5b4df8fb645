// How ShipStation's V1 API is asked, and what its answers mean.
import { textIn } from '../../src/connector/answer.ts';
import { askJson, type JsonRequest } from '../../src/connector/ask-json.ts';
import { ConnectorError } from '../../src/connector/contract.ts';
import type { HttpAnswer } from '../../src/connector/http.ts';
import { waitOf } from '../../src/connector/retry-after.ts';
import type { Lossless } from '../../src/model/json.ts';
import type { ShipStationContext } from './settings.ts';

type Asked = Pick<JsonRequest, 'method' | 'path' | 'body' | 'sending'>;

/** @throws ConnectorError by the status */
export async function ask(context: ShipStationContext, asked: Asked): Promise<Lossless> {
  const { origin, path } = context.settings.url;
  const { tree } = await askJson(context, {
    ...{ method: asked.method, origin, path: path + asked.path, body: asked.body, sending: asked.sending },
    what: `${asked.method} ${asked.path.replace(/\?.*/, '')}`,
    refusal: (answer) => refusalIn(answer, context.now()),
  });
  return tree;
}

/** Forty requests a minute; `X-Rate-Limit-Reset` says in how many seconds there are forty again. */
function refusalIn(answer: HttpAnswer, now: number): ConnectorError | undefined {
  const { status } = answer;
  const body = answer.excerpt();
  if (status === 429) {
    const retryAfterMs = waitOf(answer, now);
    return new ConnectorError('throttled', 'ShipStation takes no more requests in this minute', {
      ...{ status, body },
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });
  }
  if (status !== 400 && status !== 422) return undefined;
  const words = ['ExceptionMessage', 'Message', 'message'].map((name) => textIn(answer.text(), [name]));
  return new ConnectorError('rejected', words.find(Boolean)?.slice(0, 300) ?? `${status}`, { status, body });
}
