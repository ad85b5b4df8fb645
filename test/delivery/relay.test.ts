// The relay with systems that work, fail, ask for patience, and recover.
import { describe, expect, it } from 'vitest';
import { ConnectorError } from '../../src/connector/contract.ts';
import { down, fakeSystem, refusal } from './fake-system.ts';
import { names } from './memory-core.ts';
import { aScene, breaker, started } from './scene.ts';

describe('delivering', () => {
  it('begins with the commit that makes a replica fall behind, without any time passing', async () => {
    const { core, clock, wms } = await started();
    expect(core.waiting()).toEqual([{ system: 'wms', limit: 8 }]);
    const timers = clock.timers();
    core.commit('wms', ['shp_1']);
    await clock.calm();
    wms.open[0]?.take();
    await clock.calm();
    expect(core.replica('shp_1').state).toBe('synced');
    expect(clock.timers()).toBe(timers);
  });

  it('keeps a claim standing while attempts are under way, for the slots that are left', async () => {
    const { core, clock, wms } = await started();
    core.commit('wms', names(3));
    await clock.calm();
    expect(wms.open).toHaveLength(3);
    expect(core.waiting()).toEqual([{ system: 'wms', limit: 5 }]);
  });

  it('never has more under way than its concurrency, and goes on as slots become free', async () => {
    const { core, clock, wms } = await started();
    core.commit('wms', names(20));
    await clock.calm();
    expect(wms.open).toHaveLength(8);
    wms.open[0]?.take();
    await clock.calm();
    expect(wms.open).toHaveLength(8);
    expect(wms.pushed).toHaveLength(9);
    while (wms.open.length > 0) {
      wms.open[0]?.take();
      await clock.calm();
    }
    expect(core.count('wms', 'synced')).toBe(20);
    expect(wms.most).toBe(8);
  });

  it('claims at most 64 at once', async () => {
    const { core, clock, wms } = await started({ limits: { concurrency: 200 } });
    core.commit('wms', names(150));
    await clock.calm();
    expect(wms.open).toHaveLength(150);
    expect(Math.max(...core.claims.map(({ limit }) => limit))).toBe(64);
  });

  it('keeps to the rate', async () => {
    const { core, clock, wms } = await started({ limits: { concurrency: 50, rate: { count: 5, perMs: 1000 } } });
    wms.answer = () => ({});
    core.commit('wms', names(20));
    await clock.calm();
    expect(wms.pushed).toHaveLength(5);
    await clock.advance(1000);
    expect(wms.pushed).toHaveLength(10);
    await clock.advance(2000);
    expect(wms.pushed).toHaveLength(20);
  });

  it('counts outcomes as the store names them, and beats every second even when idle', async () => {
    const { core, clock, wms, counts, beats } = await started();
    wms.answer = ({ recordId }) => (recordId === 'shp_2' ? refusal() : {});
    core.commit('wms', names(3));
    await clock.advance(5000);
    expect(Object.fromEntries(counts)).toEqual({ 'attempt wms delivered': 2, 'attempt wms rejected': 1 });
    expect(beats.map((at) => at - (beats[0] ?? 0))).toEqual([0, 1000, 2000, 3000, 4000, 5000]);
  });

  it('settles what ends while the store is at work in one batch', async () => {
    const { core, clock, wms } = await started();
    core.commit('wms', names(8));
    await clock.calm();
    let go: () => void = () => undefined;
    core.before.settle = () =>
      new Promise((resolve) => {
        go = resolve;
      });
    wms.open[0]?.take();
    await clock.calm();
    for (const push of [...wms.open]) push.take();
    await clock.calm();
    core.before.settle = () => undefined;
    go();
    await clock.calm();
    expect(core.batches).toEqual([1, 7]);
  });

  it('does not slow the others while half the systems are stuck', async () => {
    const ids = names(10, 'system');
    const systems = Object.fromEntries(ids.map((id) => [id, fakeSystem(id)]));
    const { core, clock } = await started({ systems });
    for (const id of ids) core.commit(id, names(100, `${id}_shp`));
    const working = ids.slice(5);
    for (const id of working) {
      const system = systems[id];
      if (system) system.answer = () => ({});
    }
    for (const id of working) core.commit(id, [`${id}_new`]);
    await clock.calm();
    for (const id of working) core.commit(id, [`${id}_late`]);
    await clock.calm();
    for (const id of working) expect(core.replica(`${id}_late`).state).toBe('synced');
    for (const id of ids.slice(0, 5)) expect(core.count(id, 'claimed')).toBe(8);
  });
});

