// Pausing, refused credentials, a store that fails, and stopping.
import { describe, expect, it } from 'vitest';
import { ConnectorError } from '../../src/connector/contract.ts';
import { down, fakeSystem } from './fake-system.ts';
import { names } from './memory-core.ts';
import { aScene, type Scene, started } from './scene.ts';

const refused = () => new ConnectorError('unauthorized', '401 from POST /shipments', { status: 401 });
const stored = (scene: Pick<Scene, 'core'>, system = 'wms') => scene.core.states.find((row) => row.system === system);

describe('a pause', () => {
  it('ends the standing claim, and what is under way still ends as it does', async () => {
    const { core, clock, wms, relay } = await started();
    core.commit('wms', ['shp_1']);
    await clock.calm();
    relay.port.pause('wms');
    await clock.calm();
    expect(core.waiting()).toEqual([]);
    wms.open[0]?.take();
    await clock.calm();
    expect(core.replica('shp_1').state).toBe('synced');
  });

  it('gives back what was claimed in the same moment, unsent and due again', async () => {
    const { core, clock, wms, relay, counts } = await started();
    core.commit('wms', names(3));
    relay.port.pause('wms');
    await clock.calm();
    expect(wms.pushed).toEqual([]);
    expect(core.settlements.map(({ outcome }) => outcome)).toEqual(
      Array(3).fill({ kind: 'unavailable', message: 'the system is paused', sent: false, stopped: true }),
    );
    for (const id of names(3)) expect(core.replica(id)).toMatchObject({ state: 'behind', attempts: 0 });
    expect(counts.size).toBe(0);
  });

  it('does not forget that what it gives back may have arrived earlier', async () => {
    const { core, clock, relay } = await started();
    core.commit('wms', ['shp_1'], { repeat: true });
    relay.port.pause('wms');
    await clock.calm();
    expect(core.settlements[0]?.outcome).toMatchObject({ stopped: true, sent: true });
  });

  it('leaves the other systems at work', async () => {
    const { core, clock, relay, systems } = await started({
      systems: { wms: fakeSystem('wms'), crm: fakeSystem('crm') },
    });
    relay.port.pause('wms');
    await clock.calm();
    core.commit('crm', ['cus_1']);
    await clock.calm();
    expect(systems.crm?.open).toHaveLength(1);
  });

  it('ends with resume: what waited is sent', async () => {
    const { core, clock, wms, relay } = await started();
    relay.port.pause('wms');
    core.commit('wms', names(3));
    await clock.advance(60_000);
    expect(wms.pushed).toEqual([]);
    relay.port.resume('wms');
    await clock.calm();
    expect(wms.open).toHaveLength(3);
  });

  it('outlives a restart', async () => {
    const { core, relay, clock, systems } = aScene();
    core.states.push({ system: 'wms', state: 'paused', since: 0, reason: 'stocktaking' });
    core.commit('wms', ['shp_1']);
    await relay.start();
    await clock.calm();
    expect(systems.wms?.pushed).toEqual([]);
    expect(systems.wms?.checks).toBe(0);
    await relay.stop(0);
  });
});

