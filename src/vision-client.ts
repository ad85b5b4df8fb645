// How the second look at evidence reaches its model: one address of syncline.yaml, one time limit, a short answer.
import { splitUrl } from './connector/http.ts';
import { createHttpClient } from './connector/http-client.ts';
import { createPools } from './connector/pools.ts';
import type { SecondLook, VisionSettings } from './evidence/vision.ts';

/** A good answer has a few hundred bytes. */
const maxBytes = 65_536;
const connections = 4;

export function openVision(settings: VisionSettings, now: () => number): SecondLook & { close(): Promise<void> } {
  const { timeoutMs, apiKey } = settings;
  const pools = createPools({ connections, connectTimeoutMs: timeoutMs });
  const credentials = apiKey === undefined ? {} : { auth: { bearer: apiKey } };
  const http = createHttpClient({ pools, credentials, timeoutMs, now });
  return {
    settings,
    client: async ({ url, body }) => {
      const answer = await http.request({ method: 'POST', ...splitUrl(url), body, maxBytes });
      if (answer.truncated) throw new Error(`its answer is longer than ${maxBytes} bytes`);
      return { status: answer.status, text: answer.text() };
    },
    close: pools.destroy,
  };
}