describe('one bad record among good ones', () => {
  it('spends its attempts, does not open the breaker, and ends as given up', async () => {
    const { core, clock, wms, relay } = await started();
    wms.answer = ({ recordId }) => (recordId === 'bad' ? down() : {});
    core.commit('wms', ['good_0', 'bad']);
    for (let n = 1; n <= 5; n += 1) {
      await clock.advance(400);
      core.commit('wms', [`good_${n}`]);
      await clock.advance(600);
    }
    expect(core.replica('bad')).toMatchObject({ state: 'dead', attempts: 3 });
    expect(core.count('wms', 'synced')).toBe(6);
    expect(relay.port.view('wms').breaker.state).toBe('closed');
  });
});

describe('a system that is down', () => {
  it('opens the breaker, spends nothing, and is left in peace until the cooldown is over', async () => {
    const { core, clock, wms, relay, counts } = await started();
    wms.answer = down;
    core.commit('wms', names(30));
    await clock.calm();
    expect(relay.port.view('wms').breaker.state).toBe('open');
    expect(counts.get('breaker wms open')).toBe(1);
    const asked = wms.pushed.length;
    expect(asked).toBeLessThanOrEqual(8);
    expect(core.waiting()).toEqual([]);
    await clock.advance(breaker.cooldownMs - 1);
    expect(wms.pushed).toHaveLength(asked);
    for (const id of names(30)) expect(core.replica(id)).toMatchObject({ state: 'behind', attempts: 0 });
  });

  it('is probed by one at a time, once per cooldown', async () => {
    const { core, clock, wms, relay } = await started();
    wms.answer = down;
    core.commit('wms', names(30));
    await clock.calm();
    const asked = wms.pushed.length;
    wms.answer = undefined;
    await clock.advance(breaker.cooldownMs);
    expect(wms.open).toHaveLength(1);
    expect(relay.port.view('wms').breaker.state).toBe('half_open');
    await clock.advance(4 * breaker.cooldownMs);
    expect(wms.pushed).toHaveLength(asked + 1);
    wms.open[0]?.fail(down());
    await clock.advance(breaker.cooldownMs - 1);
    expect(wms.pushed).toHaveLength(asked + 1);
    await clock.advance(1);
    expect(wms.pushed).toHaveLength(asked + 2);
    for (const id of names(30)) expect(core.replica(id).attempts).toBe(0);
  });

  it('recovers with a slow start: one, then two, then four at once', async () => {
    const { core, clock, wms, relay } = await started();
    wms.answer = down;
    core.commit('wms', names(60));
    await clock.calm();
    wms.answer = undefined;
    await clock.advance(breaker.cooldownMs);
    const widths: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      widths.push(wms.open.length);
      wms.open[0]?.take();
      await clock.calm();
    }
    expect(widths).toEqual([1, 1, 2, 4, 8]);
    expect(relay.port.view('wms')).toMatchObject({ breaker: { state: 'closed' } });
  });

  it('never sees more than the configured concurrency after half an hour of failing', async () => {
    const { core, clock, wms } = await started();
    wms.answer = down;
    core.commit('wms', names(200));
    await clock.advance(30 * 60_000);
    const asked = wms.pushed.length;
    expect(asked).toBeLessThan(400);
    wms.answer = () => ({});
    await clock.advance(2 * breaker.cooldownMs);
    expect(core.count('wms', 'synced')).toBe(200);
    expect(wms.most).toBe(0);
  });

  it('gets a claim taken back that was standing when the breaker opened', async () => {
    const { core, clock, wms } = await started({ limits: { concurrency: 8 } });
    core.commit('wms', names(3));
    await clock.calm();
    expect(core.waiting()).toEqual([{ system: 'wms', limit: 5 }]);
    for (const push of [...wms.open]) push.fail(down());
    await clock.calm();
    expect(core.waiting()).toEqual([]);
    core.commit('wms', ['shp_9']);
    await clock.calm();
    expect(wms.pushed).toHaveLength(3);
  });
});

