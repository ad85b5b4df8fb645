// The floor does the work that it is measured for: validated, committed in groups, owed until it arrived.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { readChanges } from '../../bench/floor/change.ts';
import { deliveryNo, FloorEngine, type Group } from '../../bench/floor/engine.ts';
import { GroupCommit } from '../../bench/floor/group-commit.ts';
import { orderBytes, putOrder, putTemplate } from '../../bench/load/order-body.ts';

const folder = mkdtempSync(join(tmpdir(), 'syncline-floor-'));
afterAll(() => rmSync(folder, { recursive: true }));

function orderText(record: number): string {
  const bytes = Buffer.alloc(orderBytes);
  putTemplate(bytes, 0);
  putOrder(bytes, 0, { record, mark: record, timeMs: 1_795_410_000_000 });
  return bytes.toString();
}

describe('what the floor reads', () => {
  it('is one change, an array or NDJSON, kept as text', () => {
    const text = orderText(1);
    const changes = [orderText(1), orderText(2)].map((body, at) => ({ record: `S00000000${at + 1}`, body }));
    expect(readChanges(text, 'application/json')).toEqual(changes.slice(0, 1));
    expect(readChanges(`[${text},${orderText(2)}]`, 'application/json')).toEqual(changes);
    expect(readChanges(`${text}\n${orderText(2)}`, 'application/x-ndjson')).toEqual(changes);
  });

  it.each([
    ['a wrong amount', '"total":"1', '"total":"x'],
    ['a missing line number', '{"line":"1",', '{'],
    ['broken JSON', '{"record"', '"record"'],
  ])('is refused with %s', (_, good, bad) => {
    expect(() => readChanges(orderText(1).replace(good, bad), 'application/json')).toThrow();
  });
});

describe('the store of the floor', () => {
  it('owes three deliveries for each change until they are settled', () => {
    const engine = new FloorEngine(join(folder, 'owed.db'));
    const change = { record: 'S1', body: 'one' };
    expect(engine.commit({ changes: [change, { ...change, record: 'S2' }], settled: [] })).toBe(1);
    expect(engine.commit({ changes: [change], settled: [deliveryNo(1, 0), deliveryNo(2, 2)] })).toBe(3);
    expect(engine.count()).toEqual({ records: 2, changes: 3, deliveries: 7 });
    engine.close();
  });
});

describe('group commit', () => {
  const change = { record: 'S1', body: '' };

  function grouping(commit: (group: Group) => number | Promise<number>) {
    const groups: [number, number][] = [];
    const group = new GroupCommit((group) => {
      groups.push([group.changes.length, group.settled.length]);
      return commit(group);
    });
    return { group, groups };
  }

  it('puts requests that arrive together into one commit, and gives each its numbers', async () => {
    const { group, groups } = grouping(() => 7);
    const first = await Promise.all([group.add([change]), group.add([change, change]), group.add([change])]);
    expect(first).toEqual([7, 8, 10]);
    expect(groups).toEqual([[4, 0]]);
  });

  it('closes a group at 100 changes and never splits a request', async () => {
    const { group, groups } = grouping(() => 1);
    await Promise.all([60, 40, 1, 500].map((count) => group.add(Array(count).fill(change))));
    expect(groups).toEqual([
      [100, 0],
      [1, 0],
      [500, 0],
    ]);
  });

  it('settles with the next group', async () => {
    const { group, groups } = grouping(() => 1);
    group.settle(4);
    await group.add([change]);
    expect(groups).toEqual([[1, 1]]);
  });

  it('settles what came during a slow commit, though nothing follows', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const groups = await new Promise<number[]>((done) => {
      const settled: number[] = [];
      const group = new GroupCommit((found) => {
        settled.push(found.settled.length);
        if (found.changes.length === 0) {
          done(settled);
          return 1;
        }
        group.settle(4);
        vi.advanceTimersByTime(10);
        return Promise.resolve(1);
      });
      void group.add([change]);
    });
    vi.useRealTimers();
    expect(groups).toEqual([0, 1]);
  });
});
