// The compacted feed of a polling system: what is pending in the order of its newest changes.
import { instant } from '../clock.ts';
import type { World } from '../core/catalog.ts';
import type { AckResult, AckStatus, Core, FeedItem, FeedPage } from '../core/core.ts';
import { isRecordId } from '../model/ids.ts';
import { isRecordType, type RecordType } from '../model/records.ts';
import type { FeedRow, Store } from '../store/store.ts';
import { acknowledge, reject } from './acknowledge.ts';
import { cursorText, readCursor } from './cursor.ts';
import { pageWriter } from './page-writer.ts';
import { serve } from './serve.ts';
import type { PageWriter } from './written.ts';

export interface Feed {
  page: Core['feed'];
  acknowledge: Core['acknowledge'];
  reject: Core['reject'];
}

/** Acknowledged in slices, so that nobody else waits for long. */
const slice = 500;

export function createFeed({ store, world }: { store: Store; world: World }): Feed {
  return {
    page: async ({ system, after, limit, record, as }) => {
      const position = after === null ? { after: 0 } : readCursor(after, store.epoch);
      if ('gone' in position) return position;
      const type = position.record ?? record;
      const writer = as && pageWriter(world.catalog, { system, as, type });
      if (after !== null) await acknowledgeUpTo(store, world, { system, upTo: position.after, type: position.record });
      const page = await fill(store, world, { system, after: position.after, limit, type, writer });
      return writer ? { ...page, written: { type: writer.type, bytes: writer.write(page) } } : page;
    },
    acknowledge: (system, items) =>
      each(items, (item, recordId, seq) =>
        store.transact([recordId], acknowledge(world, { system, recordId, seq, externalId: item.externalId })),
      ),
    reject: (system, items) =>
      each(items, (item, recordId, seq) =>
        store.transact([recordId], reject(world, { system, recordId, seq, reason: item.reason })),
      ),
  };
}

async function acknowledgeUpTo(
  store: Store,
  world: World,
  { system, upTo, type }: { system: string; upTo: number; type: RecordType | undefined },
): Promise<void> {
  for (;;) {
    const served = await store.served(system, upTo, type, slice);
    await Promise.all(
      served.map((recordId) =>
        store.transact([recordId], acknowledge(world, { system, recordId, seq: undefined, upTo })),
      ),
    );
    if (served.length < slice) return;
  }
}

interface Asked {
  system: string;
  after: number;
  limit: number;
  type: RecordType | undefined;
  writer: PageWriter | undefined;
}

/** Looks on while what is pending turns out to need no sending. */
async function fill(store: Store, world: World, asked: Asked): Promise<FeedPage> {
  const { system, limit, type, writer } = asked;
  const items: FeedItem[] = [];
  let { after } = asked;
  // What changes from now on is for the next page: a record that moves on meanwhile would stand in this one twice.
  const end = await store.head();
  for (;;) {
    const found = await store.feed(system, after, limit - items.length, type);
    const ours = upToForeign(found);
    const isForeign = ours.length < found.length;
    const rows = ours.filter(({ replica }) => replica.wantedSeq <= end);
    const served = await Promise.all(rows.map((row) => serveRow(store, world, { row, writer })));
    items.push(...served.filter((item) => item !== undefined));
    after = rows.at(-1)?.replica.wantedSeq ?? after;
    const more = !isForeign && found.length > 0 && (items.length >= limit || rows.length < found.length);
    if (rows.length === 0 || more || isForeign) return { items, next: cursorText(store.epoch, after, type), more };
  }
}

/** A newer program among the processes knows more types: no cursor goes past what only that one can serve. */
function upToForeign(found: readonly FeedRow[]): readonly FeedRow[] {
  const at = found.findIndex(({ replica }) => !isRecordType(replica.type));
  return at < 0 ? found : found.slice(0, at);
}

async function serveRow(
  store: Store,
  world: World,
  { row: { replica, changedAt }, writer }: { row: FeedRow; writer: PageWriter | undefined },
): Promise<FeedItem | undefined> {
  const { system, recordId, wantedSeq: seq } = replica;
  const item = await store.transact([recordId], serve(world, { system, recordId, seq, writer }));
  return item && { ...item, changedAt: instant(changedAt) };
}

async function each<I extends { record: string; id: string; seq: string }>(
  items: readonly I[],
  settle: (item: I, recordId: string, seq: number) => Promise<AckStatus>,
): Promise<AckResult[]> {
  return Promise.all(
    items.map(async (item) => {
      const { record, id, seq } = item;
      const known = isRecordType(record) && isRecordId(record, id) && /^\d{1,15}$/.test(seq);
      return { record, id, seq, status: known ? await settle(item, id, Number(seq)) : 'unknown' };
    }),
  );
}
