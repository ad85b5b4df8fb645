// What the nodes of one database agree on: breakers, rates, leases, pruning, and hints that may be lost.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseGone } from '../../src/store/errors.ts';
import type { PostgresStore } from '../../src/store/postgres/postgres-store.ts';
import type { ShareRequest } from '../../src/store/sharing.ts';
import { makeOrder, sendAll } from '../contract/store/harness.ts';
import { type PostgresHarness, postgresHarness, until } from './harness.ts';
import { query } from './schemas.ts';
import { swallowingProxy } from './swallowing-proxy.ts';

let harness: PostgresHarness;
beforeEach(async () => {
  harness = await postgresHarness();
});
afterEach(() => harness.close());

const asking = (more: Partial<ShareRequest> = {}): ShareRequest => ({
  ...{ systems: ['crm', 'wms'], seen: [], leases: [], leaseMs: 5_000 },
  ...more,
});
const heard = async (store: PostgresStore, system = 'crm') =>
  (await store.sharing.share(asking())).conditions.find((one) => one.system === system);
const taken = async (store: PostgresStore, ...leases: string[]) =>
  (await store.sharing.share(asking({ leases }))).leases;
const leaseOver = (name: string) => query(harness.url, 'UPDATE leases SET until = 0 WHERE name = $1', [name]);

describe('a breaker', () => {
  it('that one node opens is open for all, for the longest that any of them asks', async () => {
    const { store, clock } = harness;
    const other = await harness.another();
    const at = clock.now();
    expect(await heard(other)).toMatchObject({ breaker: 'closed', mine: false, quietUntil: 0 });
    await store.sharing.moveBreaker('crm', { to: 'open', until: at + 5_000 });
    expect(await heard(other)).toMatchObject({ breaker: 'open', since: at, until: at + 5_000 });
    clock.advance(10);
    await other.sharing.moveBreaker('crm', { to: 'open', until: at + 4_000 });
    expect(await heard(store)).toMatchObject({ breaker: 'open', since: at, until: at + 5_000 });
    expect(await heard(store, 'wms')).toMatchObject({ breaker: 'closed' });
  });

  it('is probed by one node, which alone may close it; one that never answers loses the right', async () => {
    const { store, clock } = harness;
    const other = await harness.another();
    const probe = (node: PostgresStore) =>
      node.sharing.moveBreaker('crm', { to: 'half_open', until: clock.now() + 1_000 });
    await store.sharing.moveBreaker('crm', { to: 'open', until: clock.now() + 5_000 });
    expect(await probe(store)).toMatchObject({ breaker: 'open' });
    clock.advance(5_000);
    const probes = await Promise.all([probe(store), probe(other), probe(store), probe(other)]);
    expect(probes.map(({ breaker }) => breaker)).toEqual(Array(4).fill('half_open'));
    expect(new Set([probes[0]?.mine, probes[1]?.mine])).toEqual(new Set([true, false]));
    const [prober, waiting] = probes[0]?.mine ? [store, other] : [other, store];
    expect(await waiting.sharing.moveBreaker('crm', { to: 'closed', until: 0 })).toMatchObject({
      breaker: 'half_open',
    });
    clock.advance(1_000);
    expect(await probe(waiting)).toMatchObject({ breaker: 'half_open', mine: true });
    expect(await prober.sharing.moveBreaker('crm', { to: 'closed', until: 0 })).toMatchObject({ mine: false });
    expect(await waiting.sharing.moveBreaker('crm', { to: 'closed', until: 0 })).toMatchObject({ breaker: 'closed' });
  });

  it('stands beside the silence that a system asked for, and when it was last heard of', async () => {
    const { store } = harness;
    const other = await harness.another();
    await store.sharing.quiet('crm', 9_000);
    await other.sharing.quiet('crm', 4_000);
    const tell = (node: PostgresStore, lastSuccessAt: number | null, lastPollAt: number | null) =>
      node.sharing.share(asking({ seen: [{ system: 'crm', lastSuccessAt, lastPollAt }] }));
    await tell(store, 7, null);
    await tell(other, 5, 3);
    expect(await heard(store)).toMatchObject({ quietUntil: 9_000, lastSuccessAt: 7, lastPollAt: 3 });
    expect(await heard(other)).toMatchObject({ quietUntil: 9_000, lastSuccessAt: 7, lastPollAt: 3 });
  });
});

