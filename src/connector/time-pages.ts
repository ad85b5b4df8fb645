// Pages through what is ordered by a time: nothing slips past when objects move, appear or vanish meanwhile.
import type { Lossless } from '../model/json.ts';
import { textAt } from './answer.ts';
import { earlier, latest } from './time-cursor.ts';

/** Where a page begins: behind a time (RFC 3339, itself excluded), and behind so many objects after it. */
export interface Place {
  after: string;
  skip: number;
}

export interface TimePages {
  /** Objects with a later time, the oldest first. */
  page(place: Place): Promise<Lossless[]>;
  /** Most objects of a page; one with fewer is the last. */
  size: number;
  /** The member that holds the time. */
  time: string;
}

export interface Paged {
  items: Lossless[];
  cursor: string | undefined;
  more: boolean;
}

/** Marks the cursor of a round that is not at its end. */
const goingOn = /^>(\S+)\+(\d+)$/;
const cursorOf = ({ after, skip }: Place): string => `>${after}+${skip}`;

function placeIn(cursor: string | undefined): Place | undefined {
  const [, after = '', skip] = goingOn.exec(cursor ?? '') ?? [];
  return skip === undefined ? undefined : { after, skip: Number(skip) };
}

const dawn = '1970-01-01T00:00:00.000Z';

/**
 * What changed since the cursor, by a time that moves with each change.
 * @param overlapMs a new round begins this much earlier, for what was committed late
 */
export async function pollPages(cursor: string | undefined, pages: TimePages, overlapMs: number): Promise<Paged> {
  const place = placeIn(cursor) ?? { after: earlier(cursor, overlapMs) ?? dawn, skip: 0 };
  const items = await pages.page(place);
  // One that changes moves to the end, and those behind it move up: the last time's objects come once more.
  if (items.length >= pages.size) return { items, cursor: cursorOf(behind(items, place, pages, 0)), more: true };
  const reached = placeIn(cursor)?.after ?? cursor;
  return { items, cursor: latest([reached, textAt(items.at(-1), [pages.time])]), more: false };
}

/** Everything once, by a time that never changes. */
export async function listPages(cursor: string | undefined, pages: TimePages): Promise<Paged> {
  const place = placeIn(cursor) ?? { after: dawn, skip: 0 };
  const items = await pages.page(place);
  if (items.length < pages.size) return { items, cursor: undefined, more: false };
  return { items, cursor: cursorOf(behind(items, place, pages, 1)), more: true };
}

/** Everything since a time, anew in each round: for changes that move no time of theirs. */
export async function sweepPages(cursor: string | undefined, pages: TimePages, since: number): Promise<Paged> {
  const place = placeIn(cursor) ?? { after: new Date(since).toISOString(), skip: 0 };
  const items = await pages.page(place);
  if (items.length < pages.size) return { items, cursor: undefined, more: false };
  return { items, cursor: cursorOf({ ...place, skip: place.skip + items.length }), more: true };
}

/**
 * The place behind a page, a millisecond earlier: a database keeps more digits than it shows.
 * @param share of the last time's objects that are not wanted again: all of them (1) or none (0)
 */
function behind(items: Lossless[], place: Place, { time }: TimePages, share: 0 | 1): Place {
  const last = textAt(items.at(-1), [time]) ?? dawn;
  const ties = items.filter((item) => textAt(item, [time]) === last).length;
  // A page of one time alone: only counting leads out of it.
  if (ties === items.length) return { after: place.after, skip: place.skip + ties };
  return { after: new Date(Date.parse(last) - 1).toISOString(), skip: share * ties };
}
