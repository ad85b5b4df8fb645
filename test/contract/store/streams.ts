// The places of published streams over a store: what comes next, how far it was acknowledged, what was pruned before.
import { describe, expect, it } from 'vitest';
import type { Catalog } from '../../../src/core/catalog.ts';
import type { StreamPage } from '../../../src/core/core.ts';
import { createStreams, type Streams } from '../../../src/feed/streams.ts';
import type { RecordType } from '../../../src/model/records.ts';
import type { Store } from '../../../src/store/store.ts';
import { change, type Harness, keepNothing, makeOrder } from './harness.ts';

type Page = Exclude<StreamPage, { gap: unknown }>;

interface Setup {
  records?: RecordType[] | 'all';
  backfill?: boolean;
}

export function streamsContract(given: () => Harness): void {
  const streamsOf = (store: Store, { records = 'all', backfill = true }: Setup = {}): Streams => {
    const systems = new Map<string, object>([
      ['events', { id: 'events', publishes: records, backfill }],
      ['crm', { id: 'crm' }],
    ]);
    const catalog = { systems: [...systems.keys()], system: (id: string) => systems.get(id) } as unknown as Catalog;
    return createStreams({ store, catalog, now: given().clock.now });
  };
  const page = async (streams: Streams, limit = 10): Promise<Page> => {
    const found = await streams.unpublished('events', limit);
    if ('gap' in found) throw new Error(JSON.stringify(found));
    return found;
  };
  const seqs = ({ changes }: Page): number[] => changes.map(({ seq }) => seq);
  const make = async (store: Store, count: number): Promise<void> => {
    for (let made = 0; made < count; made += 1) await store.transact([], makeOrder([]));
  };

  describe('published streams', () => {
    it('go on from the place that was kept, also after a restart', async () => {
      const harness = given();
      const streams = streamsOf(harness.store);
      await make(harness.store, 3);
      const first = await page(streams, 2);
      expect([seqs(first), first.upTo, first.more, first.epoch]).toEqual([[1, 2], 2, true, harness.store.epoch]);
      expect(seqs(await page(streams, 2))).toEqual([1, 2]);
      await streams.published('events', first);
      const reopened = streamsOf(await harness.reopen());
      const second = await page(reopened, 2);
      expect([seqs(second), second.more, second.restored]).toEqual([[3], false, false]);
      await reopened.published('events', second);
      expect(seqs(await page(reopened))).toEqual([]);
    });

    it('are told their types only, and pass over the others', async () => {
      const { store } = given();
      await make(store, 3);
      const found = await page(streamsOf(store, { records: ['shipment'] }));
      expect([seqs(found), found.upTo]).toEqual([[], 3]);
      const refused = streamsOf(store);
      const id = await store.transact([], makeOrder([]));
      await store.transact([id], (_, { nextSeq }) => ({
        write: { changes: [change(nextSeq(), id, { op: 'none' })] },
        answer: 0,
      }));
      expect(seqs(await page(refused))).toEqual([1, 2, 3, 4]);
    });

    it('begin where they are made where nothing is to be filled, and keep that at once', async () => {
      const harness = given();
      await make(harness.store, 2);
      expect(seqs(await page(streamsOf(harness.store, { backfill: false })))).toEqual([]);
      await make(harness.store, 1);
      expect(seqs(await page(streamsOf(await harness.reopen(), { backfill: false })))).toEqual([3]);
    });

    it('are told of a gap where changes were pruned before they were published, and begin a new one behind it', async () => {
      const { store, clock } = given();
      const streams = streamsOf(store);
      await make(store, 4);
      await streams.published('events', { upTo: 1, moves: 0 });
      await store.prune(clock.now() + 1, keepNothing, 1);
      expect(seqs(await page(streams))).toEqual([2, 3, 4]);
      await store.prune(clock.now() + 1, keepNothing, 100);
      expect(await streams.unpublished('events', 10)).toEqual({ gap: { after: 1, prunedUpTo: 3 } });
      expect(await store.prunedUpTo()).toBe(3);
      await streams.moveStream('events', 'oldest', 'ops');
      expect(seqs(await page(streams))).toEqual([4]);
      const other = createStreams({
        ...{ store, now: clock.now },
        catalog: { system: () => ({ id: 'new', publishes: 'all', backfill: true }) } as unknown as Catalog,
      });
      expect(await other.unpublished('new', 10)).toMatchObject({ upTo: 4 });
    });

    it('go where a person says, whatever is kept of them meanwhile, and a row says who', async () => {
      const { store } = given();
      const streams = streamsOf(store);
      await make(store, 5);
      const before = await page(streams, 3);
      await streams.moveStream('events', `${store.epoch}:4`, 'mei');
      await streams.published('events', before);
      const after = await page(streams);
      expect(seqs(after)).toEqual([5]);
      await streams.published('events', after);
      await streams.moveStream('events', `${store.epoch}.2`, 'mei');
      expect(seqs(await page(streams))).toEqual([3, 4, 5]);
      await streams.moveStream('events', 'newest', 'lei');
      expect(seqs(await page(streams))).toEqual([]);
      const { items } = await store.audit({}, 10, null);
      expect(items.map(({ actor, action, detail }) => [actor, action, detail.from])).toEqual([
        ['lei', 'stream.move', 'newest'],
        ['mei', 'stream.move', `${store.epoch}.2`],
        ['mei', 'stream.move', `${store.epoch}:4`],
      ]);
    });

    it.each([
      ['yesterday', /is no place; say oldest, newest/],
      ['other:1', /of another history/],
      ['EPOCH:99', /is not given yet; the newest is/],
    ])('go nowhere for "%s"', async (from, words) => {
      const { store } = given();
      await make(store, 1);
      const moving = streamsOf(store).moveStream('events', from.replace('EPOCH', store.epoch), 'ops');
      await expect(moving).rejects.toMatchObject({
        problem: { status: 400, faults: [{ path: '/from', message: expect.stringMatching(words) }] },
      });
      await expect(streamsOf(store).moveStream('crm', 'oldest', 'ops')).rejects.toMatchObject({
        problem: { status: 409 },
      });
    });

    it('have a lag: of each type the age of its oldest change that is not published, and no replicas', async () => {
      const { store, clock } = given();
      const streams = streamsOf(store, { records: ['order', 'shipment'] });
      await make(store, 2);
      clock.advance(4_200);
      const [lag] = await streams.lag();
      expect(lag).toMatchObject({ system: 'events', lagSeconds: 4.2 });
      expect(lag?.records.map(({ record, lagSeconds, behind }) => [record, lagSeconds, behind])).toEqual([
        ['order', 4.2, 0],
        ['shipment', 0, 0],
      ]);
      await streams.published('events', { upTo: 2, moves: 0 });
      expect(await streams.lag()).toMatchObject([{ lagSeconds: 0 }]);
    });

    it('of a store that was made from a backup go on from the place in it', async () => {
      const { store } = given();
      await make(store, 3);
      await store.saveCursor('publish:events', JSON.stringify({ at: 2, epoch: 'before', moves: 0 }));
      const found = await page(streamsOf(store));
      expect([seqs(found), found.restored, found.epoch]).toEqual([[3], true, store.epoch]);
    });
  });
}
