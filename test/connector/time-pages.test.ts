// Pages by time over rows that move, appear and vanish between the pages, with more digits than are shown.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  listPages,
  type Paged,
  type Place,
  pollPages,
  sweepPages,
  type TimePages,
} from '../../src/connector/time-pages.ts';

interface Row {
  id: number;
  /** µs since 1970; shown in ms. */
  changed: number;
  made: number;
  version: number;
}

const base = Date.parse('2026-11-24T10:00:00Z') * 1000;
const shown = (micros: number): string => new Date(Math.floor(micros / 1000)).toISOString();

function pagesOf(rows: Row[], time: 'changed' | 'made', size: number): TimePages {
  const page = async ({ after, skip }: Place) => {
    const found = rows.filter((row) => row[time] > Date.parse(after) * 1000);
    const sorted = found.sort((a, b) => a[time] - b[time] || a.id - b.id);
    const one = ({ id, changed, made, version }: Row) => ({ id, version, changed: shown(changed), made: shown(made) });
    return sorted.slice(skip, skip + size).map(one);
  };
  return { page, size, time };
}

/** Few distinct times, close together: pages of one time alone, and neighbours within a millisecond. */
const times = fc.integer({ min: 0, max: 40 }).map((step) => base + step * 400);
const rowsOf = fc
  .array(times, { minLength: 1, maxLength: 25 })
  .map((all) => all.map((at, id): Row => ({ id, changed: at, made: at, version: 1 })));
const edits = fc.array(fc.record({ at: fc.nat(30), row: fc.nat(24) }), { maxLength: 12 });

async function toTheEnd(ask: (cursor: string | undefined) => Promise<Paged>, between: (page: number) => void) {
  const seen: { id: number; version: number }[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < 500; page += 1) {
    const paged = await ask(cursor);
    seen.push(...(paged.items as unknown as { id: number; version: number }[]));
    ({ cursor } = paged);
    if (!paged.more) return { seen, cursor };
    between(page);
  }
  throw new Error('it never ends');
}

describe('pages by time', () => {
  it('bring the newest version of every row to whoever polls, whatever moved meanwhile', () =>
    fc.assert(
      fc.asyncProperty(rowsOf, edits, fc.integer({ min: 2, max: 6 }), async (rows, moves, size) => {
        let clock = base + 100_000;
        const { seen, cursor } = await toTheEnd(
          (place) => pollPages(place, pagesOf(rows, 'changed', size), 0),
          (page) => {
            for (const { row } of moves.filter(({ at }) => at === page)) {
              const moved = rows[row % rows.length] as Row;
              clock += 700;
              Object.assign(moved, { changed: clock, version: moved.version + 1 });
            }
          },
        );
        const rest = await toTheEnd(
          (place) => pollPages(place ?? cursor, pagesOf(rows, 'changed', size), 2),
          () => undefined,
        );
        const newest = new Map([...seen, ...rest.seen].map(({ id, version }) => [id, version]));
        expect(newest).toEqual(new Map(rows.map(({ id, version }) => [id, version])));
      }),
    ));

  it('list every row that stays, also when others vanish', () =>
    fc.assert(
      fc.asyncProperty(
        rowsOf,
        fc.array(fc.nat(24), { maxLength: 5 }),
        fc.integer({ min: 2, max: 6 }),
        async (rows, gone, size) => {
          const wholeMs = rows.map((row) => ({ ...row, made: Math.floor(row.made / 1000) * 1000 + row.id * 1000 }));
          const vanishing = new Set(gone);
          const { seen } = await toTheEnd(
            (place) => listPages(place, pagesOf(wholeMs, 'made', size)),
            (page) => {
              if (page === 0)
                for (const id of vanishing)
                  wholeMs.splice(0, wholeMs.length, ...wholeMs.filter((row) => row.id !== id));
            },
          );
          const ids = seen.map(({ id }) => id);
          if (vanishing.size === 0) expect(new Set(ids).size).toBe(ids.length);
          expect(ids).toEqual(expect.arrayContaining(wholeMs.map(({ id }) => id)));
        },
      ),
    ));

  it('list every row where what is of one time comes now in this order, now in that', () =>
    fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.boolean()), fc.integer({ min: 3, max: 5 }), async (turns, size) => {
        const pairs = Array.from({ length: 7 }, (_, at) =>
          [`a${at}`, `b${at}`].map((id) => ({ id, made: shown(base + at * 60_000_000) })),
        );
        const page = async ({ after, skip }: Place) => {
          const asked = pairs.flatMap((pair) => (turns.next().value ? pair : [...pair].reverse()));
          return asked.filter(({ made }) => made > after).slice(skip, skip + size);
        };
        const { seen } = await toTheEnd(
          (place) => listPages(place, { page, size, time: 'made' }),
          () => undefined,
        );
        expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(pairs.flat().map(({ id }) => id)));
      }),
    ));

  it('sweep from a time on, and begin anew in each round', async () => {
    const rows = [1, 2, 3, 4, 5].map((id): Row => ({ id, changed: base, made: base + id * 1_000_000, version: 1 }));
    const sweep = () =>
      toTheEnd(
        (place) => sweepPages(place, pagesOf(rows, 'made', 2), (base + 2_000_000) / 1000),
        () => undefined,
      );
    expect((await sweep()).seen.map(({ id }) => id)).toEqual([3, 4, 5]);
    expect((await sweep()).cursor).toBeUndefined();
  });
});