describe('Retry-After', () => {
  const throttled = (retryAfterMs?: number) =>
    new ConnectorError('throttled', '429 from POST /shipments', {
      status: 429,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    });

  it('of a throttled system holds back everything for it until then', async () => {
    const { core, clock, wms, relay } = await started();
    wms.answer = () => throttled(60_000);
    core.commit('wms', ['shp_1']);
    await clock.calm();
    wms.answer = () => ({});
    core.commit('wms', names(5, 'new'));
    await clock.advance(59_999);
    expect(wms.pushed).toHaveLength(1);
    await clock.advance(1);
    expect(core.count('wms', 'synced')).toBe(6);
    expect(relay.port.view('wms').breaker.state).toBe('closed');
    expect(core.replica('shp_1').attempts).toBe(0);
  });

  it('of a probe wins over a shorter cooldown', async () => {
    const { core, clock, wms } = await started();
    wms.answer = down;
    core.commit('wms', names(3));
    await clock.calm();
    wms.answer = () => new ConnectorError('unavailable', '503', { status: 503, retryAfterMs: 120_000 });
    await clock.advance(breaker.cooldownMs);
    const asked = wms.pushed.length;
    await clock.advance(119_000);
    expect(wms.pushed).toHaveLength(asked);
    await clock.advance(1000);
    expect(wms.pushed).toHaveLength(asked + 1);
  });

  it('is waited for without a word of how long: not hammered', async () => {
    const { core, clock, wms } = await started();
    wms.answer = () => throttled();
    core.commit('wms', names(50));
    await clock.advance(10_000);
    expect(wms.pushed.length).toBeLessThanOrEqual(8 + 11);
  });
});

describe('attempts', () => {
  it('are not spent by the first failure of an idle system', async () => {
    const { core, clock, wms } = await started();
    wms.answer = down;
    core.commit('wms', ['shp_1']);
    await clock.calm();
    expect(core.settlements[0]?.outcome).toMatchObject({ suspectedMs: 3750 });
    expect(core.replica('shp_1').attempts).toBe(0);
  });

  it('are spent when another record was taken within the window', async () => {
    const { core, clock, wms } = await started();
    wms.answer = ({ recordId }) => (recordId === 'bad' ? down() : {});
    core.commit('wms', ['good']);
    await clock.advance(breaker.windowMs - 1);
    core.commit('wms', ['bad']);
    await clock.calm();
    expect(core.replica('bad').attempts).toBe(1);
  });

  it('are not spent again until another record is taken after the last try', async () => {
    const { core, clock, wms } = await started();
    wms.answer = ({ recordId }) => (recordId === 'bad' ? down() : {});
    core.commit('wms', ['good', 'bad']);
    await clock.advance(1000);
    expect(core.replica('bad').attempts).toBe(1);
    await clock.advance(20_000);
    expect(wms.pushed.filter(({ recordId }) => recordId === 'bad').length).toBeGreaterThan(3);
    expect(core.replica('bad').attempts).toBe(1);
  });

  it('are spent by a refusal at once, whatever the others do', async () => {
    const { core, clock, wms } = await started();
    wms.answer = refusal;
    core.commit('wms', ['shp_1']);
    await clock.calm();
    expect(core.replica('shp_1').state).toBe('dead');
    expect(core.settlements[0]?.outcome).not.toHaveProperty('suspectedMs');
  });
});

describe('the view', () => {
  it('shows the last delivery and the last poll', async () => {
    const { core, clock, wms, relay } = await started();
    expect(relay.port.view('wms')).toEqual({
      breaker: { state: 'closed', since: '2026-11-24T10:00:00.000Z' },
      lastSuccessAt: null,
      lastPollAt: null,
    });
    await clock.advance(1000);
    wms.answer = () => ({});
    core.commit('wms', ['shp_1']);
    await clock.calm();
    relay.polled('wms', clock.now() - 500);
    expect(relay.port.view('wms')).toMatchObject({
      lastSuccessAt: '2026-11-24T10:00:01.000Z',
      lastPollAt: '2026-11-24T10:00:00.500Z',
    });
  });

  it('is there for a system that polls us, which has no loop', async () => {
    const erp = fakeSystem('erp', { pulls: true, checks: false });
    Object.assign(erp.connection.connector, { pulls: true, push: undefined });
    const { core, relay } = await started({ systems: { erp } });
    expect(core.claims).toEqual([]);
    expect(relay.port.view('erp').breaker.state).toBe('closed');
    expect(await relay.port.check('erp')).toMatchObject({ ok: true });
  });

  it('names the systems there are when asked for another', () => {
    expect(() => aScene().relay.port.view('wsm')).toThrow('unknown system "wsm"; known: wms');
  });
});
