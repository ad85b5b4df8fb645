// Runs of reconciling: to the end, at the pace of the system, on after a stop, by the clock, and for a new system.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConnectorError } from '../../../src/connector/contract.ts';
import { rowOf } from '../../../src/intake/reconcile/run.ts';
import { fourSystems, type Scene, scene } from '../../core/scene.ts';
import { shopOrder } from '../../core/words.ts';
import { type FakeSystem, fakeSystem, type Reconciling, reconcileWith } from './scene.ts';

let hub: Scene;
let shop: FakeSystem;
let running: Reconciling | undefined;

beforeEach(async () => {
  hub = await scene();
  shop = fakeSystem('shop');
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await hub.close();
});

const order = (id: string, more: object = {}) => shopOrder({ id, order_number: `SO-${id}`, ...more });
const have = async (...ids: string[]): Promise<void> => {
  for (const id of ids) {
    await hub.say('shop', { record: 'order', data: order(id) });
    shop.objects.set(id, order(id));
  }
  hub.pass(10);
};
const run = (more: Parameters<typeof reconcileWith>[2] = {}): Reconciling => {
  running = reconcileWith(hub, shop, more);
  return running;
};
const begin = (on: Reconciling, repair = false) => on.reconciler.begin('shop', { actor: 'mei', repair });

it('pages through everything, tells what drifts by record and by field, and changes nothing', async () => {
  await have('1', '2', '3', '4', '5');
  shop.objects.set('2', order('2', { note: 'changed there' }));
  shop.objects.delete('4');
  shop.objects.set('6', order('6'));
  const on = run();
  await begin(on);
  const done = await on.ended();
  expect(done).toMatchObject({ state: 'done', actor: 'mei', repair: false, reason: null });
  expect(done.types).toMatchObject([
    {
      counts: { same: 3, differs: 1, unknown: 1, absent: 1, pending: 0 },
      fields: { buyerNote: 1 },
      ...{ repaired: 0, expected: 5, phase: 'done', absentKnown: true },
    },
  ]);
  expect(done.found.map(({ externalId, verdict }) => `${externalId} ${verdict}`)).toEqual([
    '2 differs',
    '6 unknown',
    '4 absent',
  ]);
  expect(shop.asked).toEqual(['list ', 'list 2', 'list 5', 'fetch 4']);
  expect(on.alerts).toEqual(['drift']);
  expect(on.runs.at(-1)).toMatchObject({ endedAt: expect.any(Number) });
  expect((await hub.core.audit({ actor: 'mei' }, 9, null)).items).toMatchObject([
    { action: 'system.reconcile', target: 'shop', detail: { repair: false, records: ['order'] } },
  ]);
  expect(await hub.core.record({ type: 'order', external: { system: 'shop', id: '6' } })).toBeUndefined();
});

it('puts right on request, and finds nothing the next time', async () => {
  await have('1', '2');
  shop.objects.set('2', order('2', { note: 'changed there', updated_at: '2026-11-23T04:30:00Z' }));
  shop.objects.set('3', order('3'));
  const on = run();
  await begin(on, true);
  expect((await on.ended()).types).toMatchObject([{ repaired: 2, counts: { differs: 1, unknown: 1 } }]);
  expect(on.alerts).toEqual([]);
  expect(await hub.core.record({ type: 'order', external: { system: 'shop', id: '3' } })).toBeDefined();
  hub.pass(10);
  await begin(on);
  expect((await on.ended()).types).toMatchObject([{ counts: { same: 3, differs: 0, unknown: 0 } }]);
});

it('is asked for once at a time, and only where something can be paged through', async () => {
  const on = run();
  await begin(on);
  await expect(begin(on)).rejects.toMatchObject({ problem: { status: 409 } });
  await expect(on.reconciler.begin('crm', { actor: 'mei', repair: false })).rejects.toMatchObject({
    problem: { status: 409, detail: expect.stringContaining('has no list') },
  });
  await on.ended();
  await begin(on);
});

it('takes for no drift what arrives while it looks a second time', async () => {
  await have('1');
  shop.objects.set('2', order('2'));
  const on = run();
  await begin(on);
  await on.clock.advance(0);
  await hub.say('shop', { record: 'order', data: order('2') });
  expect((await on.ended()).types).toMatchObject([{ counts: { same: 1, pending: 1, unknown: 0 } }]);
});

describe('the pace', () => {
  it('is that of the system: it waits for its rate, and while it is paused', async () => {
    await have('1', '2', '3');
    const on = run();
    on.lane.waits = [40, 0, undefined, undefined, 0];
    await begin(on);
    await on.clock.advance(60);
    expect(shop.asked).toEqual(['list ']);
    expect(await on.reconciler.run('shop')).toMatchObject({
      state: 'running',
      reason: expect.stringContaining('paused'),
    });
    expect(await on.ended()).toMatchObject({ state: 'done', reason: null });
    expect(on.lane.asked).toBe(2);
  });

  it('yields to what the system asks for, and tries again from the page where it was', async () => {
    await have('1', '2', '3');
    const on = run();
    shop.failures = [new ConnectorError('throttled', 'slow down', { retryAfterMs: 5_000 })];
    await begin(on);
    expect(await on.ended()).toMatchObject({ state: 'done', types: [{ counts: { same: 3 } }] });
    expect(on.lane.failed).toEqual(['throttled']);
    expect(shop.asked).toEqual(['list ', 'list ', 'list 2']);
  });

  it('ends where waiting does not help, and says why', async () => {
    const on = run();
    shop.failures = [new ConnectorError('rejected', 'there is no such page', { status: 404 })];
    await begin(on);
    expect(await on.ended()).toMatchObject({ state: 'failed', reason: 'there is no such page' });
    expect(on.alerts).toEqual(['reconcile_failed']);
  });
});

