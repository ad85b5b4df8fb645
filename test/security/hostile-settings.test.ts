// What a hostile or careless setting, id or value could do to the requests that we send.
import fc from 'fast-check';
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { http } from '../../connectors/http/index.ts';
import { settings } from '../../connectors/http/settings.ts';
import { ConnectorError } from '../../src/connector/error.ts';
import { createHttpClient } from '../../src/connector/http-client.ts';
import { createPools } from '../../src/connector/pools.ts';
import { fillTemplate, parseTemplate } from '../../src/connector/request-template.ts';
import { readSettings } from '../../src/connector/settings.ts';
import { readTraceparent } from '../../src/observe/trace.ts';
import { anUpdate, connectTo } from '../connectors/connect.ts';
import { type MswServer, startMswServer } from '../connectors/msw-server.ts';

let server: MswServer;
beforeEach(async () => {
  server = await startMswServer(on.all('*/*', () => HttpResponse.json({ id: 'W-7' })));
});
afterEach(() => server.close());

const faultsOf = (raw: object): string[] => {
  const reading = readSettings(settings, { url: 'http://wms.example/api', ...raw });
  return 'faults' in reading ? reading.faults.map(({ path }) => path) : [];
};

describe('a base address', () => {
  it.each([
    'http://user:pass@wms.example',
    'http://user@wms.example',
    'http://wms.example?token=abc',
    'http://wms.example/#x',
    'file:///etc/passwd',
    'ftp://wms.example',
    'wms.example',
    'javascript:alert(1)',
    '',
  ])('%s is refused', (url) => expect(faultsOf({ url })).toEqual(['/url']));

  it('of the token service is held to the same', () => {
    for (const tokenUrl of ['http://a:b@id.example/token', 'file:///token', 'token'])
      expect(faultsOf({ auth: { oauth2: { tokenUrl, clientId: 'a', clientSecret: 'b' } } })).toEqual([
        '/auth/oauth2/tokenUrl',
      ]);
  });
});

describe('a header of the settings', () => {
  it.each(['a\r\nX-Admin: 1', 'a\nb', 'a\rb', 'a\0b', 'ключ', ' a', 'a '])('with the value %j is refused', (value) => {
    expect(faultsOf({ auth: { header: { name: 'X-Api-Key', value } } })).toEqual(['/auth/header/value']);
    expect(faultsOf({ auth: { bearer: value } })).toEqual(['/auth/bearer']);
  });

  it.each(['X-Api-Key: a\r\nX-Admin', 'X Api', 'X-Api:', '', 'X\0', 'Ключ'])('named %j is refused', (name) => {
    expect(faultsOf({ auth: { header: { name, value: 'abc' } } })).toEqual(['/auth/header/name']);
  });

  it.each([
    ...[
      'Content-Length',
      'transfer-encoding',
      'Host',
      'Connection',
      'Expect',
      'Upgrade',
      'TE',
      'Trailer',
      'Keep-Alive',
    ],
    ...['Content-Type', 'Accept-Encoding', 'Idempotency-Key', 'traceparent', 'webhook-signature', 'webhook-id'],
  ])('named %s, which frames or signs the request, is refused', (name) => {
    expect(faultsOf({ auth: { header: { name, value: 'abc' } } })).toEqual(['/auth/header/name']);
  });

  it('may be any other', () => {
    for (const name of ['X-Api-Key', 'Authorization', 'apikey', 'Ocp-Apim-Subscription-Key'])
      expect(faultsOf({ auth: { header: { name, value: 'abc' } } })).toEqual([]);
  });

  it('of user and password is coded, whatever is in them', async () => {
    const auth = { basic: { username: 'a\r\nX-Admin: 1', password: 'p\r\n\r\nGET /admin' } };
    const connection = connectTo(http, { url: server.url, auth });
    await http.check?.(connection.context());
    expect(server.arrivals).toHaveLength(1);
    expect(server.arrivals[0]?.headers['x-admin']).toBeUndefined();
    await connection.destroy();
  });
});