describe('refused credentials', () => {
  it('pause the system once, raise one alert, and spend nothing', async () => {
    const scene = await started();
    const { core, clock, wms, counts, log } = scene;
    core.commit('wms', names(20));
    await clock.calm();
    for (const push of [...wms.open]) push.fail(refused());
    await clock.advance(60_000);
    expect(wms.pushed).toHaveLength(8);
    expect(stored(scene)).toMatchObject({ state: 'unauthorized', reason: '401 from POST /shipments', actor: 'hub' });
    expect(counts.get('alert unauthorized')).toBe(1);
    expect(log.filter(({ fields }) => fields.alert === 'unauthorized')).toMatchObject([
      { level: 'error', fields: { system: 'wms' } },
    ]);
    for (const id of names(20)) expect(core.replica(id)).toMatchObject({ state: 'behind', attempts: 0 });
  });

  it('end the claim that stands for the slots that are left', async () => {
    const { core, clock, wms } = await started();
    core.commit('wms', ['shp_1']);
    await clock.calm();
    wms.open[0]?.fail(refused());
    await clock.calm();
    expect(core.waiting()).toEqual([]);
    expect(core.settlements).toHaveLength(1);
  });

  it('are stored as soon as the store lets us', async () => {
    const scene = await started();
    const { core, clock, wms } = scene;
    const { setSystem } = core;
    core.setSystem = () => Promise.reject(new Error('disk full'));
    core.commit('wms', ['shp_1']);
    await clock.calm();
    wms.open[0]?.fail(refused());
    await clock.advance(1000);
    expect(stored(scene)).toBeUndefined();
    core.setSystem = setSystem;
    await clock.advance(5000);
    expect(stored(scene)?.state).toBe('unauthorized');
  });

  it('are found by the first send where nothing can be checked at the start', async () => {
    const wms = fakeSystem('wms', { checks: false });
    wms.answer = refused;
    const scene = aScene({ systems: { wms } });
    const { core, relay, clock, counts } = scene;
    core.states.push({ system: 'wms', state: 'unauthorized', since: 0, reason: '401' });
    core.commit('wms', names(3));
    await relay.start();
    await clock.calm();
    expect(wms.pushed).not.toEqual([]);
    expect(stored(scene)?.state).toBe('unauthorized');
    expect(counts.get('alert unauthorized')).toBe(1);
    await relay.stop(0);
  });

  it('are no matter for the check of a system that is at work', async () => {
    const scene = await started();
    expect(await scene.relay.port.check('wms')).toEqual({ ok: true });
    expect(stored(scene)).toBeUndefined();
  });

  it('end with a check that passes', async () => {
    const scene = await started();
    const { core, clock, wms, relay } = scene;
    wms.answer = refused;
    core.commit('wms', ['shp_1']);
    await clock.calm();
    wms.check = () => {
      throw refused();
    };
    expect(await relay.port.check('wms')).toEqual({ ok: false, message: '401 from POST /shipments' });
    expect(stored(scene)?.state).toBe('unauthorized');
    wms.check = undefined;
    wms.answer = () => ({});
    expect(await relay.port.check('wms')).toEqual({ ok: true });
    expect(stored(scene)).toMatchObject({ state: 'active', reason: null, actor: 'hub' });
    await clock.calm();
    expect(core.replica('shp_1').state).toBe('synced');
  });

  it('are not seen in a late answer to an attempt from before they were put right', async () => {
    const scene = await started();
    const { core, clock, wms, relay } = scene;
    core.commit('wms', names(2));
    await clock.calm();
    wms.open[0]?.fail(refused());
    await clock.advance(10);
    await relay.port.check('wms');
    wms.open[0]?.fail(refused());
    await clock.calm();
    expect(stored(scene)?.state).toBe('active');
  });

  it('are tried once at the start, and a system that lets us in again is resumed', async () => {
    const scene = aScene();
    const { core, relay, clock, systems } = scene;
    core.states.push({ system: 'wms', state: 'unauthorized', since: 0, reason: '401' });
    core.commit('wms', ['shp_1']);
    await relay.start();
    await clock.calm();
    expect(systems.wms?.checks).toBe(1);
    expect(stored(scene)?.state).toBe('active');
    expect(systems.wms?.open).toHaveLength(1);
    systems.wms?.open[0]?.take();
    await relay.stop(0);
  });

  it('keep the system paused after a start when they are still refused', async () => {
    const scene = aScene();
    const { core, relay, clock, systems } = scene;
    core.states.push({ system: 'wms', state: 'unauthorized', since: 0, reason: '401' });
    core.commit('wms', ['shp_1']);
    if (systems.wms) {
      systems.wms.check = () => {
        throw refused();
      };
    }
    await relay.start();
    await clock.advance(60_000);
    expect(systems.wms).toMatchObject({ pushed: [] });
    expect(stored(scene)?.state).toBe('unauthorized');
    await relay.stop(0);
  });

  it('do not undo a pause that a person ordered meanwhile', async () => {
    const scene = await started();
    const { core, clock, wms, relay } = scene;
    core.commit('wms', ['shp_1']);
    await clock.calm();
    relay.port.pause('wms');
    wms.open[0]?.fail(refused());
    await clock.calm();
    expect(stored(scene)).toBeUndefined();
    await relay.port.check('wms');
    await clock.calm();
    expect(core.waiting()).toEqual([]);
  });
});

