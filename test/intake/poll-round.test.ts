// What one round of a poll reads, hands on and keeps: nothing is passed over, whatever fails in between.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboundChange, PollRequest } from '../../src/connector/contract.ts';
import type { AcceptReply, AcceptRequest } from '../../src/core/core.ts';
import { down } from './fake-source.ts';
import { aPollScene, failing, idsIn, minute, order, pages, row, started, taken } from './poll-scene.ts';

const hour = 60 * minute;
const lost = new Error('the process was killed');

describe('the place', () => {
  it('is kept after the changes before it, page by page', async () => {
    const { steps, asked } = await started({ poll: pages('a', 'b', 'c') });
    expect(steps).toEqual([
      ...['poll -', 'accept 2', 'save b'],
      ...['poll b', 'accept 2', 'save c'],
      ...['poll c', 'accept 2', 'save end'],
    ]);
    expect(asked.map(({ cursor }) => cursor)).toEqual([undefined, 'b', 'c']);
  });

  it('is where an earlier process came to', async () => {
    const { asked } = await started({ cursor: { cursor: 'b', at: 1 }, poll: pages('a', 'b') });
    expect(asked.map(({ cursor }) => cursor)).toEqual(['b']);
  });

  it('stands where changes could not be stored: the page is read again', async () => {
    const { steps, accepted, clock } = await started({
      poll: pages('a', 'b'),
      accept: failing(1, lost, async (request: AcceptRequest) => taken(request)),
    });
    expect(steps).toEqual(['poll -']);
    await clock.advance(1000);
    expect(accepted.map(idsIn)).toEqual([
      ['a1', 'a2'],
      ['b1', 'b2'],
    ]);
  });

  it('stands where it could not be kept: the page is handed on twice', async () => {
    const { accepted, asked, clock } = await started({
      poll: pages('a', 'b'),
      saveCursor: failing(1, lost, async () => undefined),
    });
    await clock.advance(1000);
    expect(asked.map(({ cursor }) => cursor)).toEqual([undefined, undefined, 'b']);
    expect(accepted.map(idsIn)).toEqual([
      ['a1', 'a2'],
      ['a1', 'a2'],
      ['b1', 'b2'],
    ]);
  });

  it('moves over a page without changes, with nothing to accept', async () => {
    const { steps } = await started({
      poll: async ({ cursor }) => ({ items: [], cursor: cursor ? 'end' : 'b', more: cursor === undefined }),
    });
    expect(steps).toEqual(['poll -', 'save b', 'poll b', 'save end']);
  });

  it('never passes a change that is not stored, and in the end all are stored, whatever fails when', async () => {
    const faults = fc.record({
      sizes: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 }),
      batch: fc.integer({ min: 1, max: 4 }),
      fails: fc.array(fc.constantFrom('poll', 'accept', 'save', 'none', 'none'), { maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(faults, async ({ sizes, batch, fails }) => {
        const plan = [...fails];
        const may = (what: string): void => {
          if (plan.shift() === what) throw what === 'poll' ? down() : lost;
        };
        const stored = new Set<string>();
        const passedOver: (string | undefined)[] = [];
        const itemsOf = (page: number): InboundChange[] =>
          Array.from({ length: sizes[page] ?? 0 }, (_, index) => order(`${page}.${index}`));
        const scene = aPollScene({
          batch,
          poll: async ({ cursor }) => {
            may('poll');
            const page = Number(cursor ?? 0);
            return { items: itemsOf(page), cursor: String(page + 1), more: page + 1 < sizes.length };
          },
          accept: async (request) => {
            may('accept');
            for (const id of idsIn(request)) stored.add(id);
            return taken(request);
          },
          saveCursor: async (value) => {
            may('save');
            const { cursor } = JSON.parse(value) as { cursor: string };
            const before = sizes.slice(0, Number(cursor)).flatMap((_, page) => itemsOf(page));
            passedOver.push(...before.map(({ id }) => id).filter((id) => !stored.has(id ?? '')));
          },
        });
        await scene.poller.start();
        await scene.clock.advance(2 * hour);
        await scene.poller.stop();
        expect(passedOver).toEqual([]);
        expect(stored.size).toBe(sizes.reduce((sum, size) => sum + size, 0));
      }),
      { numRuns: 25 },
    );
  });
});

describe('since', () => {
  it('is absent at the first poll', async () => {
    const { accepted } = await started({ poll: pages('a') });
    expect(accepted[0]).not.toHaveProperty('since');
  });

  it('is when the poll before began', async () => {
    let name = 0;
    const poll = async () => {
      name += 1;
      return { items: [order(`o${name}`)], cursor: `c${name}`, more: false };
    };
    const { accepted, clock } = await started({ poll });
    const first = clock.now();
    await clock.advance(2 * minute);
    expect(accepted.map(({ since }) => since)).toEqual([undefined, first, first + minute]);
  });

  it('is that of the round before for all pages of a round', async () => {
    const { accepted, cursors, clock } = await started({ poll: pages('a', 'b', 'c'), cursor: { at: 5 } });
    expect(accepted.map(({ since }) => since)).toEqual([5, 5, 5]);
    expect(JSON.parse(cursors.get(row) ?? '')).toEqual({ cursor: 'end', at: clock.now() });
  });

  it('stays that of the round before while a round is not at its end', async () => {
    const read = pages('a', 'b');
    let count = 0;
    const poll = (request: PollRequest) => {
      count += 1;
      return count === 2 ? Promise.reject(down()) : read(request);
    };
    const { accepted, cursors, clock } = await started({ cursor: { at: 5 }, poll });
    expect(JSON.parse(cursors.get(row) ?? '')).toEqual({ cursor: 'b', at: 5 });
    await clock.advance(1000);
    expect(accepted.map(({ since }) => since)).toEqual([5, 5]);
    expect(JSON.parse(cursors.get(row) ?? '')).toEqual({ cursor: 'end', at: clock.now() });
  });
});

describe('a round', () => {
  it('ends with a warning at a page that gives the cursor it was asked with', async () => {
    const poll = async () => ({ items: [order('a')], cursor: 'here', more: true });
    const { steps, log, clock } = await started({ poll, cursor: { cursor: 'here', at: 5 } });
    expect(steps).toEqual(['poll here', 'accept 1', 'save here']);
    expect(log).toMatchObject([{ level: 'warn', fields: { system: 'shop', record: 'order', cursor: 'here' } }]);
    expect(log[0]?.message).toContain('shop says that there is more of order');
    await clock.advance(minute);
    expect(steps).toHaveLength(6);
  });

  it('ends with a warning after a thousand pages, and the next one goes on', async () => {
    const poll = async ({ cursor }: PollRequest) => ({
      items: [],
      cursor: String(Number(cursor ?? 0) + 1),
      more: true,
    });
    const { asked, log, cursors, clock } = await started({ poll });
    expect(asked).toHaveLength(1000);
    expect(log).toMatchObject([{ level: 'warn', fields: { system: 'shop', record: 'order', cursor: '1000' } }]);
    expect(JSON.parse(cursors.get(row) ?? '')).toEqual({ cursor: '1000' });
    await clock.advance(minute);
    expect(asked[1000]?.cursor).toBe('1000');
  });

  it('hands on no more than a batch at once, in order', async () => {
    const ids = ['1', '2', '3', '4', '5', '6', '7'];
    const poll = async () => ({ items: ids.map(order), cursor: 'end', more: false });
    const { accepted, steps } = await started({ poll, batch: 3 });
    expect(accepted.map(idsIn)).toEqual([['1', '2', '3'], ['4', '5', '6'], ['7']]);
    expect(steps).toEqual(['poll -', 'accept 3', 'accept 3', 'accept 1', 'save end']);
  });

  it('hands changes on as NDJSON that was polled, payloads as they came', async () => {
    const item = { record: 'order' as const, id: '8812', at: '2026-11-23T05:00:00Z', data: '{"n": 1.50}' };
    const { accepted } = await started({ poll: async () => ({ items: [item], cursor: 'end', more: false }) });
    expect(accepted).toEqual([
      {
        system: 'shop',
        format: 'ndjson',
        via: 'poll',
        body: '{"record":"order","id":"8812","at":"2026-11-23T05:00:00Z","data":{"n": 1.50}}',
      },
    ]);
  });

  it('is counted by what became of the changes', async () => {
    const counts = { accepted: 1, repeated: 2 };
    const reply: AcceptReply = { status: 202, body: '{"results":[]}', replayed: false, counts };
    const scene = await started({ poll: pages('a', 'b'), accept: async () => reply });
    expect(Object.fromEntries(scene.counts)).toEqual({ 'shop accepted': 2, 'shop repeated': 4 });
    expect(scene.alerts).toEqual([]);
  });
});

describe('changes that cannot be read', () => {
  const fault = { path: '/data/total', message: 'is no amount' };

  it('raise an alert with their number and the first fault, and hold nothing up', async () => {
    const results = [{ status: 'accepted' }, { status: 'invalid', faults: [fault] }];
    const reply: AcceptReply = {
      status: 202,
      body: JSON.stringify({ results }),
      replayed: false,
      counts: { accepted: 1, invalid: 1 },
    };
    const { alerts, log, steps } = await started({ poll: pages('a'), accept: async () => reply });
    expect(alerts).toEqual(['poll_invalid']);
    expect(log).toEqual([
      {
        level: 'warn',
        fields: {
          ...{ alert: 'poll_invalid', system: 'shop', record: 'order', count: 1 },
          ...{ externalId: 'a2', fault: '/data/total: is no amount' },
        },
        message: '1 of the order changes polled from shop could not be read; check its mapping of order',
      },
    ]);
    expect(steps.at(-1)).toBe('save end');
  });

  it('are told of once a page, however many requests it took', async () => {
    const results = [{ status: 'invalid', faults: [fault] }];
    const reply: AcceptReply = {
      status: 202,
      body: JSON.stringify({ results }),
      replayed: false,
      counts: { invalid: 1 },
    };
    const { alerts, log } = await started({ poll: pages('a'), batch: 1, accept: async () => reply });
    expect(alerts).toEqual(['poll_invalid']);
    expect(log).toMatchObject([{ fields: { count: 2, externalId: 'a1' } }]);
  });

  it('do not keep their neighbours out when they are no JSON at all', async () => {
    const items = [order('a'), { record: 'order' as const, id: 'b', data: '{"id":' }, order('c')];
    const scene = await started({ poll: async () => ({ items, cursor: 'end', more: false }) });
    expect(scene.accepted.map(idsIn)).toEqual([['a', 'c']]);
    expect(Object.fromEntries(scene.counts)).toEqual({ 'shop invalid': 1, 'shop accepted': 2 });
    expect(scene.log).toMatchObject([{ fields: { alert: 'poll_invalid', count: 1, externalId: 'b' } }]);
    expect(scene.steps.at(-1)).toBe('save end');
  });
});