describe('a rate', () => {
  it('is one for all nodes: over any stretch of time no more than the burst and what time adds', async () => {
    const other = await harness.another();
    const nodes = [harness.store, other];
    const step = fc.record({ node: fc.nat(1), count: fc.integer({ min: 1, max: 9 }), later: fc.nat(400) });
    let systems = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 12 }), async (steps) => {
        const system = `rate-${systems++}`;
        // Ten a second, five at once.
        const limit = { perSendUs: 100_000, burst: 5 };
        const sent: { at: number; granted: number }[] = [];
        for (const { node, count, later } of steps) {
          harness.clock.advance(later);
          const at = harness.clock.now();
          const { granted, left } = await (nodes[node] as PostgresStore).sharing.borrow(system, limit, count);
          expect(granted).toBeLessThanOrEqual(count);
          if (granted < count) expect(left).toBe(0);
          sent.push({ at, granted });
        }
        for (const [from, { at: begin }] of sent.entries()) {
          let sum = 0;
          for (const { at, granted } of sent.slice(from)) {
            sum += granted;
            expect(sum).toBeLessThanOrEqual(limit.burst + (at - begin) / 100);
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('gives everything that was asked for while there is enough', async () => {
    const limit = { perSendUs: 1_000, burst: 500 };
    expect(await harness.store.sharing.borrow('crm', limit, 200)).toEqual({ granted: 200, left: 300 });
    expect(await harness.store.sharing.borrow('crm', limit, 400)).toEqual({ granted: 300, left: 0 });
  });
});

describe('a lease', () => {
  it('is one node’s until it runs out by the clock of the database; the token tells who has it', async () => {
    const { store } = harness;
    const other = await harness.another();
    const [mine] = await taken(store, 'poll:shop');
    expect(await taken(other, 'poll:crm')).toHaveLength(1);
    expect(await taken(other, 'poll:shop')).toEqual([]);
    // The clock of the test is nobody's here.
    harness.clock.advance(3_600_000);
    expect(await taken(store, 'poll:shop')).toEqual([mine]);
    expect(await taken(other, 'poll:shop')).toEqual([]);
    await leaseOver('poll:shop');
    const [theirs] = await taken(other, 'poll:shop');
    expect(theirs?.token).toBeGreaterThan(mine?.token ?? Number.POSITIVE_INFINITY);
    expect(await taken(store, 'poll:shop')).toEqual([]);
  });

  it('fences the place of a poll: who lost it writes nothing', async () => {
    const { store } = harness;
    const other = await harness.another();
    const [mine] = await taken(store, 'poll:shop');
    await store.saveCursor('poll:shop:order', 'a', mine);
    await leaseOver('poll:shop');
    const [theirs] = await taken(other, 'poll:shop');
    await other.saveCursor('poll:shop:order', 'b', theirs);
    await expect(store.saveCursor('poll:shop:order', 'a2', mine)).rejects.toThrow(LeaseGone);
    expect(await store.cursor('poll:shop:order')).toBe('b');
  });

  it('is given back when its node is closed', async () => {
    const other = await harness.another();
    await taken(other, 'poll:shop');
    await other.close();
    expect(await taken(harness.store, 'poll:shop')).toHaveLength(1);
  });

  it('lets one node prune at a time', async () => {
    const { store, clock } = harness;
    const other = await harness.another();
    for (const node of [store, other]) await node.transact([], makeOrder(['crm']));
    clock.advance(10_000);
    const none = { changes: 0, intakeKeys: 0, attempts: 0, deadLetters: 0 };
    const prune = (node: PostgresStore): Promise<number> => node.prune(clock.now(), none, 500);
    expect(await prune(store)).toBe(1);
    await store.transact([], makeOrder(['crm']));
    clock.advance(10_000);
    expect(await prune(other)).toBe(0);
    await leaseOver('prune');
    expect(await prune(other)).toBe(1);
  });
});

describe('a hint', () => {
  /** Nothing but a hint, or the clock of the test, makes this node look. */
  const still = { scheduleUpkeep: () => () => undefined };
  const listening = (url: string) =>
    query(url, `SELECT 1 FROM pg_stat_activity WHERE application_name = 'syncline hints' AND query LIKE 'LISTEN%'`);

  it('wakes a claim of another node at once: no clock moves here', async () => {
    const { store, url } = harness;
    const before = (await listening(url)).length;
    const other = await harness.another(still);
    await store.upkeep.round();
    await until(async () => (await listening(url)).length > before);
    const claim = other.claim('crm', 5, sendAll);
    await other.ready();
    const id = await store.transact([], makeOrder(['crm']));
    expect((await claim).map(({ recordId }) => recordId)).toEqual([id]);
  });

  it('that is swallowed on its way is made up for by looking every second', async () => {
    const { store, clock, url } = harness;
    const proxy = await swallowingProxy(url);
    const other = await harness.another({ url: proxy.url, ...still });
    await store.upkeep.round();
    await until(async () => (await listening(url)).length > 1);
    const claim = other.claim('crm', 5, sendAll);
    await other.ready();
    const id = await store.transact([], makeOrder(['crm']));
    await until(async () => proxy.swallowed() > 0);
    clock.advance(1_000);
    expect((await claim).map(({ recordId }) => recordId)).toEqual([id]);
    await other.close();
    await proxy.close();
  });

  it('tells of a system that was paused', async () => {
    let told = 0;
    const { store } = harness;
    const row = { system: 'crm', state: 'paused' as const, since: 1, reason: null };
    const other = await harness.another({ onShared: () => told++ });
    await until(async () => told > 0);
    const before = told;
    await store.saveSystem(row);
    await store.upkeep.round();
    await store.saveSystem(row);
    await until(async () => told > before);
    await other.close();
  });
});
