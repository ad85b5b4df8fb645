// Who may do what, on every route that the app really registers: a new route without a row here fails.
import { describe, expect, it } from 'vitest';
import { scopes } from '../../src/gateway/scopes.ts';
import { createHub } from '../gateway/hub.ts';

type Who = (typeof scopes)[number];

const readers: Who[] = ['read'];
const operators: Who[] = ['operate'];
const watchers: Who[] = ['metrics', 'read'];
const rulers: Who[] = ['policy'];
const administrators: Who[] = [];

/** Which scope is enough, beside `admin`; the rulings written out, so that a wrong declaration cannot agree with itself. */
const enough: Record<string, Who[] | 'own intake' | 'own feed' | 'nobody is asked'> = {
  'POST /v1/systems/:system/changes': 'own intake',
  'POST /v1/webhooks/:system': 'nobody is asked',
  'GET /v1/records/:type/:id': readers,
  'GET /v1/records/:type': readers,
  'PATCH /v1/records/:type/:id': operators,
  'GET /v1/records/:type/:id/timeline': readers,
  'POST /v1/records/:type/:id/replicas/:system/hold': operators,
  'POST /v1/records/:type/:id/replicas/:system/release': operators,
  'POST /v1/records/:type/:id/units/:unit/release': operators,
  'GET /v1/changes': readers,
  'GET /v1/feeds/:system': 'own feed',
  'POST /v1/feeds/:system/ack': 'own feed',
  'POST /v1/feeds/:system/reject': 'own feed',
  'GET /v1/deadletters': readers,
  'GET /v1/deadletters/:id': readers,
  'POST /v1/deadletters/replay': operators,
  'POST /v1/deadletters/:id/replay': operators,
  'POST /v1/deadletters/:id/discard': operators,
  'GET /v1/systems': readers,
  'POST /v1/systems/:system/pause': operators,
  'POST /v1/systems/:system/resume': operators,
  'POST /v1/systems/:system/check': operators,
  'POST /v1/systems/:system/reconcile': operators,
  'GET /v1/systems/:system/reconcile': readers,
  'GET /v1/tasks': readers,
  'POST /v1/tasks/:id/done': operators,
  'POST /v1/routing/decisions': [...readers, 'operate'],
  'POST /v1/returns': ['intake', 'operate'],
  'GET /v1/returns/:id': readers,
  'POST /v1/returns/:id/events': operators,
  'POST /v1/returns/:id/review': operators,
  'POST /v1/returns/:id/evidence': ['intake', 'operate'],
  'POST /v1/returns/decisions': [...readers, 'operate'],
  'GET /v1/customers/:id/return-profile': readers,
  'GET /v1/breakers': readers,
  'POST /v1/breakers/:id/open': operators,
  'POST /v1/breakers/:id/close': operators,
  'GET /v1/decisions': readers,
  'GET /v1/decisions/:id': readers,
  'GET /v1/policies': rulers,
  'GET /v1/policies/:name': rulers,
  'POST /v1/policies/:name/versions': rulers,
  'GET /v1/policies/:name/versions/:version': rulers,
  'POST /v1/policies/:name/versions/:version/check': rulers,
  'POST /v1/policies/:name/versions/:version/backtest': rulers,
  'POST /v1/policies/:name/versions/:version/approve': rulers,
  'POST /v1/policies/:name/versions/:version/activate': rulers,
  'POST /v1/policies/:name/versions/:version/shadow': rulers,
  'GET /v1/policies/:name/versions/:version/shadow': rulers,
  'GET /v1/policies/:name/versions/:version/diff/:to': rulers,
  'POST /v1/policies/:name/rollback': rulers,
  'GET /v1/audit': administrators,
  'GET /v1/keys': administrators,
  'POST /v1/keys': administrators,
  'DELETE /v1/keys/:id': administrators,
  'POST /v1/backups': administrators,
  'GET /v1/lag': watchers,
  'GET /metrics': watchers,
  'GET /openapi.json': readers,
  'GET /docs': readers,
  'GET /healthz': 'nobody is asked',
  'GET /readyz': 'nobody is asked',
};

/** What stands for the varying parts of a path: things that are there, so that a wrong answer cannot hide behind a 404. */
const parts: Record<string, string> = {
  system: 'erp',
  type: 'order',
  id: 'ord_1',
  unit: 'shipTo',
  name: 'routing',
  version: '1',
  to: '1',
};
const pathOf = (pattern: string): string => pattern.replace(/:(\w+)/g, (_, name: string) => parts[name] ?? name);

