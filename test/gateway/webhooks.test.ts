import { describe, expect, it } from 'vitest';
import { problem } from '../../src/core/problem.ts';
import type { Received } from '../../src/gateway/deps.ts';
import { createHub, type HubOptions } from './hub.ts';

const bytes = Buffer.from('{"a": "\xff raw"}', 'latin1');
const deliver = (receive: HubOptions['receive'], more: HubOptions = {}) => {
  const hub = createHub({ ...more, ...(receive && { receive }) });
  const response = hub.send('/v1/webhooks/shop', {
    method: 'POST',
    body: bytes,
    key: '',
    headers: { 'Webhook-Id': 'msg_1', traceparent: 'x' },
  });
  return { hub, response };
};
const answering = (received: Received | null) => async () => received;

describe('webhooks', () => {
  it('hand the raw bytes and the headers to the connector, and take what it reads', async () => {
    let seen: { headers: Readonly<Record<string, string>>; body: Uint8Array } | undefined;
    const { hub, response } = deliver(async (request) => {
      seen = request;
      return { kind: 'changes', body: '{"record":"order"}', format: 'json', dedupeId: 'msg_1' };
    });
    expect((await response).status).toBe(200);
    expect(await (await response).json()).toEqual({});
    expect(Buffer.from(seen?.body ?? [])).toEqual(bytes);
    expect(seen?.headers['webhook-id']).toBe('msg_1');
    expect(hub.core.last('accept')).toEqual([
      { system: 'shop', body: '{"record":"order"}', format: 'json', via: 'webhook', key: 'msg_1' },
    ]);
  });

  it('answer 404 without settings, 401 for a bad signature, 200 for nothing of ours', async () => {
    expect((await deliver(undefined).response).status).toBe(404);
    expect((await deliver(answering(null)).response).status).toBe(404);
    const forged = deliver(answering({ kind: 'bad_signature', message: 'no signature fits' }));
    expect((await forged.response).status).toBe(401);
    expect((await forged.response).headers.get('www-authenticate')).toContain('Signature');
    const idle = deliver(answering({ kind: 'nothing' }));
    expect((await idle.response).status).toBe(200);
    expect([forged, idle].flatMap(({ hub }) => hub.core.calls)).toEqual([]);
  });

  it('raise an alert when a verified one cannot be read', async () => {
    const refusing = async () => {
      throw problem('invalid-request', '1 fault');
    };
    const runs = [
      deliver(answering({ kind: 'unreadable', message: 'no order in it' })),
      deliver(answering({ kind: 'changes', body: '{', format: 'json' }), { core: { accept: refusing } }),
    ];
    for (const { hub, response } of runs) {
      expect((await response).status).toBe(400);
      expect((await hub.deps.metrics.expose([])).text).toContain(
        'syncline_alerts_total{kind="webhook_unreadable"} 1\n',
      );
      expect(hub.lines.join('')).toContain('"alert":"webhook_unreadable"');
    }
  });

  it('of an unknown system: 404; too long: 413 before the connector sees it', async () => {
    const hub = createHub({ receive: answering({ kind: 'nothing' }) });
    expect((await hub.send('/v1/webhooks/nope', { method: 'POST', key: '' })).status).toBe(404);
    expect(
      (await hub.send('/v1/webhooks/shop', { method: 'POST', key: '', body: new Uint8Array(1_000_001) })).status,
    ).toBe(413);
  });
});