describe('after a stop', () => {
  it('goes on at the page where it was, and leaves to the next run what it cannot know', async () => {
    await have('1', '2', '3', '4');
    let on = run();
    shop.failures = [];
    let pages = 0;
    shop.onList = () => {
      pages += 1;
      if (pages === 2) shop.failures.push(new ConnectorError('unavailable', 'down'));
    };
    await begin(on);
    await on.clock.advance(0);
    await on.stop();
    await hub.restart();
    shop.objects.delete('1');
    shop.asked = [];
    on = run({ owner: 'two' });
    on.reconciler.start();
    expect(await on.ended()).toMatchObject({
      state: 'done',
      owner: 'two',
      types: [{ counts: { same: 4, absent: 0 }, absentKnown: false }],
    });
    expect(shop.asked).toEqual(['list 2']);
  });

  it('leaves to a newer program the types that only that one knows, and ends the rest', async () => {
    await have('1', '2');
    const newer = run();
    await begin(newer);
    const { types, ...left } = await newer.ended();
    await newer.stop();
    const [orders] = types;
    if (!orders) throw new Error('no type was compared');
    const begun = {
      ...orders,
      phase: 'reading' as const,
      cursor: undefined,
      after: null,
      counts: { ...orders.counts, same: 0 },
    };
    const invoices = { ...begun, record: 'invoice' };
    const kept = { ...left, state: 'running', endedAt: null, types: [invoices, begun] };
    await hub.core.saveCursor(rowOf('shop'), JSON.stringify(kept));
    const on = run({ owner: 'two' });
    on.reconciler.start();
    expect(await on.ended()).toMatchObject({
      state: 'done',
      owner: 'two',
      types: [{ record: 'order', counts: { same: 2 } }],
    });
    expect(on.alerts).toEqual([]);
  });

  it('is taken over from another process only once that has come no further for long', async () => {
    await have('1');
    const first = run({ shared: true });
    first.lane.waits = Array.from({ length: 3000 }, () => undefined);
    await begin(first);
    await first.clock.advance(0);
    await first.stop();
    const on = run({ shared: true, owner: 'two' });
    on.reconciler.start();
    await on.clock.advance(60_000);
    expect(await on.reconciler.run('shop')).toMatchObject({ owner: 'one', state: 'running' });
    hub.pass(60_000);
    await on.clock.advance(90_000);
    expect(await on.ended()).toMatchObject({ owner: 'two', state: 'done' });
  });
});

describe('by itself', () => {
  it('runs as often as it is told to, and puts right if it may', async () => {
    await have('1');
    const on = run({ everyMs: 3_600_000, repair: true });
    on.reconciler.start();
    await on.clock.advance(0);
    const first = await on.ended();
    expect(first).toMatchObject({ actor: 'hub', repair: true, state: 'done' });
    shop.objects.set('2', order('2'));
    await on.clock.advance(3_000_000);
    expect((await on.reconciler.run('shop'))?.startedAt).toBe(first.startedAt);
    hub.pass(3_600_000);
    await on.clock.advance(700_000);
    expect((await on.ended()).types).toMatchObject([{ counts: { unknown: 1 }, repaired: 1 }]);
  });

  it('reads what a new system holds before anything is sent to it, and matches before it makes', async () => {
    await hub.close();
    const crm = fakeSystem('crm');
    const systems = fourSystems().map((one) => (one.id === 'crm' ? { ...one, loadsFirst: ['order' as const] } : one));
    hub = await scene({ systems: systems.filter(({ id }) => id !== 'crm') });
    const known = await hub.say('shop', { record: 'order', data: order('1') });
    const other = await hub.say('shop', { record: 'order', data: order('2') });
    await hub.restart({ systems });
    crm.objects.set('8812', { id: '8812', orderNo: 'SO-1' });
    shop = crm;
    const on = run({ load: true });
    on.reconciler.start();
    await on.clock.advance(0);
    expect(await on.ended()).toMatchObject({
      load: true,
      state: 'done',
      types: [{ repaired: 1, counts: { unknown: 1 } }],
    });
    expect(await hub.replica(known.id, 'crm')).toMatchObject({ externalId: '8812' });
    const sends = await hub.due('crm');
    expect(sends.filter(({ op }) => op === 'create').map(({ recordId }) => recordId)).toEqual([other.id]);
    const last = (await on.reconciler.run('crm'))?.startedAt;
    await on.clock.advance(120_000);
    expect((await on.reconciler.run('crm'))?.startedAt).toBe(last);
  });
});
