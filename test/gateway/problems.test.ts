import { describe, expect, it } from 'vitest';
import { problem as problemSchema } from '../../src/gateway/schemas.ts';
import { createHub, json } from './hub.ts';

const hub = createHub();

async function problemOf(response: Response, status: number) {
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const body = problemSchema.parse(await response.json());
  expect(body.status).toBe(status);
  return body;
}

describe('problems', () => {
  it('an unknown path', async () => {
    expect((await problemOf(await hub.send('/v1/nothing'), 404)).detail).toContain('/v1/nothing');
  });

  it.each([
    ['/v1/systems/shop/changes', 'GET', 'POST'],
    ['/v1/records/order/ord_1', 'DELETE', 'GET, HEAD, PATCH'],
    ['/v1/feeds/erp', 'HEAD', 'GET'],
    ['/v1/feeds/erp', 'POST', 'GET'],
    ['/healthz', 'PUT', 'GET, HEAD'],
  ])('%s %s', async (path, method, allow) => {
    const response = await hub.send(path, { method });
    expect(response.headers.get('allow')).toBe(allow);
    if (method !== 'HEAD') await problemOf(response, 405);
    else expect(response.status).toBe(405);
  });

  it('a HEAD of a feed acknowledges nothing', async () => {
    await hub.send('/v1/feeds/erp?after=e1.1', { method: 'HEAD' });
    expect(hub.core.calls.some(({ verb }) => verb === 'feed')).toBe(false);
  });

  it('every unknown, repeated and unreadable parameter', async () => {
    const body = await problemOf(
      await hub.send('/v1/changes?limit=0&types=order&after=a&after=b&record=ordr&__proto__=1'),
      400,
    );
    expect(body.faults?.map(({ path }) => path).sort()).toEqual([
      '?__proto__',
      '?after',
      '?limit',
      '?record',
      '?types',
    ]);
  });

  it('an Accept that nothing here answers', async () => {
    await problemOf(await hub.send('/v1/lag', { headers: { accept: 'text/csv' } }), 406);
    expect((await hub.send('/v1/lag', { headers: { accept: 'text/csv, application/*;q=0.1' } })).status).toBe(200);
  });

  it('a failure inside: an id that is in the log, and nothing else', async () => {
    const broken = createHub({
      core: {
        lag: async () => {
          throw new Error('SQLITE_CORRUPT in /secret/path');
        },
      },
    });
    const response = await broken.send('/v1/lag');
    const body = await problemOf(response.clone(), 500);
    expect(body).toMatchObject({ id: 'err_1' });
    expect(await response.text()).not.toContain('SQLITE');
    expect(JSON.parse(broken.lines.join(''))).toMatchObject({
      errorId: 'err_1',
      path: '/v1/lag',
      err: { message: 'SQLITE_CORRUPT in /secret/path' },
    });
  });

  it('a failure that crossed a thread keeps its status, and 503 says when to come back', async () => {
    const busy = { status: 503, type: 'unavailable', title: 'Not available', detail: 'busy' };
    const hubs = [busy, Object.assign(new Error('busy'), { problem: busy })].map((error) =>
      createHub({ core: { lag: () => Promise.reject(error) } }),
    );
    for (const one of hubs) {
      const response = await one.send('/v1/lag');
      await problemOf(response, 503);
      expect(response.headers.get('retry-after')).toBe('1');
    }
  });
});

describe('bodies', () => {
  const change = { record: 'order', id: '1', data: {} };
  const post = (init: RequestInit & { headers?: Record<string, string> }) =>
    hub.send('/v1/systems/shop/changes', { method: 'POST', ...init });

  it('more bytes than the limit, counted, whatever Content-Length says', async () => {
    const big = new Uint8Array(1_000_001).fill(32);
    for (const length of [undefined, '10', '-1', 'abc']) {
      const headers = { 'content-type': 'application/json', ...(length !== undefined && { 'content-length': length }) };
      const response = await post({ body: big, headers });
      await problemOf(response, 413);
      expect(response.headers.get('connection')).toBe('close');
    }
    expect((await post({ body: big.subarray(1), headers: { 'content-type': 'application/json' } })).status).toBe(202);
  });

  it.each(['gzip', 'br', 'x-unknown'])('Content-Encoding %s', async (encoding) => {
    await problemOf(await post(json(change, { 'content-encoding': encoding })), 415);
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json; charset=latin1',
    'application/merge-patch+json',
  ])('Content-Type %s', async (type) => {
    await problemOf(await post(json(change, { 'content-type': type })), 415);
  });

  it('no Content-Type', async () => {
    await problemOf(await post({ body: new TextEncoder().encode('{}') }), 415);
  });

  it.each([
    ['{"a":{"b":["x","\xff"]}}', '/a/b/1'],
    ['{"a":"\xef\xbf\xbd\xef\xbf\xbd","b":"\xc3"}', '/b'],
    ['{"a":1}\n{"b":"\xed\xa0\x80"}', '/line 2'],
    ['\xff', ''],
  ])('bytes that are no UTF-8: %j', async (latin1, path) => {
    const body = await problemOf(
      await post({ body: Buffer.from(latin1, 'latin1'), headers: { 'content-type': 'application/json' } }),
      400,
    );
    expect(body.faults).toEqual([{ path, message: 'is not valid UTF-8' }]);
  });

  it('a byte order mark is dropped', async () => {
    await post({ body: '\ufeff{}', headers: { 'content-type': 'application/json' } });
    expect(hub.core.last('accept')[0]).toMatchObject({ body: '{}' });
  });

  it.each([
    ['{"reason":', 400],
    ['{"reason":"a","reason":"b"}', 400],
    [`{"reason":${'['.repeat(70)}${']'.repeat(70)}}`, 400],
    ['{"reason":"\\ud800"}', 400],
    ['[]', 400],
    ['', 400],
    ['{"reason":"x","extra":1,"__proto__":{}}', 400],
    ['{"reason":""}', 400],
    ['{"reason":1e400}', 400],
  ])('a control body %j', async (body, status) => {
    const response = await hub.send('/v1/deadletters/dl_1/discard', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    });
    expect((await problemOf(response, status)).faults?.length).toBeGreaterThan(0);
  });

  it('names every fault of a control body by its path', async () => {
    const body = await problemOf(
      await hub.send('/v1/feeds/erp/ack', json({ items: [{ record: 'ordr', id: '', seq: 7 }], more: 1 })),
      400,
    );
    expect(body.faults?.map(({ path }) => path).sort()).toEqual([
      '/items/0/id',
      '/items/0/record',
      '/items/0/seq',
      '/more',
    ]);
  });
});
