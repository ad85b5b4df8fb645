// What the store tells of each commit, so that intake can be kept in step with deliveries.
import { afterEach, describe, expect, it } from 'vitest';
import { makeOrder, sendAll } from '../contract/store/harness.ts';
import { type SqliteHarness, sqliteHarness } from './sqlite-harness.ts';

let harness: SqliteHarness;
afterEach(() => harness.close());

/** @returns for how long its claims were due (seconds), by each commit: of an order, of its claim after so many ms, of another order */
async function waitsAfter(ms: number): Promise<number[]> {
  const waits: number[] = [];
  harness = await sqliteHarness({ onCommit: ({ waited }) => void waits.push(waited) });
  const { store, clock } = harness;
  await store.transact([], makeOrder(['crm']));
  clock.advance(ms);
  expect(await store.claim('crm', 1, sendAll)).toHaveLength(1);
  await store.transact([], makeOrder(['crm']));
  return waits;
}

describe('a commit', () => {
  it('tells for how long what it claimed had been due, and tells it once', async () => {
    expect(await waitsAfter(70)).toEqual([0, 0.07, 0]);
  });

  it('leaves out what waited for its system to come back', async () => {
    expect(await waitsAfter(60_000)).toEqual([0, 0, 0]);
  });
});
