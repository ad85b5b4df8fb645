import { describe, expect, it } from 'vitest';
import { feed } from '../../src/gateway/schemas.ts';
import { createHub, json } from './hub.ts';

const poll = (hub: ReturnType<typeof createHub>, query = '', headers: Record<string, string> = {}) =>
  hub.send(`/v1/feeds/erp${query}`, { key: 'k-feed', headers });

describe('a feed', () => {
  it('is a page of items in the words of the system, numbers digit for digit', async () => {
    const hub = createHub();
    const response = await poll(hub, '?limit=200');
    const text = await response.text();
    expect(text).toContain('"data":{"big":12345678901234567890}');
    expect(feed.parse(JSON.parse(text))).toMatchObject({
      items: [{ record: 'order', op: 'create', seq: '1', externalId: null }],
      next: 'e1.1',
      more: false,
    });
    expect(response.headers.get('syncline-next')).toBe('e1.1');
    expect(response.headers.get('link')).toBe('<http://localhost/v1/feeds/erp?limit=200&after=e1.1>; rel="next"');
    expect(hub.core.last('feed')).toEqual([{ system: 'erp', after: null, limit: 200 }]);
  });

  it('names the next page by the public address where there is one', async () => {
    const hub = createHub({ deps: { publicUrl: 'https://hub.example' } });
    const response = await poll(hub, '?after=e1.0&record=order&format=ndjson');
    expect(response.headers.get('link')).toBe(
      '<https://hub.example/v1/feeds/erp?after=e1.1&record=order&format=ndjson>; rel="next"',
    );
  });

  it('is lines by Accept or by format', async () => {
    const hub = createHub();
    hub.core.rows.feed.push('{"b":2}');
    for (const response of [
      await poll(hub, '?format=ndjson'),
      await poll(hub, '', { accept: 'application/x-ndjson' }),
    ]) {
      expect(response.headers.get('content-type')).toBe('application/x-ndjson');
      expect(response.headers.get('syncline-next')).toBe('e1.2');
      const lines = (await response.text()).trimEnd().split('\n');
      expect(lines.map((line) => (JSON.parse(line) as { seq: string }).seq)).toEqual(['1', '2']);
    }
    expect((await poll(hub, '?format=json', { accept: 'application/x-ndjson' })).headers.get('content-type')).toBe(
      'application/json',
    );
  });

  it.each([
    ['csv', '?format=csv', {}],
    ['csv', '', { accept: 'text/csv' }],
    ['csv', '?format=csv', { accept: 'application/json' }],
    ['xml', '?format=xml', {}],
    ['xml', '', { accept: 'application/xml' }],
    ['xml', '', { accept: 'text/xml' }],
  ])('is %s by %s %j, byte for byte as the store side wrote it', async (as, query, headers) => {
    const hub = createHub();
    const response = await poll(hub, query, headers);
    expect(hub.core.last('feed')).toEqual([expect.objectContaining({ as })]);
    expect(response.headers.get('content-type')).toBe(`text/${as}; charset=gb18030`);
    expect(response.headers.get('syncline-next')).toBe('e1.1');
    expect(response.headers.get('link')).toContain('after=e1.1');
    expect([...new Uint8Array(await response.arrayBuffer())]).toEqual([0xbd, 0xd6]);
  });

  it('says clearly what it is not written as', async () => {
    expect((await poll(createHub(), '?format=pdf')).status).toBe(400);
    const response = await poll(createHub(), '', { accept: 'application/pdf' });
    expect(response.status).toBe(406);
    expect(await response.text()).toMatch(/json.*ndjson.*csv.*xml/);
  });

  it.each([
    '?limit=0',
    '?limit=1001',
    '?limit=x',
    '?limit=1.5',
    '?record=ordr',
    '?after=',
    '?after=nonsense',
    '?page=2',
  ])('refuses %s', async (query) => {
    expect((await poll(createHub(), query)).status).toBe(400);
  });

  it('sends a cursor of another epoch to where to start', async () => {
    const response = await poll(createHub(), '?after=e9.1');
    expect([response.status, await response.json()]).toMatchObject([410, { restart: 'e1.0' }]);
  });

  it('belongs to systems that poll', async () => {
    const hub = createHub();
    const response = await hub.send('/v1/feeds/wms');
    expect(response.status).toBe(404);
    expect(await response.text()).toContain('pushed to');
    expect(
      (await hub.send('/v1/feeds/wms/ack', json({ items: [{ record: 'order', id: 'a', seq: '1' }] }))).status,
    ).toBe(404);
  });

  it('waits for something', async () => {
    const hub = createHub();
    const answer = poll(hub, '?after=e1.1', { prefer: 'wait=10' });
    while (hub.core.last('feed').length === 0) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    hub.core.rows.feed.push('{}');
    hub.commit();
    expect(feed.parse(await (await answer).json()).items).toHaveLength(1);
  });

  it('remembers when it was asked', async () => {
    const hub = createHub();
    await poll(hub);
    expect(hub.deps.metrics.lastFeedPoll('erp')).toBe(hub.clock.now());
  });
});

describe('answers to a feed', () => {
  const item = { record: 'order', id: 'ord_1', seq: '1093' };

  it('acknowledges items, with the id that the system gave', async () => {
    const hub = createHub();
    const response = await hub.send('/v1/feeds/erp/ack', {
      ...json({ items: [{ ...item, externalId: 'ERP-5001' }, item] }),
      key: 'k-feed',
    });
    expect(await response.json()).toEqual({ results: [item, item].map((one) => ({ ...one, status: 'acknowledged' })) });
    expect(hub.core.last('acknowledge')).toEqual(['erp', [{ ...item, externalId: 'ERP-5001' }, item]]);
  });

  it('rejects items with a reason', async () => {
    const hub = createHub();
    expect(
      (await hub.send('/v1/feeds/erp/reject', json({ items: [{ ...item, reason: 'customer blocked' }] }))).status,
    ).toBe(200);
    expect(hub.core.last('reject')).toEqual(['erp', [{ ...item, reason: 'customer blocked' }]]);
  });

  it.each([
    ['ack', { items: [] }],
    ['ack', {}],
    ['ack', { items: [{ ...item, seq: 1093 }] }],
    ['ack', { items: [{ ...item, reason: 'x' }] }],
    ['reject', { items: [item] }],
  ])('refuses %s %j', async (verb, body) => {
    expect((await createHub().send(`/v1/feeds/erp/${verb}`, json(body))).status).toBe(400);
  });

  it('takes a thousand items and not one more', async () => {
    const send = (length: number) =>
      createHub().send('/v1/feeds/erp/ack', json({ items: Array.from({ length }, () => item) }));
    expect((await send(1_000)).status).toBe(200);
    expect((await send(1_001)).status).toBe(413);
  });
});
