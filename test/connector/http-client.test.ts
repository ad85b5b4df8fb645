import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Credentials } from '../../src/connector/auth.ts';
import { ConnectorError } from '../../src/connector/error.ts';
import { type HttpRequest, splitUrl } from '../../src/connector/http.ts';
import { createHttpClient } from '../../src/connector/http-client.ts';
import { createPools, type PoolOptions, type Pools } from '../../src/connector/pools.ts';
import { type MswServer, startMswServer } from '../connectors/msw-server.ts';

let server: MswServer;
let pools: Pools;
let now = 1_000_000_000_000;

beforeEach(async () => {
  server = await startMswServer(on.get('*/ok', () => HttpResponse.text('fine')));
  pools = createPools({ connections: 2 });
});
afterEach(async () => {
  await pools.destroy();
  await server.close();
});

function client(credentials: Credentials = {}, more: { timeoutMs?: number; secrets?: string[]; pools?: Pools } = {}) {
  return createHttpClient({ pools, credentials, timeoutMs: 3000, now: () => now, ...more });
}

const get = (path: string, more: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  origin: server.url,
  path,
  ...more,
});

async function failure(promise: Promise<unknown>): Promise<ConnectorError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConnectorError)) throw new Error(`no ConnectorError but ${String(error)}`);
  return error;
}

describe('the limit over the whole exchange', () => {
  it('ends an exchange whose answer never comes, and closes its connection', async () => {
    server.fault(() => true);
    const error = await failure(client({}, { timeoutMs: 50 }).request(get('/ok')));
    expect(error).toMatchObject({ kind: 'timeout', sent: true, status: undefined });
    await server.idle();
  });

  it('ends an exchange whose body trickles, however steadily', async () => {
    let drips = 0;
    server.fault((_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(`${++drips}`), 5);
      response.on('close', () => clearInterval(drip));
      return true;
    });
    expect(await failure(client({}, { timeoutMs: 100 }).request(get('/ok')))).toMatchObject({
      kind: 'timeout',
      sent: true,
    });
    await server.idle();
    expect(drips).toBeGreaterThan(0);
  });

  it('counts the wait for a connection, and sends nothing afterwards', async () => {
    let held: (() => void)[] = [];
    server.fault((_, response) => {
      held = [...held, () => void response.end('late')];
      return true;
    });
    const single = createPools({ connections: 1 });
    const http = client({}, { pools: single });
    const first = http.request(get('/first'));
    const second = await failure(http.request(get('/second', { timeoutMs: 40 })));
    expect(second).toMatchObject({ kind: 'timeout', sent: false });
    for (const release of held) release();
    expect((await first).text()).toBe('late');
    server.fault(undefined);
    expect((await http.request(get('/ok'))).text()).toBe('fine');
    expect(server.arrivals.map(({ url }) => url)).toEqual(['/first', '/ok']);
    await single.destroy();
  });

  it('ends at once when the hub stops, and does not begin when it has stopped', async () => {
    const stop = new AbortController();
    server.fault(() => {
      stop.abort();
      return true;
    });
    const request = get('/ok', { signal: stop.signal });
    expect(await failure(client().request(request))).toMatchObject({ kind: 'unavailable', sent: true });
    expect(await failure(client().request(request))).toMatchObject({ kind: 'unavailable', sent: false });
    expect(server.arrivals).toHaveLength(1);
  });
});

