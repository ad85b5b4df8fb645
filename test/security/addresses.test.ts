// Where requests may go: whatever a payload or an answer says, nothing inside is reached that nobody allowed.
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { http } from '../../connectors/http/index.ts';
import { ConnectorError } from '../../src/connector/error.ts';
import { splitUrl } from '../../src/connector/http.ts';
import { createHttpClient } from '../../src/connector/http-client.ts';
import { createPools, type PoolOptions, type Pools } from '../../src/connector/pools.ts';
import { isMetadataAddress, isPublicAddress, operatorRule, payloadRule } from '../../src/connector/private-address.ts';
import { places, projectFiles, read } from '../architecture/sources.ts';
import { anUpdate, aSend, connectTo } from '../connectors/connect.ts';
import { type MswServer, startMswServer } from '../connectors/msw-server.ts';

let canary: MswServer;
const opened: Pools[] = [];
beforeEach(async () => {
  canary = await startMswServer(on.all('*/*', () => HttpResponse.text('inside')));
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((pools) => pools.destroy()));
  await canary.close();
});

const port = () => new URL(canary.url).port;

async function ask(
  url: { origin: string; path: string },
  urlFrom: 'operator' | 'payload',
  options: Partial<PoolOptions> = {},
) {
  const pools = createPools({ connections: 1, ...options });
  opened.push(pools);
  const client = createHttpClient({
    pools,
    credentials: { auth: { bearer: 'tok-of-the-wms' } },
    timeoutMs: 3_000,
    now: () => 0,
  });
  return client.request({ method: 'GET', urlFrom, ...url });
}

async function refusal(asking: Promise<unknown>): Promise<ConnectorError> {
  const error = await asking.then(
    (answer) => answer,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConnectorError);
  return error as ConnectorError;
}

/** As a URL may spell them: decimal, octal, hexadecimal, short, full-width, mapped, expanded, with a dot at the end. */
const loopback = [
  ...['127.0.0.1', '127.1', '127.0.1', '0', '0.0.0.0', '127.127.127.127', '127.0.0.1.', '2130706433', '017700000001'],
  ...[
    '0177.0.0.1',
    '0177.0.0.01',
    '0x7f000001',
    '0x7F.0x0.0x0.0x1',
    '0x7f.1',
    '127.0x1',
    '１２７.０.０.１',
    '127。0。0。1',
  ],
  ...['①②⑦.⓪.⓪.①', '%31%32%37.0.0.1', '[::1]', '[0:0:0:0:0:0:0:1]', '[0000::0001]', '[::]', '[::ffff:127.0.0.1]'],
  ...['[::FFFF:7F00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', '[::127.0.0.1]', '[::ffff:0:127.0.0.1]', '[64:ff9b::127.0.0.1]'],
  ...['[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', 'localhost', 'LOCALHOST', 'localhost.', 'user@127.0.0.1'],
];

