// A hub that was running under a clock that was ahead, and starts again under the right one.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReplicaRow } from '../../src/store/rows.ts';
import { makeOrder } from '../contract/store/harness.ts';
import { type SqliteHarness, sqliteHarness } from './sqlite-harness.ts';

let harness: SqliteHarness;
beforeEach(async () => {
  harness = await sqliteHarness();
});
afterEach(() => harness.close());

const minute = 60_000;

/** The clock was `ahead`, then it is right: what is due when, in ms from then. */
async function dueAfter(ahead: number, over: (now: number) => Partial<ReplicaRow>): Promise<number | undefined> {
  const right = harness.clock.now();
  harness.clock.advance(ahead);
  const id = await harness.store.transact(
    [],
    makeOrder(['crm'], ({ now }) => over(now)),
  );
  const store = await harness.reopen({ now: () => right });
  const dueAt = await store.read([id], (state) => state.record(id)?.replicas.get('crm')?.dueAt);
  return typeof dueAt === 'number' ? dueAt - right : undefined;
}

describe('after the clock was set back', () => {
  it('what was due when it fell behind is due now', async () => {
    expect(await dueAfter(10 * minute, (now) => ({ behindSince: now, dueAt: now }))).toBe(0);
  });

  it('what waits for its next attempt waits for as long as was meant', async () => {
    const over = (now: number) => ({ behindSince: now, dueAt: now + 700, lastAttemptAt: now, attempts: 3 });
    expect(await dueAfter(10 * minute, over)).toBe(700);
  });

  it('what was released and never tried is due now', async () => {
    expect(await dueAfter(10 * minute, (now) => ({ behindSince: now - 60 * minute, dueAt: now }))).toBe(0);
  });

  it('what was tried before and became due under the other clock is due now', async () => {
    const right = harness.clock.now();
    const over = (now: number) => ({ behindSince: right - 5, dueAt: now, lastAttemptAt: right - 1 });
    expect(await dueAfter(10 * minute, over)).toBe(0);
  });

  it('what a system asked to wait for before stays as it was', async () => {
    const right = harness.clock.now();
    const lastError = { kind: 'throttled' as const, message: 'later', at: right - 1 };
    const over = () => ({ behindSince: right - 5, dueAt: right + 30 * minute, lastAttemptAt: right - 1, lastError });
    expect(await dueAfter(10 * minute, over)).toBe(30 * minute);
  });

  it('nothing changes where it was not', async () => {
    const over = (now: number) => ({ behindSince: now - 9, dueAt: now + 5 * minute, lastAttemptAt: now - 2 });
    expect(await dueAfter(0, over)).toBe(5 * minute);
  });
});