describe('bodies', () => {
  it('reads no more than the limit and lets go of the connection', async () => {
    server.use(on.get('*/huge', () => HttpResponse.text('x'.repeat(1_000_000), { status: 500 })));
    const http = client();
    for (let i = 0; i < 20; i++) {
      const answer = await http.request(get('/huge'));
      expect(answer).toMatchObject({ status: 500, truncated: true });
      expect(answer.bytes.length).toBe(65_536);
    }
    expect((await http.request(get('/huge', { maxBytes: 2_000_000 }))).text()).toHaveLength(1_000_000);
    expect(server.connections()).toBeLessThanOrEqual(3);
  });

  it('keeps exactly the limit whole', async () => {
    server.use(on.get('*/exact', () => HttpResponse.text('x'.repeat(100))));
    expect(await client().request(get('/exact', { maxBytes: 100 }))).toMatchObject({ truncated: false });
    expect(await client().request(get('/exact', { maxBytes: 99 }))).toMatchObject({ truncated: true });
  });

  it('does not unpack: what is compressed unasked stays what it is', async () => {
    server.fault(
      (_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(Buffer.alloc(40)) !== undefined,
    );
    expect((await client().request(get('/ok'))).bytes).toHaveLength(40);
  });

  it('keeps an excerpt of 4 KiB that ends with a whole character', async () => {
    server.use(on.get('*/long', () => HttpResponse.text(`a${'ä'.repeat(5000)}`)));
    const excerpt = (await client().request(get('/long'))).excerpt();
    expect(Buffer.byteLength(excerpt)).toBe(4095);
    expect(excerpt.endsWith('ä')).toBe(true);
  });
});

describe('what is kept of answers', () => {
  it.each<[string, Credentials, string[]]>([
    ['bearer', { auth: { bearer: 'tok"en-1' } }, ['tok"en-1', 'tok\\"en-1', 'tok%22en-1']],
    ['basic', { auth: { basic: { username: 'hub', password: 'pass-1' } } }, ['pass-1', btoa('hub:pass-1')]],
    ['header', { auth: { header: { name: 'x-key', value: 'Token abc-1' } } }, ['Token abc-1', 'abc-1']],
    ['signature', { sign: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }, ['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']],
  ])('hides every spelling of a %s secret', async (_, credentials, spellings) => {
    server.use(on.get('*/echo', () => HttpResponse.text(`you sent ${spellings.join(' and ')}.`)));
    const excerpt = (await client(credentials).request(get('/echo'))).excerpt();
    expect(excerpt).toBe(`you sent ${spellings.map(() => '[hidden]').join(' and ')}.`);
  });

  it('hides a secret that the cut would halve', async () => {
    server.use(on.get('*/echo', () => HttpResponse.text(`${'x'.repeat(4090)}topsecret-value`)));
    const excerpt = (await client({}, { secrets: ['topsecret-value'] }).request(get('/echo'))).excerpt();
    expect(excerpt).not.toContain('topse');
  });

  it('never follows a redirect', async () => {
    server.use(on.get('*/moved', () => HttpResponse.redirect(`${server.url}/ok`, 302)));
    expect((await client().request(get('/moved'))).status).toBe(302);
    expect(server.arrivals).toHaveLength(1);
  });
});

describe('failures below HTTP', () => {
  it('says what is no HTTP, what is cut short and what cannot be sent', async () => {
    server.fault((_, response) => response.socket?.end('HTTP/1.1 banana\r\n\r\n') !== undefined);
    expect(await failure(client().request(get('/ok')))).toMatchObject({ kind: 'unknown', sent: true });
    server.fault((_, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => response.destroy());
      return true;
    });
    expect(await failure(client().request(get('/ok')))).toMatchObject({ sent: true, status: undefined });
    const broken = client().request(get('/ok', { headers: { 'x-broken': 'a\nb' } }));
    expect(await failure(broken)).toMatchObject({ kind: 'invalid', sent: false });
  });

  it('repeats a dropped GET, and no POST that was not called safe', async () => {
    let drops = 1;
    server.fault((_, response) => drops-- > 0 && response.destroy() !== undefined);
    const first = await client().request(get('/ok'));
    expect([first.text(), first.repeated, (await client().request(get('/ok'))).repeated]).toEqual([
      'fine',
      true,
      false,
    ]);
    drops = 1;
    const post = { method: 'POST', origin: server.url, path: '/ok', body: '{}' };
    expect(await failure(client().request(post))).toMatchObject({ kind: 'unavailable', sent: true });
    expect(server.arrivals).toHaveLength(4);
  });
});

it('remembers what an earlier try has sent, when the last one cannot even connect', async () => {
  server.fault((_, response) => {
    void server.close();
    return response.destroy() !== undefined;
  });
  const put = { method: 'PUT', origin: server.url, path: '/ok', body: '{}', repeatSafe: true };
  expect(await failure(client().request(put))).toMatchObject({ kind: 'unavailable', sent: true });
  expect(await failure(client().request(put))).toMatchObject({ kind: 'unavailable', sent: false });
  expect(server.arrivals).toHaveLength(1);
});

