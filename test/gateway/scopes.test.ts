import { describe, expect, it } from 'vitest';
import { allRoutes } from '../../src/gateway/gateway.ts';
import { createHub } from './hub.ts';

const everyone = ['k-intake', 'k-feed', 'k-read', 'k-pii', 'k-operate', 'k-policy', 'k-metrics', 'k-admin'];
const readers = ['k-read', 'k-pii', 'k-admin'];
const operators = ['k-operate', 'k-admin'];
const watchers = [...readers, 'k-metrics'];

/** Who may, by the rulings; the routes are written out so that a wrong declaration cannot agree with itself. */
const allowed: Record<string, string[] | 'public'> = {
  'POST /v1/systems/shop/changes': ['k-intake', 'k-admin'],
  'POST /v1/webhooks/shop': 'public',
  'GET /v1/records/order/ord_1': readers,
  'GET /v1/records/order?external=crm:8812': readers,
  'PATCH /v1/records/order/ord_1': operators,
  'GET /v1/records/order/ord_1/timeline': readers,
  'POST /v1/records/order/ord_1/replicas/wms/hold': operators,
  'POST /v1/records/order/ord_1/replicas/wms/release': operators,
  'POST /v1/records/order/ord_1/units/shipTo/release': operators,
  'GET /v1/changes': readers,
  'GET /v1/feeds/erp': ['k-feed', 'k-admin'],
  'POST /v1/feeds/erp/ack': ['k-feed', 'k-admin'],
  'POST /v1/feeds/erp/reject': ['k-feed', 'k-admin'],
  'GET /v1/deadletters': readers,
  'GET /v1/deadletters/dl_1': readers,
  'POST /v1/deadletters/replay': operators,
  'POST /v1/deadletters/dl_1/replay': operators,
  'POST /v1/deadletters/dl_1/discard': operators,
  'GET /v1/systems': readers,
  'POST /v1/systems/wms/pause': operators,
  'POST /v1/systems/wms/resume': operators,
  'POST /v1/systems/wms/check': operators,
  'GET /v1/tasks': readers,
  'POST /v1/tasks/tsk_1/done': operators,
  'GET /v1/keys': ['k-admin'],
  'POST /v1/keys': ['k-admin'],
  'DELETE /v1/keys/0707070707070707': ['k-admin'],
  'POST /v1/backups': ['k-admin'],
  'GET /v1/audit': ['k-admin'],
  'GET /v1/lag': watchers,
  'GET /metrics': watchers,
  'GET /openapi.json': readers,
  'GET /docs': readers,
  'GET /healthz': 'public',
  'GET /readyz': 'public',
};

const hub = createHub();
const cases = Object.entries(allowed).map(([name, keys]) => {
  const [method = '', path = ''] = name.split(' ');
  return { name, method, path, keys };
});

describe('who may do what', () => {
  it.each(cases)('$name', async ({ method, path, keys }) => {
    for (const key of everyone) {
      const { status } = await hub.send(path, { method, key });
      const refused = status === 401 || status === 403;
      expect({ key, refused }).toEqual({ key, refused: keys !== 'public' && !keys.includes(key) });
    }
    const { status } = await hub.send(path, { method, key: '' });
    expect(status === 401).toBe(keys !== 'public');
  });

  it('covers every route', () => {
    const fits = (pattern: string, path: string) =>
      new RegExp(`^${pattern.replace(/:\w+/g, '[^/]+')}$`).test(path.split('?')[0] ?? '');
    for (const route of allRoutes(hub.deps)) {
      const verb = route.method.toUpperCase();
      expect(
        cases.some(({ method, path }) => method === verb && fits(route.path, path)),
        `${verb} ${route.path}`,
      ).toBe(true);
    }
  });

  it("keeps a key to its own system's intake and feed", async () => {
    expect((await hub.send('/v1/systems/wms/changes', { method: 'POST', key: 'k-intake' })).status).toBe(403);
    expect((await hub.send('/v1/feeds/wms', { key: 'k-feed' })).status).toBe(403);
  });

  it('answers 401 before 403 before 404', async () => {
    for (const [path, method] of [
      ['/v1/systems/nope/changes', 'POST'],
      ['/v1/nothing', 'GET'],
      ['/v1/records/order/nope', 'GET'],
    ] as const) {
      expect((await hub.send(path, { method, key: '' })).status).toBe(401);
      expect((await hub.send(path, { method, key: 'wrong' })).status).toBe(401);
    }
    expect((await hub.send('/v1/systems/nope/changes', { method: 'POST', key: 'k-read' })).status).toBe(403);
    expect((await hub.send('/v1/systems/nope/changes', { method: 'POST' })).status).toBe(404);
    expect((await hub.send('/v1/records/order/nope', { key: 'k-metrics' })).status).toBe(403);
    expect((await hub.send('/v1/nothing', { key: 'k-metrics' })).status).toBe(404);
  });

  it('names both ways to show a key', async () => {
    const header = (await hub.send('/v1/lag', { key: '' })).headers.get('www-authenticate');
    expect(header).toContain('Bearer');
    // A browser that meets another one first never asks for the key.
    expect(header).toMatch(/^Basic /);
  });

  it('takes Basic with the name of the key', async () => {
    const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
    expect((await hub.send('/v1/feeds/erp', { key: '', headers: basic('erp:k-feed') })).status).toBe(200);
    expect((await hub.send('/v1/feeds/erp', { key: '', headers: basic('shop:k-feed') })).status).toBe(401);
  });

  it('allows everything while no key is configured', async () => {
    const open = createHub({ keys: '' });
    for (const { method, path } of cases) {
      expect([401, 403]).not.toContain((await open.send(path, { method, key: '' })).status);
    }
  });
});
