import { describe, expect, it } from 'vitest';
import { problem } from '../../src/core/problem.ts';
import { createHub, json } from './hub.ts';

const path = '/v1/systems/shop/changes';
const change = { record: 'order', id: '8812', data: { n: 1 } };

describe('taking changes', () => {
  it('hands the text on as it came and passes the answer through', async () => {
    const hub = createHub();
    const body = '{ "record":"order",  "n": 12345678901234567890 }';
    const response = await hub.send(path, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json; charset=UTF-8' },
      key: 'k-intake',
    });
    expect(response.status).toBe(202);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.has('idempotency-replayed')).toBe(false);
    expect(await response.text()).toBe('{"results":[{"status":"accepted"}]}');
    expect(hub.core.last('accept')).toEqual([{ system: 'shop', body, format: 'json', via: 'api' }]);
    expect((await hub.deps.metrics.expose([])).text).toContain(
      'syncline_changes_total{system="shop",status="accepted"} 1\n',
    );
  });

  it.each(['application/x-ndjson', 'application/ndjson', 'application/jsonl'])('reads lines as %s', async (type) => {
    const hub = createHub();
    await hub.send(path, { method: 'POST', body: '{}\n{}', headers: { 'content-type': type } });
    expect(hub.core.last('accept')[0]).toMatchObject({ format: 'ndjson', body: '{}\n{}' });
  });

  it('passes a key and a trace on; a malformed trace is dropped, a malformed key is a fault', async () => {
    const hub = createHub();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await hub.send(path, json(change, { 'idempotency-key': '"evt-771"', traceparent }));
    expect(hub.core.last('accept')[0]).toMatchObject({ key: 'evt-771', traceparent });
    await hub.send(path, json(change, { traceparent: 'nonsense' }));
    expect(hub.core.last('accept')[0]).not.toHaveProperty('traceparent');
    expect((await hub.send(path, json(change, { 'idempotency-key': 'two words' }))).status).toBe(400);
  });

  it('marks a repeat', async () => {
    const replayed = { status: 202, body: '{"results":[]}', replayed: true, counts: { repeated: 1 } } as const;
    const hub = createHub({ core: { accept: async () => replayed } });
    expect((await hub.send(path, json(change))).headers.get('idempotency-replayed')).toBe('true');
  });

  it('answers what the store side refuses', async () => {
    for (const [type, status] of [
      ['key-reused', 422],
      ['too-large', 413],
      ['storage-full', 507],
      ['invalid-request', 400],
    ] as const) {
      const hub = createHub({
        core: {
          accept: async () => {
            throw problem(type, 'why');
          },
        },
      });
      expect((await hub.send(path, json(change))).status).toBe(status);
    }
  });

  it('suggests the system that was probably meant', async () => {
    const hub = createHub();
    expect((await (await hub.send('/v1/systems/shp/changes', json(change))).json()) as object).toMatchObject({
      detail: expect.stringContaining('"shop"'),
    });
  });
});
