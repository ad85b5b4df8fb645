import { describe, expect, it } from 'vitest';
import { lag, records, system as systemSchema, systems } from '../../src/gateway/schemas.ts';
import { createHub, json } from './hub.ts';

describe('systems', () => {
  it('show their condition, counts and lag', async () => {
    const hub = createHub();
    hub.deps.metrics.feedPolled('erp', hub.clock.now());
    const all = systems.parse(await (await hub.send('/v1/systems')).json()).systems;
    expect(all.map(({ system, state }) => [system, state])).toEqual([
      ['shop', 'active'],
      ['wms', 'active'],
      ['erp', 'active'],
    ]);
    expect(all[1]).toMatchObject({
      role: 'wms',
      connector: 'http',
      lagSeconds: 4.2,
      replicas: { synced: 0, behind: 12, parked: 0, unclear: 0, dead: 1, held: 0 },
      lastPollAt: null,
    });
    expect(all[2]).toMatchObject({ lastPollAt: '2026-11-23T05:00:00.000Z', replicas: { synced: 3 } });
  });

  it('are open while their breaker is, unless a person or a bad key stopped them', async () => {
    const breaker = { state: 'open', since: '2026-11-23T04:59:00.000Z' } as const;
    const delivery = { ...createHub().deps.delivery, view: () => ({ breaker, lastSuccessAt: null, lastPollAt: null }) };
    const hub = createHub({ deps: { delivery } });
    hub.core.rows.systems.push({ system: 'wms', state: 'unauthorized', since: 0, reason: '401' });
    const all = systems.parse(await (await hub.send('/v1/systems')).json()).systems;
    expect(all.map(({ state, reason }) => [state, reason])).toEqual([
      ['open', null],
      ['unauthorized', '401'],
      ['open', null],
    ]);
    expect(all[0]?.breaker).toEqual(breaker);
  });

  it('are paused and resumed: first durably, then in the loop', async () => {
    const order: string[] = [];
    const delivery = {
      ...createHub().deps.delivery,
      pause: (id: string) => void order.push(`pause ${id}`),
      resume: (id: string) => void order.push(`resume ${id}`),
    };
    const hub = createHub({
      deps: { delivery },
      core: { setSystem: async (id, state) => void order.push(`${state} ${id}`) },
    });
    const response = await hub.send('/v1/systems/wms/pause', { ...json({ reason: 'stock-taking' }), key: 'k-operate' });
    expect(systemSchema.parse(await response.json()).system).toBe('wms');
    expect(hub.core.last('setSystem')).toEqual(['wms', 'paused', 'stock-taking', 'ops']);
    await hub.send('/v1/systems/wms/resume', { method: 'POST' });
    expect(order).toEqual(['paused wms', 'pause wms', 'active wms', 'resume wms']);
    expect((await hub.send('/v1/systems/nope/pause', { method: 'POST' })).status).toBe(404);
    expect((await hub.send('/v1/systems/wms/pause', json({ why: 'x' }))).status).toBe(400);
  });

  it('are checked', async () => {
    const delivery = {
      ...createHub().deps.delivery,
      check: async () => ({ ok: false, message: '401 from GET /ping' }),
    };
    const hub = createHub({ deps: { delivery } });
    const response = await hub.send('/v1/systems/wms/check', { method: 'POST' });
    expect(systemSchema.parse(await response.json()).check).toEqual({ ok: false, message: '401 from GET /ping' });
  });
});

describe('lag', () => {
  it('is told by system and record, with how long the way took', async () => {
    const hub = createHub();
    hub.deps.metrics.synced('wms', 'order', 0.004);
    const { at, systems: all } = lag.parse(await (await hub.send('/v1/lag', { key: 'k-metrics' })).json());
    expect(at).toBe('2026-11-23T05:00:00.000Z');
    expect(all[0]).toMatchObject({
      system: 'wms',
      lagSeconds: 4.2,
      records: [{ record: 'order', behind: 12, dead: 1, oldest: 'ord_1' }],
    });
    expect(all[0]?.syncDuration.p99).toBeGreaterThan(0.0025);
    expect(all[1]?.syncDuration).toEqual({ p50: null, p99: null });
  });

  it('is in the metrics too', async () => {
    const hub = createHub();
    const response = await hub.send('/metrics', {
      key: 'k-metrics',
      headers: { accept: 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1' },
    });
    expect(response.headers.get('content-type')).toContain('text/plain');
    expect(await response.text()).toContain('syncline_sync_lag_seconds{system="wms",record="order"} 4.2\n');
  });
});

describe('health', () => {
  it('is alive whatever the store does, ready when the store is', async () => {
    const hub = createHub({ core: { ready: () => Promise.reject(new Error('SQLITE_FULL')) } });
    expect((await hub.send('/healthz', { key: '' })).status).toBe(200);
    const response = await hub.send('/readyz', { key: '' });
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '2']);
    expect(await response.text()).not.toContain('SQLITE');
    expect(hub.lines.join('')).toContain('SQLITE_FULL');
    expect((await createHub().send('/readyz', { key: '' })).status).toBe(200);
  });

  it('is not ready while it starts, stops, or the store is silent', async () => {
    expect((await createHub({ deps: { ready: () => false } }).send('/readyz')).status).toBe(503);
    const stopping = createHub();
    stopping.closing.abort();
    expect((await stopping.send('/readyz')).status).toBe(503);
    const silent = createHub({ core: { ready: () => new Promise(() => {}) } });
    const answer = silent.send('/readyz');
    await new Promise((resolve) => setImmediate(resolve));
    silent.clock.advance(2_000);
    expect((await answer).status).toBe(503);
  });
});

describe('tasks', () => {
  it('are listed and answered', async () => {
    const hub = createHub();
    const page = records.parse(await (await hub.send('/v1/tasks?state=all&limit=5')).json());
    expect(page.items[0]).toMatchObject({ record: 'task', id: 'tsk_1', data: { options: ['keep'] } });
    expect(hub.core.last('tasks')).toEqual(['all', 5, null]);
    const done = await hub.send('/v1/tasks/tsk_1/done', {
      ...json({ decision: 'keep', reason: 'asked' }),
      key: 'k-operate',
    });
    expect(done.status).toBe(200);
    expect(hub.core.last('taskDone')).toEqual(['tsk_1', 'keep', 'asked', 'ops']);
    expect((await hub.send('/v1/tasks/tsk_1/done', json({}))).status).toBe(400);
    expect((await hub.send('/v1/tasks/nope/done', json({ decision: 'keep' }))).status).toBe(404);
    expect((await hub.send('/v1/tasks?state=closed')).status).toBe(400);
  });
});