/** A key for each scope alone, as the system in the paths and as another one. */
const keysFor = (name: string) => scopes.map((scope) => `${name}:${scope}=k-${name}-${scope}`).join(';');
const hub = createHub({ keys: `${keysFor('erp')};${keysFor('shop')}` });

const registered = [...new Set(hub.app.routes.map(({ method, path }) => `${method} ${path}`))];

function mayPass(route: string, system: string, scope: Who): boolean {
  const rule = enough[route];
  if (rule === 'nobody is asked' || scope === 'admin') return true;
  if (rule === 'own intake') return system === 'erp' && scope === 'intake';
  if (rule === 'own feed') return system === 'erp' && scope === 'feed';
  return rule?.includes(scope) ?? false;
}

describe('who may do what', () => {
  it('is written here for every route of the app, and for no other', () => {
    expect(Object.keys(enough).sort()).toEqual(registered.sort());
  });

  it.each(registered)('%s', async (route) => {
    const [method = '', pattern = ''] = route.split(' ');
    const path = pathOf(pattern);
    for (const system of ['erp', 'shop']) {
      for (const scope of scopes) {
        const calls = hub.core.calls.length;
        const { status } = await hub.send(path, { method, key: `k-${system}-${scope}` });
        const passes = mayPass(route, system, scope);
        expect({ system, scope, passes: status !== 401 && status !== 403 }).toEqual({ system, scope, passes });
        if (!passes) expect(hub.core.calls.length, 'the store was asked for a caller that is refused').toBe(calls);
      }
    }
  });

  it.each(registered)('%s asks for a key, and for a right one', async (route) => {
    const [method = '', pattern = ''] = route.split(' ');
    const calls = hub.core.calls.length;
    const open = enough[route] === 'nobody is asked';
    for (const key of ['', 'k-erp', 'k-erp-admi', 'k-erp-admin2', 'K-ERP-ADMIN'])
      expect({ key, asks: (await hub.send(pathOf(pattern), { method, key })).status === 401 }).toEqual({
        key,
        asks: !open,
      });
    if (!open) expect(hub.core.calls.length).toBe(calls);
  });

  it('keeps a key to its own system, spelled in whatever way', async () => {
    const spellings = [
      'wms',
      'SHOP',
      'sho%70/../wms',
      '..%2fwms',
      'wms%00shop',
      'wms?system=shop',
      'wms#shop',
      '%77ms',
    ];
    for (const system of spellings) {
      const path = `/v1/systems/${system}/changes`;
      const { status } = await hub.send(path, { method: 'POST', key: 'k-shop-intake' });
      expect({ path, status }).toEqual({ path, status: expect.toSatisfy((code: number) => [403, 404].includes(code)) });
    }
    expect(hub.core.calls.filter(({ verb }) => verb === 'accept')).toEqual([]);
  });

  it('takes the name from the key, never from the request', async () => {
    const claims = {
      'x-system': 'erp',
      'x-forwarded-user': 'root',
      'x-original-url': '/healthz',
      'x-http-method-override': 'GET',
    };
    for (const path of ['/v1/feeds/erp', '/v1/keys']) {
      const { status } = await hub.send(path, { key: 'k-shop-feed', headers: claims });
      expect(status).toBe(403);
    }
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
    expect((await hub.send('/v1/systems/nope/changes', { method: 'POST', key: 'k-erp-read' })).status).toBe(403);
    expect((await hub.send('/v1/systems/nope/changes', { method: 'POST', key: 'k-erp-admin' })).status).toBe(404);
    expect((await hub.send('/v1/records/order/nope', { key: 'k-erp-metrics' })).status).toBe(403);
    expect((await hub.send('/v1/nothing', { key: 'k-erp-metrics' })).status).toBe(404);
  });

  it('names both ways to show a key', async () => {
    const header = (await hub.send('/v1/lag', { key: '' })).headers.get('www-authenticate');
    expect(header).toContain('Bearer');
    // A browser that meets another one first never asks for the key.
    expect(header).toMatch(/^Basic /);
  });

  it('takes Basic with the name of the key', async () => {
    const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
    expect((await hub.send('/v1/feeds/erp', { key: '', headers: basic('erp:k-erp-feed') })).status).toBe(200);
    expect((await hub.send('/v1/feeds/erp', { key: '', headers: basic('shop:k-erp-feed') })).status).toBe(401);
  });

  it('allows everything while no key is configured', async () => {
    const open = createHub({ keys: '' });
    for (const route of registered) {
      const [method = '', pattern = ''] = route.split(' ');
      expect([401, 403]).not.toContain((await open.send(pathOf(pattern), { method, key: '' })).status);
    }
  });
});
