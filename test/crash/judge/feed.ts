// The feed never skips and never goes back, and what was acknowledged stays so.
import type { FeedItem, History } from '../history.ts';
import { versionIn } from '../words.ts';
import { difference, expectedOrders } from './expected.ts';
import type { Checked, Find } from './fault.ts';

interface Seen {
  item: FeedItem;
  acknowledged: number;
}

export function feedOrder({ feed }: History, find: Find, checked: Checked): void {
  const seen = new Map<string, Seen>();
  for (const event of feed) {
    if (event.kind === 'page') {
      const at: Find = (message, about) => find(message, about, event.tick);
      ascending(event.items, at);
      once(event.items, at);
      checked(event.items.filter(({ id }) => seen.has(id)).length);
      for (const item of event.items) next(item, seen, at);
    } else {
      const known = seen.get(event.id);
      if (known && event.kind === 'acknowledged') known.acknowledged = Math.max(known.acknowledged, Number(event.seq));
    }
  }
}

function ascending(items: readonly FeedItem[], find: Find): void {
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    if (before && Number(before.seq) >= Number(item.seq)) find(`a page has ${item.seq} after ${before.seq}`, item.id);
  }
}

/** The feed is compacted: a record stands at the place of its newest change only. */
function once(items: readonly FeedItem[], find: Find): void {
  const ids = items.map(({ id }) => id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) find(`a page has ${id} twice`, id);
}

function next(item: FeedItem, seen: Map<string, Seen>, find: Find): void {
  const { id, seq, op, said } = item;
  const known = seen.get(id);
  seen.set(id, { item, acknowledged: known?.acknowledged ?? 0 });
  if (!known) return;
  const { item: before, acknowledged } = known;
  if (Number(seq) < Number(before.seq)) find(`${id} was served at ${seq} after ${before.seq}`, id);
  for (const part of ['note', 'staffNote'] as const) {
    if (versionIn(said[part]) < versionIn(before.said[part]))
      find(`${id} was served with "${said[part]}" after "${before.said[part]}"`, id);
  }
  if (Number(seq) <= acknowledged) find(`${id} was acknowledged at ${acknowledged} and served again at ${seq}`, id);
  if (acknowledged > 0 && op !== 'update') find(`${id} was acknowledged and came again as ${op}`, id);
  if (seq === before.seq && item.text !== before.text) find(`${id} at ${seq} was served in two forms`, id);
}

/** The newest state of each record has come by. */
export function feedReaches(history: History, find: Find, checked: Checked): void {
  const newest = new Map<string, FeedItem>();
  for (const event of history.feed) {
    for (const item of event.kind === 'page' ? event.items : []) newest.set(item.id, item);
  }
  for (const { id, number, words } of expectedOrders(history).values()) {
    checked(1);
    const item = newest.get(id);
    const { number: _, ...said } = words;
    const { number: __, ...served } = item?.said ?? {};
    const differs = item ? difference(said, served) : 'it was never served';
    if (differs) find(`the feed's last word of ${number}: ${differs}`, number);
  }
}