describe('a value that becomes a header', () => {
  it.each(['\r\nX-Admin: 1', 'a\nb', '\0'])('and holds %j: nothing is sent', async (value) => {
    const pools = createPools({ connections: 1 });
    const client = createHttpClient({ pools, now: () => 0, timeoutMs: 3_000 });
    const request = { method: 'POST', origin: server.url, path: '/a', body: '{}' };
    for (const more of [
      { idempotencyKey: `k${value}` },
      { traceparent: value },
      { headers: { 'x-a': value } },
      { contentType: value },
    ])
      await expect(client.request({ ...request, ...more })).rejects.toMatchObject({ kind: 'invalid', sent: false });
    for (const path of [`/a${value}`, `/a HTTP/1.1\r\nHost: x\r\n\r\nGET /b`])
      await expect(client.request({ ...request, path })).rejects.toMatchObject({ kind: 'invalid', sent: false });
    expect(server.arrivals).toEqual([]);
    // The only connection of the pool is still good: undici alone would have lost it.
    expect((await client.request(request)).status).toBe(200);
    await pools.destroy();
  });

  it('and comes as a trace is taken only in the form of one', () => {
    for (const trace of ['00-x\r\nX-Admin: 1', `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01\r\nX: 1`])
      expect(readTraceparent(trace)).toBeUndefined();
  });
});

describe('an external id in an address', () => {
  const connectionTo = (update: string) =>
    connectTo(http, { url: `${server.url}/api`, records: { shipment: { update } } });

  it.each([
    ['a/b', '/api/shipments/a%2Fb'],
    ['a?admin=1', '/api/shipments/a%3Fadmin%3D1'],
    ['a#b', '/api/shipments/a%23b'],
    ['%2e%2e%2fadmin', '/api/shipments/%252e%252e%252fadmin'],
    ['a\r\nX-Admin: 1', '/api/shipments/a%0D%0AX-Admin%3A%201'],
    ['a\0b', '/api/shipments/a%00b'],
    ['a;jsessionid=1', '/api/shipments/a%3Bjsessionid%3D1'],
    ['a\\..\\b', undefined],
    ['订单 1', '/api/shipments/%E8%AE%A2%E5%8D%95%201'],
    ['...', '/api/shipments/...'],
    ['.', undefined],
    ['..', undefined],
    ['../../admin', undefined],
    ['a/../../admin', undefined],
    ['/..', undefined],
    ['', undefined],
    ['\ud800', undefined],
  ])('%j arrives as one segment, or nothing is sent', async (externalId, url) => {
    const connection = connectionTo('PUT /shipments/{id}');
    const pushed = http.push?.(anUpdate({ externalId }), connection.context());
    if (url === undefined) await expect(pushed).rejects.toMatchObject({ kind: 'invalid', sent: false });
    else await pushed;
    expect(server.arrivals.map((arrival) => arrival.url)).toEqual(url === undefined ? [] : [url]);
    await connection.destroy();
  });

  it('never leads out of its place: any text at all, in a path and in a query', () => {
    const template = parseTemplate('GET /api/orders/{id}/lines?of={cursor}&fixed=1');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (id, cursor) => {
        let target: string;
        try {
          target = fillTemplate(template, { id, cursor });
        } catch (error) {
          return error instanceof ConnectorError && error.kind === 'invalid';
        }
        const url = new URL(target, 'http://wms.example');
        const segments = url.pathname.split('/');
        return (
          url.host === 'wms.example' &&
          segments.length === 5 &&
          segments[4] === 'lines' &&
          decodeURIComponent(segments[3] ?? '') === id &&
          url.searchParams.get('of') === cursor &&
          url.searchParams.get('fixed') === '1' &&
          [...url.searchParams.keys()].length === 2
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    'PUT http://evil.example/{id}',
    'PUT shipments/{id}',
    'PUT /a b',
    'PUT /a\r\nX: 1',
    'TRACE /a',
    'CONNECT /a',
    'PUT /a#b',
    'PUT /订单/{id}',
  ])('stands in no template like %j', (update) =>
    expect(faultsOf({ records: { shipment: { update } } })).toEqual(['/records/shipment/update']),
  );
});

it.each(['__proto__.polluted', 'constructor.prototype.x', 'a.__proto__', 'a..b', ''])(
  'a path into answers like %j is refused',
  (id) => {
    expect(faultsOf({ records: { shipment: { id } } })).toEqual(['/records/shipment/id']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  },
);