describe('an address from a payload', () => {
  it.each(loopback)('that spells loopback as %s is never dialled', async (host) => {
    const url = `http://${host}:${port()}/secret`;
    // As our own reader takes it, and raw, should a connector ever hand it on unread.
    const spellings = [{ origin: `http://${host}:${port()}`, path: '/secret' }];
    if (!host.includes('@')) spellings.push(splitUrl(url));
    for (const spelling of spellings) {
      const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
      const error = await ask(spelling, 'payload', { resolve }).then(
        (answer) => answer,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(Error);
    }
    expect(canary.arrivals).toEqual([]);
  });

  it.each(['127.1', '2130706433', '0x7f.1', '0177.0.0.01', '１２７.０.０.１', '[::ffff:127.0.0.1]'])(
    'is dialled as %s when the operator says so: it is the rule that holds it back',
    async (host) => {
      await ask(splitUrl(`http://${host}:${port()}/secret`), 'operator');
      expect(canary.arrivals).toHaveLength(1);
    },
  );

  it.each([
    '[fe80::1%25eth0]',
    '[::1%25lo]',
    '127.0.0.1%00.example.com',
    '127.0.0.1\\@example.com',
    '[::1',
    '999.1.1.1',
  ])('that no URL has, %s, is refused before anything is dialled', async (host) => {
    const url = `http://${host}:${port()}/`;
    const reached = (async () => ask(splitUrl(url), 'payload'))();
    await expect(reached).rejects.toThrow();
    expect(canary.arrivals).toEqual([]);
  });

  it('with a user or a password, or of another scheme, is refused', () => {
    for (const url of [
      'http://a:b@93.184.215.14/',
      'file:///etc/passwd',
      'gopher://127.0.0.1/',
      'javascript:1',
      '//127.0.0.1/',
    ])
      expect(() => splitUrl(url)).toThrow(/must/);
  });

  it.each([
    ['loopback', ['127.0.0.1']],
    ['a private network', ['10.0.0.5']],
    ['metadata', ['169.254.169.254']],
    ['loopback over IPv6', ['::1']],
    ['loopback mapped into IPv6', ['::ffff:127.0.0.1']],
    ['a link-local address with a zone', ['fe80::1%lo']],
    ['a unique local address', ['fd12:3456::1']],
    ['a public address and a private one', ['93.184.215.14', '192.168.1.1']],
    [
      'a private address behind many public ones',
      [...Array.from({ length: 30 }, (_, n) => `93.184.215.${n + 1}`), '127.0.0.1'],
    ],
  ])('whose name leads to %s is refused', async (_, addresses) => {
    const resolve = async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    const error = await refusal(ask({ origin: `http://evil.example:${port()}`, path: '/' }, 'payload', { resolve }));
    expect(error).toMatchObject({ kind: 'invalid', sent: false });
    expect(canary.arrivals).toEqual([]);
  });

  it('whose name is bound anew between two requests: each connection has its own answer checked', async () => {
    const answers = ['127.0.0.2', '127.0.0.1', '127.0.0.2'];
    const asked: string[] = [];
    const options: PoolOptions = {
      connections: 1,
      // This machine's own name for the test, by its exact address; the other loopback address is not allowed.
      allow: ['127.0.0.2'],
      resolve: async (host) => {
        asked.push(host);
        return [{ address: answers[asked.length - 1] ?? '', family: 4 }];
      },
    };
    const inside = await startMswServer(
      on.all('*/*', () => HttpResponse.text('inside', { headers: { connection: 'close' } })),
    );
    const pools = createPools(options);
    opened.push(pools);
    const client = createHttpClient({ pools, now: () => 0, timeoutMs: 3_000 });
    const request = {
      method: 'GET',
      urlFrom: 'payload' as const,
      origin: `http://rebind.example:${new URL(inside.url).port}`,
      path: '/',
    };
    // 127.0.0.2 is allowed and nothing listens there: dialled, and refused by the machine.
    expect(await refusal(client.request(request))).toMatchObject({ kind: 'unavailable' });
    const error = await refusal(client.request(request));
    expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('127.0.0.1') });
    expect(inside.arrivals).toEqual([]);
    // One answer for each connection: what was checked is what is dialled.
    expect(asked.length).toBeGreaterThanOrEqual(2);
    await inside.close();
  });

  it('is asked of the name service once for a connection, and the answer that was checked is dialled', async () => {
    let asked = 0;
    const resolve = async () => {
      asked += 1;
      // A second question would get another answer.
      return [{ address: asked === 1 ? '127.0.0.1' : '169.254.169.254', family: 4 }];
    };
    const answer = await ask({ origin: `http://files.internal:${port()}`, path: '/a' }, 'payload', {
      resolve,
      allow: ['files.internal'],
    });
    expect(answer.status).toBe(200);
    expect(asked).toBe(1);
  });

  it('that is allowed gets neither our credentials nor a signature', async () => {
    const resolve = async () => [{ address: '127.0.0.1', family: 4 }];
    await ask({ origin: `http://files.internal:${port()}`, path: '/a' }, 'payload', {
      resolve,
      allow: ['files.internal'],
    });
    expect(JSON.stringify(canary.arrivals)).not.toContain('tok-of-the-wms');
  });
});

