// The feed and the stream of the fake hub.
import type { Bug } from './bugs.ts';
import type { Kept, Replica } from './kept.ts';

export interface Serving {
  kept: Kept;
  bug: Bug | undefined;
  /** How often the hub was killed. */
  life: number;
}

const hasty = 'takes an older acknowledgement for the newest state';

const pending = (kept: Kept): Replica[] =>
  kept
    .of('erp')
    .filter(({ state }) => state === 'behind')
    .sort((a, b) => a.wanted - b.wanted);

export function feedPage({ kept, bug }: Serving, after: string | null, limit: number): object {
  const upTo = Number(/^f\.(\d+)$/.exec(after ?? '')?.[1] ?? 0);
  for (const replica of kept.of('erp')) {
    if (bug === 'acknowledges what no page had' && replica.wanted <= upTo) settle(replica, replica.wanted);
    for (const seq of replica.served) if (seq <= upTo) settle(replica, bug === hasty ? replica.wanted : seq);
  }
  const page = pending(kept).slice(0, limit);
  const again =
    bug === 'serves again what was acknowledged' ? kept.of('erp').find(({ synced }) => synced > 0) : undefined;
  const items = [
    ...(again && page.length > 0 ? [itemOf(kept, again, again.synced)] : []),
    ...page.map((one) => itemOf(kept, one)),
  ];
  const last = bug === 'acknowledges what no page had' ? kept.seq : (page.at(-1)?.wanted ?? upTo);
  for (const replica of page) {
    replica.served.push(replica.wanted);
  }
  return { items, next: `f.${Math.max(last, upTo)}`, more: pending(kept).length > page.length };
}

function itemOf(kept: Kept, { order: id, wanted, synced, externalId }: Replica, seq = wanted): object {
  const order = kept.orders.get(id);
  const data = {
    FSourceBillNo: order?.number,
    FNote: order?.note,
    FAllAmount: ((order?.amount ?? 0) / 100).toFixed(2),
    FEntity: [{ FSourceLineId: '1', FQty: order?.quantity }],
    FRemark: order?.staffNote,
  };
  const op = synced > 0 ? 'update' : 'create';
  return { record: 'order', id, externalId: externalId ?? null, op, seq: String(seq), data };
}

function settle(replica: Replica, seq: number): void {
  replica.synced = Math.max(replica.synced, seq);
  if (replica.state === 'behind' && replica.synced >= replica.wanted) replica.state = 'synced';
}

interface Named {
  id: string;
  seq: string;
  externalId?: string;
}

export function acknowledge({ kept }: Serving, items: readonly Named[]): object {
  return each(
    items,
    (replica, seq, { externalId }) => {
      if (externalId !== undefined) replica.externalId = externalId;
      settle(replica, seq);
    },
    kept,
  );
}

export function reject({ kept }: Serving, items: readonly Named[]): object {
  return each(
    items,
    (replica, seq) => {
      if (replica.wanted === seq && replica.state === 'behind') kept.giveUp(replica, 'rejected');
    },
    kept,
  );
}

function each(
  items: readonly Named[],
  settleOne: (replica: Replica, seq: number, item: Named) => void,
  kept: Kept,
): object {
  const results = items.map((item) => {
    const replica = kept.replica('erp', item.id);
    const seq = Number(item.seq);
    const stale = seq <= replica.synced || replica.state === 'dead';
    if (!stale) settleOne(replica, seq, item);
    return { record: 'order', id: item.id, seq: item.seq, status: stale ? 'stale' : 'acknowledged' };
  });
  return { results };
}

/** Cursors say how many events there were, and in which life that was. */
export function streamPage({ kept, bug, life }: Serving, after: string | null, limit: number): object {
  const [, from = '0', of = String(life)] = /^s\.(\d+)\.(\d+)$/.exec(after ?? '') ?? [];
  const skips = bug === 'skips an event for cursors from before a kill' && Number(of) < life ? 1 : 0;
  const start = Number(from) + skips;
  const events = kept.events.slice(start, start + limit);
  return {
    events,
    next: `s.${Number(from) + (events.length > 0 ? skips : 0) + events.length}.${events.length > 0 ? life : of}`,
  };
}
