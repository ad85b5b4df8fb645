// Pages of other sites in somebody's browser: they can neither act with kept credentials nor read an open hub.
import { describe, expect, it } from 'vitest';
import { createHub, json } from '../gateway/hub.ts';

const basic = { authorization: `Basic ${Buffer.from('ops:k-operate').toString('base64')}` };
const at = (host: string, path: string) => `http://${host}${path}`;

describe('a page of another site', () => {
  it.each(['https://evil.example', 'http://localhost:1234', 'http://hub.example.evil.example', 'null', 'file://', ''])(
    'of %j cannot act with the credentials that a browser keeps',
    async (origin) => {
      const hub = createHub();
      for (const path of ['/v1/systems/wms/pause', '/v1/deadletters/dl_1/replay', '/v1/tasks/tsk_1/done']) {
        const headers = { ...basic, origin };
        const { status } = await hub.send(at('hub.example', path), { method: 'POST', key: '', headers });
        expect({ path, status }).toEqual({ path, status: 403 });
      }
      expect(hub.core.calls).toEqual([]);
    },
  );

  it('cannot send JSON as something that a form may send', async () => {
    const hub = createHub();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const init = { ...json({ reason: 'x' }, { ...basic, 'content-type': type }), key: '' };
      expect((await hub.send('/v1/systems/wms/pause', init)).status).toBe(415);
    }
    expect(hub.core.calls).toEqual([]);
  });

  it('is told nothing: no answer allows another origin to read it', async () => {
    const hub = createHub();
    const response = await hub.send('/v1/records/order/ord_1', { headers: { origin: 'https://evil.example' } });
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    const preflight = await hub.send('/v1/keys', { method: 'OPTIONS', headers: { origin: 'https://evil.example' } });
    expect(preflight.status).toBe(405);
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
  });
});

it("the hub's own pages may act, also behind a proxy that ends TLS, and programs that send no Origin", async () => {
  const hub = createHub({ deps: { publicUrl: 'https://sync.example' } });
  const pause = (host: string, headers: Record<string, string>) =>
    hub.send(at(host, '/v1/systems/wms/pause'), { method: 'POST', key: '', headers: { ...basic, ...headers } });
  expect((await pause('hub.example:8080', { origin: 'http://hub.example:8080' })).status).toBe(200);
  expect((await pause('hub.example', { origin: 'https://hub.example' })).status).toBe(200);
  expect((await pause('10.0.0.7:8080', { origin: 'https://sync.example' })).status).toBe(200);
  expect((await pause('hub.example', {})).status).toBe(200);
});

describe('a hub without keys', () => {
  const open = createHub({ keys: '' });

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '127.evil.example',
    '10.0.0.1',
    '[::2]',
  ])('tells nothing to whoever calls it %s: a name that somebody bound to this machine', async (host) => {
    for (const path of ['/v1/records/order/ord_1', '/v1/systems', '/openapi.json', '/docs', '/metrics'])
      expect((await open.send(at(host, path), { key: '' })).status).toBe(403);
    expect((await open.send(at(host, '/v1/keys'), { ...json({ name: 'a', scopes: ['admin'] }), key: '' })).status).toBe(
      403,
    );
    expect(open.core.calls).toEqual([]);
  });

  it.each(['localhost', 'localhost:8080', '127.0.0.1:8080', '127.1.2.3', '[::1]:8080'])(
    'answers as %s',
    async (host) => {
      expect((await createHub({ keys: '' }).send(at(host, '/v1/systems'), { key: '' })).status).toBe(200);
    },
  );

  it('has its health asked under any name', async () => {
    expect((await open.send(at('hub.example', '/healthz'), { key: '' })).status).toBe(200);
  });
});

it('names of keys are not those of somebody else in the audit', async () => {
  const hub = createHub();
  for (const name of ['cli', 'hub', 'console', 'policy', 'anonymous'])
    expect((await hub.send('/v1/keys', json({ name, scopes: ['operate'] }))).status).toBe(400);
  expect(() => createHub({ keys: 'cli:operate=abcdef' })).toThrow('somebody else');
});

it('whoever has no key is told of no system by the route that asks for none', async () => {
  const hub = createHub();
  const answers = await Promise.all(
    ['shop', 'shp', 'nobody'].map(async (name) => {
      const response = await hub.send(`/v1/webhooks/${name}`, { method: 'POST', key: '' });
      return (await response.text()).replaceAll(name, '…');
    }),
  );
  expect(new Set(answers).size).toBe(1);
});