describe('addresses', () => {
  const resolving = (...addresses: string[]): PoolOptions => ({
    connections: 1,
    resolve: async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
  });
  const port = () => new URL(server.url).port;
  const via = async (options: PoolOptions, host: string, urlFrom: 'operator' | 'payload') => {
    const own = createPools(options);
    try {
      const request = { ...splitUrl(`http://${host}:${port()}/ok`), method: 'GET', urlFrom };
      return await client({ auth: { bearer: 'tok' } }, { pools: own }).request(request);
    } finally {
      await own.destroy();
    }
  };

  it("dials an operator's loopback by literal and by name", async () => {
    expect((await via({ connections: 1 }, '127.0.0.1', 'operator')).status).toBe(200);
    expect((await via(resolving('127.0.0.1'), 'wms.internal', 'operator')).status).toBe(200);
  });

  it('lets no name lead to link-local addresses, not even the operator', async () => {
    const error = await failure(via(resolving('127.0.0.1', '169.254.169.254'), 'wms.internal', 'operator'));
    expect(error).toMatchObject({
      kind: 'unavailable',
      sent: false,
      message: expect.stringContaining('169.254.169.254'),
    });
  });

  it.each([
    '127.0.0.1',
    '127.1',
    '0x7f000001',
    '2130706433',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    '１２７.0.0.1',
  ])('refuses a loopback from a payload spelled %s', async (host) => {
    expect(await failure(via({ connections: 1 }, host, 'payload'))).toMatchObject({ kind: 'invalid', sent: false });
    expect(server.arrivals).toHaveLength(0);
  });

  it('refuses a name from a payload when one of its addresses is private', async () => {
    const error = await failure(via(resolving('93.184.215.14', '10.0.0.1'), 'evil.example', 'payload'));
    expect(error).toMatchObject({ kind: 'invalid', sent: false, message: expect.stringContaining('10.0.0.1') });
  });

  it('dials what egress.allow names, without our credentials', async () => {
    const answer = await via({ ...resolving('127.0.0.1'), allow: ['wms.internal'] }, 'wms.internal', 'payload');
    expect(answer.status).toBe(200);
    expect(server.arrivals[0]?.headers.authorization).toBeUndefined();
  });
});

