// A full disk, a long log, slow sends: what the engine does with its file.
import { statSync } from 'node:fs';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { StoreFull } from '../../src/store/errors.ts';
import type { Decide } from '../../src/store/store.ts';
import { keepNothing, makeOrder, sendAll, settle } from '../contract/store/harness.ts';
import { type SqliteHarness, sqliteHarness } from './sqlite-harness.ts';

let harness: SqliteHarness;
afterEach(() => harness.close());

const heavy =
  (place: number): Decide<number> =>
  (_state, { now }) => ({
    write: {
      intakeKeys: [{ system: 'shop', key: `k${place}`, fingerprint: 'f', answer: 'x'.repeat(20_000), at: now }],
    },
    answer: place,
  });

async function fillUp(): Promise<unknown> {
  for (let place = 0; ; place++) {
    try {
      await harness.store.transact([], heavy(place));
    } catch (error) {
      return error;
    }
  }
}

describe('a full disk', () => {
  it('refuses what does not fit, keeps reading, and goes on once there is room', async () => {
    harness = await sqliteHarness({ maxPages: 150 });
    const { store, clock } = harness;
    const id = await store.transact([], makeOrder(['crm', 'wms']));
    const error = await fillUp();
    expect(error).toBeInstanceOf(StoreFull);
    expect((error as Error).message).toContain(harness.path);
    expect((await store.read([id], (state) => state.record(id)))?.row.id).toBe(id);
    const together = await Promise.allSettled([
      store.transact([], heavy(-1)),
      store.transact([id], (state) => ({ write: {}, answer: state.record(id)?.row.id })),
    ]);
    expect(together.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(await store.prune(clock.now() + 1, keepNothing, 100)).toBeGreaterThan(0);
    await expect(store.transact([], heavy(-2))).resolves.toBe(-2);
  });

  it('lets claims wait until there is room', async () => {
    harness = await sqliteHarness({ maxPages: 150 });
    const { store, clock } = harness;
    const id = await store.transact([], makeOrder(['crm']));
    await fillUp();
    const big: typeof sendAll = (state, row, context) => {
      const decision = sendAll(state, row, context);
      if ('need' in decision) return decision;
      const inFlight = (decision.write.inFlight ?? []).map((one) => ({ ...one, body: 'y'.repeat(40_000) }));
      return { ...decision, write: { inFlight } };
    };
    const claim = store.claim('crm', 1, big);
    await expect(store.transact([], heavy(-1))).rejects.toThrow(StoreFull);
    expect(await store.unsettled()).toEqual([]);
    await store.prune(clock.now() + 1, keepNothing, 100);
    clock.advance(1_000);
    expect((await claim).map(({ recordId }) => recordId)).toEqual([id]);
  });
});

describe('the write-ahead log', () => {
  it('is given back once nothing has been written for a while', async () => {
    harness = await sqliteHarness({ largestIdleLog: 100_000 });
    const { store, clock, path } = harness;
    for (let place = 0; place < 20; place++) await store.transact([], heavy(place));
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(100_000);
    clock.advance(1_000);
    await store.transact([], heavy(20));
    clock.advance(1_500);
    expect(statSync(`${path}-wal`).size).toBeGreaterThan(100_000);
    clock.advance(600);
    expect(statSync(`${path}-wal`).size).toBe(0);
  });
});

describe('sends in flight', () => {
  it('do not keep the room of those settled beside them, and stay whole when they are moved', async () => {
    harness = await sqliteHarness();
    const { store } = harness;
    const slow: string[] = [];
    for (let round = 0; round < 90; round++) {
      await Promise.all(Array.from({ length: 32 }, () => store.transact([], makeOrder(['crm']))));
      const [first, ...others] = await store.claim('crm', 32, sendAll);
      if (first) slow.push(first.key);
      await Promise.all(others.map(({ recordId }) => store.transact([recordId], settle('crm', recordId))));
    }
    expect((await store.unsettled()).map(({ key }) => key).sort()).toEqual([...slow].sort());
    const again = await harness.reopen();
    const found = await again.unsettled();
    expect(found.map(({ key }) => key).sort()).toEqual(slow.sort());
    expect(new Set(found.map(({ body, image, token }) => JSON.stringify({ body, image, token }))).size).toBe(1);
    expect(again.createsUnsettled('crm', 'order')).toBe(false);
    await again.close();
    const db = new Database(harness.path, { readonly: true });
    const batches = db.prepare('SELECT count(*) FROM in_flight').pluck().get();
    db.close();
    expect(batches).toBeLessThanOrEqual(80);
  });

  it('know a create without an answer until it is settled or the group fails', async () => {
    harness = await sqliteHarness();
    const { store } = harness;
    const id = await store.transact([], makeOrder(['crm', 'wms']));
    const creating: typeof sendAll = (state, row, context) => {
      const decision = sendAll(state, row, context);
      if ('need' in decision) return decision;
      return {
        ...decision,
        write: { inFlight: (decision.write.inFlight ?? []).map((one) => ({ ...one, op: 'create' })) },
      };
    };
    expect(store.createsUnsettled('crm', 'order')).toBe(false);
    await store.claim('crm', 1, creating);
    expect(store.createsUnsettled('crm', 'order')).toBe(true);
    expect(store.createsUnsettled('wms', 'order')).toBe(false);
    const failing = store.transact([id], () => ({
      write: {
        settled: [
          { system: 'crm', recordId: id },
          { system: 'none', recordId: id },
        ],
      },
      answer: 0,
    }));
    await expect(failing).rejects.toThrow('none');
    expect(store.createsUnsettled('crm', 'order')).toBe(true);
    const again = await harness.reopen();
    expect(again.createsUnsettled('crm', 'order')).toBe(true);
    await again.transact([id], settle('crm', id));
    expect(again.createsUnsettled('crm', 'order')).toBe(false);
  });
});
