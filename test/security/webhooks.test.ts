// A vendor's webhooks through the gateway and the real connector: signed over the raw bytes, within five minutes, once.
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { http } from '../../connectors/http/index.ts';
import { receiverOf } from '../../src/intake/receive.ts';
import { connectTo, testNow } from '../connectors/connect.ts';
import { createHub } from '../gateway/hub.ts';

const secretOf = (name: string) => `whsec_${Buffer.from(`the ${name} secret of the shop`).toString('base64')}`;
const [old, fresh, foreign] = [secretOf('old'), secretOf('new'), secretOf('foreign')];

function hubWith(...secrets: string[]) {
  const settings = { url: 'http://127.0.0.1:9', webhook: { scheme: 'standard', secrets } };
  const receive = receiverOf(connectTo(http, settings, { now: () => testNow }));
  return createHub(receive ? { receive } : {});
}

type Body = string | Uint8Array<ArrayBuffer>;

const deliver = (hub: ReturnType<typeof createHub>, headers: Record<string, string>, body: Body) =>
  hub.send('/v1/webhooks/shop', { method: 'POST', key: '', headers, body });

/** Signed at the time of the test, by somebody else's library. */
function signed(body: string, secret: string, { id = 'msg_1', seconds = 0 } = {}) {
  const at = new Date(testNow + seconds * 1_000);
  const headers: Record<string, string> = {
    'webhook-id': id,
    'webhook-timestamp': String(at.getTime() / 1_000),
    'webhook-signature': new Webhook(secret).sign(id, at, body),
  };
  return { headers, body };
}

const bodies = [
  '{"record":"order","data":{"id":"1"}}',
  ' {\n\t"record" : "order" ,\r\n "data":{"total":1.0,"big":12345678901234567890}}\n',
  '{"record":"order","data":{"name":"\\u674e\\u96f7","same":"李雷"}}',
  '{"data":{"a":1,"a":2},"record":"order"}',
  '{"record":"order","data":{"exp":1e2,"neg":-0,"slash":"\\/"}}',
];

describe('a webhook', () => {
  it.each(bodies)('is verified over its bytes, not over a rendering of them: %j', async (body) => {
    const hub = hubWith(fresh);
    const { headers } = signed(body, fresh);
    expect((await deliver(hub, headers, body)).status).toBe(200);
    expect(hub.core.last('accept')[0]).toMatchObject({ body, via: 'webhook', system: 'shop' });
    const rendered = JSON.stringify(JSON.parse(body));
    if (rendered !== body) expect((await deliver(hub, headers, rendered)).status).toBe(401);
  });

  it('with any one byte changed is refused, and nothing of it is taken', async () => {
    const hub = hubWith(fresh);
    const [body = ''] = bodies;
    const { headers } = signed(body, fresh);
    for (let at = 0; at < body.length; at++) {
      const bytes = Buffer.from(body);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect((await deliver(hub, headers, new Uint8Array(bytes))).status).toBe(401);
    }
    for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
      const value = headers[name] ?? '';
      const other = value.endsWith('1') ? '2' : '1';
      expect((await deliver(hub, { ...headers, [name]: `${value.slice(0, -1)}${other}` }, body)).status).toBe(401);
    }
    expect(hub.core.calls).toEqual([]);
  });

  it.each([-3_600, -301, 301, 3_600])(
    'of %i seconds from now is refused, however well it is signed',
    async (seconds) => {
      const hub = hubWith(fresh);
      const { headers, body } = signed('{}', fresh, { seconds });
      expect((await deliver(hub, headers, body)).status).toBe(401);
      expect(hub.core.calls).toEqual([]);
    },
  );

  it('is taken once by its id: the same message with the same signature spelled otherwise has no second key', async () => {
    const hub = hubWith(fresh);
    const { headers, body } = signed('{}', fresh, { id: 'msg_same' });
    const signature = headers['webhook-signature'] ?? '';
    for (const spelling of [signature, `v1,AAAA ${signature}`, `${signature} v1a,x`])
      expect((await deliver(hub, { ...headers, 'webhook-signature': spelling }, body)).status).toBe(200);
    const keys = hub.core.calls.map(({ args }) => (args[0] as { key?: string }).key);
    expect(keys).toEqual(['msg_same', 'msg_same', 'msg_same']);
    for (const junk of [`${signature}!!!`, `${signature}=`, signature.replace('v1,', 'v2,')])
      expect((await deliver(hub, { ...headers, 'webhook-signature': junk }, body)).status).toBe(401);
  });

  it('is answered by yes or no to whatever headers, and never by a failure of ours', async () => {
    const hub = hubWith(old, fresh);
    const text = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.constantFrom('v1,', 'v1,AAAA', 'NaN', '1e9', '-1', '0x10', 'whsec_'),
    );
    const printable = text.map((value) => value.replace(/[^\x20-\x7e]/g, '').trim());
    await fc.assert(
      fc.asyncProperty(printable, printable, printable, async (id, timestamp, signature) => {
        const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
        expect((await deliver(hub, headers, '{}')).status).toBe(401);
      }),
      { numRuns: 500 },
    );
    expect(hub.core.calls).toEqual([]);
  });
});

describe('a secret that is rotated', () => {
  const status = async (hub: ReturnType<typeof createHub>, secret: string) => {
    const { headers, body } = signed('{}', secret);
    return (await deliver(hub, headers, body)).status;
  };

  it('is taken beside the new one while both are named, and not a moment longer', async () => {
    const steps = [hubWith(old), hubWith(old, fresh), hubWith(fresh)];
    const seen = await Promise.all(steps.map(async (hub) => [await status(hub, old), await status(hub, fresh)]));
    expect(seen).toEqual([
      [200, 401],
      [200, 200],
      [401, 200],
    ]);
  });

  it('lets no third one in', async () => {
    expect(await status(hubWith(old, fresh), foreign)).toBe(401);
  });

  it('may be signed with both at once by the sender', async () => {
    const hub = hubWith(fresh);
    const one = signed('{}', old, { id: 'msg_1' });
    const two = signed('{}', fresh, { id: 'msg_1' });
    const both = `${one.headers['webhook-signature']} ${two.headers['webhook-signature']}`;
    expect((await deliver(hub, { ...two.headers, 'webhook-signature': both }, '{}')).status).toBe(200);
  });
});