describe('a store that fails', () => {
  it('loses no settlement: they are kept, tried again ever later, and nothing is claimed meanwhile', async () => {
    const { core, clock, wms, log } = await started();
    core.commit('wms', names(20));
    await clock.calm();
    core.before.settle = () => {
      throw new Error('disk I/O error');
    };
    for (const push of [...wms.open]) push.take();
    await clock.advance(2900);
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(5);
    expect(wms.pushed).toHaveLength(8);
    core.before.settle = () => undefined;
    wms.answer = () => ({});
    await clock.advance(5000);
    expect(core.count('wms', 'synced')).toBe(20);
  });

  it('is asked for work again, ever later', async () => {
    const { core, clock, wms, relay, log } = await started();
    relay.port.pause('wms');
    await clock.calm();
    core.before.claim = () => {
      throw new Error('database is locked');
    };
    relay.port.resume('wms');
    await clock.advance(700);
    expect(log.filter(({ level }) => level === 'error')).toHaveLength(4);
    core.before.claim = () => undefined;
    core.commit('wms', ['shp_1']);
    await clock.advance(800);
    expect(wms.open).toHaveLength(1);
  });

  it('does not make it spin when it answers every claim with nothing', async () => {
    const { core, clock, relay, systems } = aScene();
    let asked = 0;
    core.claim = () => {
      asked += 1;
      return asked < 10_000 ? Promise.resolve([]) : new Promise(() => undefined);
    };
    await relay.start();
    await clock.calm();
    expect(asked).toBeLessThan(20);
    expect(systems.wms?.pushed).toEqual([]);
    await relay.stop(0);
  });

  it('does not keep the relay from stopping, which says what was left', async () => {
    const { core, clock, relay, systems, log } = aScene();
    await relay.start();
    core.commit('wms', ['shp_1']);
    await clock.calm();
    core.before.settle = () => {
      throw new Error('disk I/O error');
    };
    systems.wms?.open[0]?.take();
    const stopped = relay.stop(1000);
    await clock.advance(60_000);
    await stopped;
    expect(log.at(-1)?.message).toContain('without having settled');
  });
});

describe('stopping', () => {
  it('waits for what is under way, settles it, and claims nothing more', async () => {
    const { core, clock, relay, systems } = aScene();
    await relay.start();
    core.commit('wms', names(10));
    await clock.calm();
    let done = false;
    const stopped = relay.stop(10_000).then(() => {
      done = true;
    });
    await clock.advance(5000);
    expect(done).toBe(false);
    for (const push of [...(systems.wms?.open ?? [])]) push.take();
    await stopped;
    expect(core.count('wms', 'synced')).toBe(8);
    expect(systems.wms?.pushed).toHaveLength(8);
    expect(core.waiting()).toEqual([]);
    expect(clock.timers()).toBe(0);
  });

  it('cuts what is not done within the grace: due again at once, nothing spent', async () => {
    const { core, clock, relay, systems } = aScene();
    await relay.start();
    core.commit('wms', names(2));
    await clock.calm();
    const stopped = relay.stop(3000);
    await clock.advance(2999);
    expect(core.settlements).toEqual([]);
    await clock.advance(1);
    await stopped;
    expect(systems.wms?.open).toEqual([]);
    expect(core.settlements.map(({ outcome }) => outcome)).toMatchObject(Array(2).fill({ stopped: true, sent: true }));
    for (const id of names(2)) expect(core.replica(id)).toMatchObject({ state: 'behind', attempts: 0 });
  });

  it('does not wait for a connector that does not listen', async () => {
    const wms = fakeSystem('wms');
    wms.deaf = true;
    const { core, clock, relay } = aScene({ systems: { wms } });
    await relay.start();
    core.commit('wms', ['shp_1']);
    await clock.calm();
    const stopped = relay.stop(3000);
    await clock.advance(4000);
    await stopped;
    expect(core.settlements).toMatchObject([{ outcome: { stopped: true, sent: true } }]);
    wms.open[0]?.take();
    await clock.calm();
    expect(core.settlements).toHaveLength(1);
  });

  it('ends at once when nothing is under way, also while a breaker is open', async () => {
    const { core, clock, relay, systems } = aScene();
    await relay.start();
    if (systems.wms) systems.wms.answer = down;
    core.commit('wms', names(5));
    await clock.calm();
    await relay.stop(10_000);
    expect(relay.port.view('wms').breaker.state).toBe('open');
  });

  it('may be asked for twice', async () => {
    const { relay } = aScene();
    await relay.start();
    await Promise.all([relay.stop(0), relay.stop(0)]);
  });
});