describe('oauth2', () => {
  let issued = 0;
  let good = '';
  const oauth2 = { tokenUrl: '', clientId: 'hub id', clientSecret: 'se:cret', credentialsIn: 'header' as const };
  const credentials = (more: object = {}): Credentials => ({
    auth: { oauth2: { ...oauth2, tokenUrl: `${server.url}/token`, ...more } },
  });
  const tokenCalls = () => server.arrivals.filter(({ url }) => url === '/token');

  beforeEach(() => {
    issued = 0;
    server.use(
      on.post('*/token', () => {
        good = `token-${++issued}`;
        return HttpResponse.json({ access_token: good, expires_in: 3600 });
      }),
      on.get(
        '*/api',
        ({ request }) =>
          new HttpResponse(`saw ${good}`, {
            status: request.headers.get('authorization') === `Bearer ${good}` ? 200 : 401,
          }),
      ),
    );
  });

  it('follows a refresh token that is replaced with each use, once for however many wait, and hides it', async () => {
    let issuedFor: string[] = [];
    server.use(
      on.post('*/token', async ({ request }) => {
        const form = new URLSearchParams(await request.text());
        issuedFor = [...issuedFor, `${form.get('grant_type')} ${form.get('refresh_token')}`];
        good = `token-${++issued}`;
        return HttpResponse.json({ access_token: good, refresh_token: `next-${issued}`, expires_in: 3600 });
      }),
      on.get('*/echo', () => new HttpResponse(`first-refresh next-1 next-2 ${good}`)),
    );
    const http = client(credentials({ refreshToken: 'first-refresh', credentialsIn: 'form' }));
    await Promise.all(Array.from({ length: 5 }, () => http.request(get('/api'))));
    good = 'revoked';
    expect((await http.request(get('/api'))).status).toBe(200);
    expect(issuedFor).toEqual(['refresh_token first-refresh', 'refresh_token next-1']);
    const seen = (await http.request(get('/echo'))).excerpt();
    expect(seen).toBe('[hidden] [hidden] [hidden] [hidden]');
  });

  it('takes no refresh token where the settings have none: the client is asked by its own credentials again', async () => {
    server.use(
      on.post('*/token', () => {
        good = `token-${++issued}`;
        return HttpResponse.json({ access_token: good, refresh_token: 'unasked', expires_in: 3600 });
      }),
    );
    const http = client(credentials());
    await http.request(get('/api'));
    good = 'revoked';
    expect((await http.request(get('/api'))).status).toBe(200);
    expect(tokenCalls().map(({ body }) => body)).toEqual(Array(2).fill('grant_type=client_credentials'));
  });

  it.each([
    [
      400,
      { error: 'invalid_grant' },
      /^no token: 400 invalid_grant: the refresh token of the settings is not taken any/,
    ],
    [400, { status: 'BAD_REFRESH_TOKEN' }, /^no token: 400: the refresh token of the settings is not taken any more/],
    [401, { error: 'invalid_client' }, /^no token: 401 invalid_client$/],
    [503, {}, /^no token: 503$/],
  ])('says what to do where a refresh token is refused: %i %j', async (status, body, message) => {
    server.use(on.post('*/token', () => HttpResponse.json(body, { status })));
    const error = await failure(client(credentials({ refreshToken: 'first' })).request(get('/api')));
    expect(error.message).toMatch(message);
    expect(error.message.endsWith('put the new refreshToken into its settings, and restart')).toBe(
      error.message.includes('not taken'),
    );
  });

  it('carries a token in whichever header the system wants it', async () => {
    const http = client({ ...credentials(), tokenHeader: (token) => ['x-token', token] });
    await http.request(get('/api'));
    const [asked] = server.arrivals.filter(({ url }) => url === '/api');
    expect(asked?.headers).toMatchObject({ 'x-token': 'token-1' });
    expect(asked?.headers.authorization).toBeUndefined();
  });

  it('asks once for however many wait, and hides the token', async () => {
    const http = client(credentials({ scope: 'orders' }));
    const answers = await Promise.all(Array.from({ length: 8 }, () => http.request(get('/api'))));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(tokenCalls()).toHaveLength(1);
    expect(tokenCalls()[0]).toMatchObject({
      body: 'grant_type=client_credentials&scope=orders',
      headers: { authorization: `Basic ${btoa('hub%20id:se%3Acret')}` },
    });
    expect(answers[0]?.excerpt()).toBe('saw [hidden]');
  });

  it('puts id and secret into the form when told so', async () => {
    await client(credentials({ credentialsIn: 'form' })).request(get('/api'));
    expect(tokenCalls()[0]?.body).toBe('grant_type=client_credentials&client_id=hub+id&client_secret=se%3Acret');
  });

  it('renews before the end, once for all', async () => {
    const http = client(credentials());
    await http.request(get('/api'));
    now += 3_539_000;
    await http.request(get('/api'));
    expect(tokenCalls()).toHaveLength(1);
    now += 2_000;
    await Promise.all([http.request(get('/api')), http.request(get('/api'))]);
    expect(tokenCalls()).toHaveLength(2);
  });

  it('renews a token that the system refuses, once', async () => {
    const http = client(credentials());
    await http.request(get('/api'));
    good = 'revoked';
    expect((await http.request(get('/api'))).status).toBe(200);
    server.use(on.get('*/api', () => new HttpResponse(null, { status: 401 })));
    expect((await http.request(get('/api'))).status).toBe(401);
    expect(tokenCalls()).toHaveLength(3);
  });

  it.each([
    [401, { error: 'invalid_client' }, 'unauthorized', 'no token: 401 invalid_client'],
    [400, {}, 'unauthorized', 'no token: 400'],
    [503, {}, 'unavailable', 'no token: 503'],
    [200, { token: 'x' }, 'unauthorized', 'the token answer holds no usable access_token'],
  ])('says that nothing was sent when the token request answers %i', async (status, body, kind, message) => {
    server.use(on.post('*/token', () => HttpResponse.json(body, { status, headers: { 'retry-after': '5' } })));
    const error = await failure(client(credentials()).request(get('/api')));
    expect(error).toMatchObject({ kind, message, sent: false });
    expect(error.retryAfterMs).toBe(status === 200 ? undefined : 5000);
  });

  it('waits for a token no longer than the exchange may last', async () => {
    server.fault(({ url }) => url === '/token');
    const error = await failure(client(credentials(), { timeoutMs: 50 }).request(get('/api')));
    expect(error).toMatchObject({ kind: 'timeout', sent: false });
    expect(server.arrivals.map(({ url }) => url)).toEqual(['/token']);
  });
});