describe('an address of the configuration', () => {
  it.each([
    ...['169.254.169.254', '100.100.100.200', '168.63.129.16', '192.0.0.192', '169.254.170.2', 'fe80::a9fe:a9fe'],
    ...['fd00:ec2::254', 'fd20:ce::254', 'fd00:c1::a9fe:a9fe', '::ffff:169.254.169.254', '64:ff9b::169.254.169.254'],
    ...['64:ff9b:1::a9fe:a9fe', '2002:a9fe:a9fe::1', '::169.254.169.254', '::ffff:0:a9fe:a9fe', '2a00::5efe:a9fe:a9fe'],
  ])('whose name leads to the metadata address %s is refused', async (address) => {
    expect(isMetadataAddress(address)).toBe(true);
    expect(isPublicAddress(address)).toBe(false);
    expect(operatorRule.refuses('wms.internal', address)).toContain('leads to');
    const resolve = async () => [{ address, family: address.includes(':') ? 6 : 4 }];
    const error = await refusal(ask({ origin: 'http://wms.internal', path: '/' }, 'operator', { resolve }));
    expect(error).toMatchObject({ kind: 'unavailable', sent: false });
  });

  it('is opened by no range to loopback, link-local and metadata, in whatever wrapping', () => {
    const rule = payloadRule(['0.0.0.0/0', '::/0']);
    expect(rule.refuses('erp', '10.1.2.3')).toBeUndefined();
    for (const address of [
      '127.0.0.1',
      '::ffff:127.0.0.1',
      '2002:7f00:1::',
      '64:ff9b:1::7f00:1',
      '::127.0.0.1',
      '2a00::5efe:7f00:1',
    ])
      expect(rule.refuses('erp', address)).toContain('not public');
  });
});

describe('a redirect', () => {
  const settings = () => ({
    url: `${canary.url}/api`,
    repeatSafe: 'idempotency-key',
    records: {
      shipment: {
        create: 'POST /shipments',
        update: 'PUT /shipments/{id}',
        delete: 'DELETE /shipments/{id}',
        fetch: 'GET /shipments/{id}',
        find: 'GET /shipments?code={number}',
        list: 'GET /shipments',
        poll: { request: 'GET /shipments?since={cursor}' },
        ask: 'POST /shipments/{id}/ask',
        hold: 'POST /shipments/{id}/hold',
        cancel: 'POST /shipments/{id}/cancel',
        transition: 'POST /shipments/{id}/to',
      },
    },
  });
  const record = 'shipment' as const;
  const question = { record, externalId: 'W-7', key: 'k', again: false };
  const deeds: [string, (c: typeof http, x: never) => Promise<unknown> | undefined][] = [
    ['create', (c, x) => c.push?.(aSend(), x)],
    ['update', (c, x) => c.push?.(anUpdate(), x)],
    ['delete', (c, x) => c.push?.(anUpdate({ op: 'delete' }), x)],
    ['fetch', (c, x) => c.fetch?.({ record, externalId: 'W-7' }, x)],
    ['find', (c, x) => c.find?.({ record, match: [{ field: 'number', value: 'SO-1' }] }, x)],
    ['list', (c, x) => c.list?.({ record, cursor: undefined }, x)],
    ['poll', (c, x) => c.poll?.({ record, cursor: undefined, now: 0 }, x)],
    ['check', (c, x) => c.check?.(x)],
    ['ask', (c, x) => c.ask?.(question, x)],
    ['hold', (c, x) => c.hold?.(question, x)],
    ['cancel', (c, x) => c.cancel?.(question, x)],
    ['transition', (c, x) => c.transition?.({ ...question, from: 'a', to: 'b' }, x)],
  ];

  it.each(deeds)('is not followed by %s', async (_, deed) => {
    const inside = await startMswServer(on.all('*/*', () => HttpResponse.text('inside')));
    for (const status of [301, 302, 303, 307, 308]) {
      canary.use(
        on.all(
          '*/*',
          () =>
            new HttpResponse(null, {
              status,
              headers: { location: `${inside.url}/x`, refresh: `0;url=${inside.url}` },
            }),
        ),
      );
      const connection = connectTo(http, settings());
      await expect(deed(http, connection.context() as never)).rejects.toMatchObject({ status });
      await connection.destroy();
    }
    expect(canary.arrivals).toHaveLength(5);
    expect(inside.arrivals).toEqual([]);
    await inside.close();
  });

  it('is not followed on the way to a token', async () => {
    const inside = await startMswServer(on.all('*/*', () => HttpResponse.json({ access_token: 't' })));
    canary.use(on.all('*/*', () => HttpResponse.redirect(`${inside.url}/token`, 307)));
    const auth = { oauth2: { tokenUrl: `${canary.url}/token`, clientId: 'hub', clientSecret: 'client-secret' } };
    const connection = connectTo(http, { ...settings(), auth });
    await expect(http.check?.(connection.context())).rejects.toMatchObject({ status: 307 });
    expect(inside.arrivals).toEqual([]);
    await connection.destroy();
    await inside.close();
  });
});

