import { describe, expect, it } from 'vitest';
import { connectionPage, everyNode, isSince, nodesAt, pollByCursor } from '../../src/connector/cursor-pages.ts';

const day = (hours: number) => `2026-11-24T${String(hours).padStart(2, '0')}:00:00Z`;

describe('a poll by cursor', () => {
  const asked: (string | undefined)[][] = [];
  const pages = {
    time: 'at',
    page: async (since: string | undefined, after: string | undefined) => {
      asked.push([since, after]);
      const nodes = after === undefined ? [{ at: day(8) }, { at: day(9) }] : [{ at: day(10) }];
      return { nodes, next: after === undefined ? 'a|b>c' : undefined };
    },
  };

  it('keeps its beginning and the newest time while it goes on, whatever the vendor puts into a cursor', async () => {
    asked.length = 0;
    const first = await pollByCursor(day(9), pages, 1_800_000);
    // Older than asked for: a search by days brings it, and it was read before.
    expect(first).toMatchObject({ items: [{ at: day(9) }], more: true });
    const second = await pollByCursor(first.cursor, pages, 1_800_000);
    expect(second).toMatchObject({ items: [{ at: day(10) }], more: false, cursor: day(10) });
    const begin = '2026-11-24T08:30:00.000Z';
    expect(asked).toEqual([
      [begin, undefined],
      [begin, 'a|b>c'],
    ]);
  });

  it('that finds nothing stays where it is', async () => {
    const nothing = { time: 'at', page: async () => ({ nodes: [], next: undefined }) };
    expect(await pollByCursor(day(9), nothing, 1000)).toMatchObject({ items: [], cursor: day(9), more: false });
    expect(await pollByCursor(undefined, nothing, 1000)).toMatchObject({ cursor: undefined, since: undefined });
  });
});

it('what has no time counts, and what is of the same second', () => {
  const verdicts = [undefined, '2026-11-24T08:00:00Z', '2026-11-24T07:59:58Z'].map((time) =>
    isSince(time, '2026-11-24T08:00:00.500Z'),
  );
  expect(verdicts).toEqual([true, true, false]);
});

it('a connection is read to its end, and one that is none is an error', async () => {
  const first = { nodes: [1, 2], pageInfo: { hasNextPage: true, endCursor: '2' } };
  const rest = { nodes: [3], pageInfo: { hasNextPage: false, endCursor: '3' } };
  expect(await everyNode(first, async () => rest)).toEqual([1, 2, 3]);
  expect(() => connectionPage({ edges: [] })).toThrow('no array at nodes');
  expect([nodesAt({ a: [1] }, 'a'), nodesAt({ a: { nodes: [2] } }, 'a'), nodesAt({}, 'a')]).toEqual([[1], [2], []]);
});