describe('there is no other way out: nothing else in the hub opens a connection', () => {
  const code = projectFiles.filter((file) => /^(src|connectors)\/.*\.tsx?$/.test(file));
  const own = (file: string): boolean =>
    /\bfunction fetch\(|import \{[^}]*\bfetch\b[^}]*\} from '\.\//.test(read(file));
  /** Sessions that are no HTTP: each goes to the host of its settings alone, where no payload has a say. */
  const sessions = [
    ...['connectors/sftp/session.ts', 'connectors/smtp/session.ts'],
    ...['src/connector/sql-mysql.ts', 'src/connector/sql-postgres.ts'],
  ];
  /** To the brokers of their settings, and to those that these name as their cluster. */
  const brokers = ['connectors/kafka/session.ts', 'connectors/nats/session.ts'];

  it('by HTTP', () => {
    const ways =
      /from '(node:)?(http2?|https|net|tls|dgram|dns|undici|node-fetch|axios|ws)(\/promises)?'|\bglobalThis\.fetch\b|new (WebSocket|EventSource)\b/;
    const allowed =
      /^src\/connector\/(pools|oauth|exchange|private-address)\.ts|^src\/cli\/http-request\.ts|^src\/config-fields\.ts|^src\/gateway\//;
    const isSession = (place: string): boolean =>
      [...sessions, ...brokers].some((file) => place.startsWith(`${file}:`));
    const found = places(code, ways).filter((place) => !place.includes('import type '));
    expect(found.filter((place) => !allowed.test(place) && !isSession(place))).toEqual([]);
    // A connector's own `fetch` reads one object through its client; that of the platform would go anywhere.
    const bare = code.filter((file) => !own(file));
    expect(places(bare, /(?:await|return|=>?)\s+fetch\(/)).toEqual([]);
  });

  it('by another protocol', () => {
    const libraries = /from '(ssh2[^']*|nodemailer\/lib\/smtp-connection|mysql2[^']*|pg)'/;
    const opening = places(code, libraries).filter((place) => !/^src\/store\/postgres\/|import type /.test(place));
    expect(opening.map((place) => place.replace(/:.*/, '')).sort()).toEqual([...sessions].sort());
    const connectors = sessions.filter((file) => file.startsWith('connectors/'));
    const dialled = places(connectors, /const \{ host, port\b/);
    expect(dialled).toHaveLength(connectors.length);
    for (const place of dialled) expect(place).toMatch(/const \{ host, port, .* \} = context\.settings;$/);
    const clients = places(code, /new (kafkajs\.)?Kafka\(|\{ (.*, )?connect\b.*from '@nats-io|^\s+connect,$/);
    expect(clients.map((place) => place.replace(/:.*/, '')).sort()).toEqual(brokers);
  });

  it('from the gateway, which takes connections and makes none', () => {
    const gateway = code.filter((file) => file.startsWith('src/gateway/'));
    expect(places(gateway, /\b(connect|request|createConnection)\(/)).toEqual([]);
  });
});
