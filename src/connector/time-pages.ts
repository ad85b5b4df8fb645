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
  /** Most objects of a page, two at least; one with fewer is the last. */
  size: number;
  /** The member that holds the time; `id` holds what tells them apart. */
  time: string;
}

export interface Paged {
  items: Lossless[];
  cursor: string | undefined;
  more: boolean;
}

/** A place, and which object is before it: it tells whether the count still leads there. */
interface Mark extends Place {
  anchor: string;
}

/** Marks the cursor of a round that is not at its end. */
const goingOn = /^>(\S+?)\+(\d+)\+(.*)$/;
const cursorOf = ({ after, skip, anchor }: Mark): string => `>${after}+${skip}+${anchor}`;

function markIn(cursor: string | undefined): Mark | undefined {
  const [, after = '', skip, anchor = ''] = goingOn.exec(cursor ?? '') ?? [];
  return skip === undefined ? undefined : { after, skip: Number(skip), anchor };
}

const dawn = '1970-01-01T00:00:00.000Z';
const from = (after: string): Mark => ({ after, skip: 0, anchor: '' });

/**
 * What changed since the cursor, by a time that moves with each change.
 * @param overlapMs a new round begins this much earlier, for what was committed late
 */
export async function pollPages(cursor: string | undefined, pages: TimePages, overlapMs: number): Promise<Paged> {
  const mark = markIn(cursor) ?? from(earlier(cursor, overlapMs) ?? dawn);
  const { items, last, next } = await read(mark, pages, 1);
  // One that changes moves to the end, so what has the last time is read once more rather than counted.
  if (next) return { items, cursor: cursorOf(next.after > mark.after ? from(next.after) : next), more: true };
  const reached = markIn(cursor)?.after ?? cursor;
  return { items, cursor: latest([reached, last]), more: false };
}

/** Everything once, by a time that never changes; twice only where others vanish meanwhile. */
export async function listPages(cursor: string | undefined, pages: TimePages): Promise<Paged> {
  const { items, next } = await read(markIn(cursor) ?? from(dawn), pages, pages.size);
  return { items, cursor: next && cursorOf(next), more: next !== undefined };
}

/** Everything since a time, anew in each round: for changes that move no time of theirs. */
export async function sweepPages(cursor: string | undefined, pages: TimePages, since: number): Promise<Paged> {
  return listPages(cursor ?? cursorOf(from(new Date(since).toISOString())), pages);
}

interface Read {
  items: Lossless[];
  /** Time of the last one. */
  last: string | undefined;
  /** Undefined: this was the last page. */
  next: Mark | undefined;
}

/** @param within among how many objects the one before the place is looked for: more than one where times stand still */
async function read({ after, skip, anchor }: Mark, pages: TimePages, within: number): Promise<Read> {
  const { page, size, time } = pages;
  const start = Math.max(skip - 1, 0);
  const found = await page({ after, skip: start });
  const known = skip === 0 ? -1 : found.slice(0, within).findIndex((item) => nameOf(item, time) === anchor);
  // What it was counted by is gone or moved: nobody knows what would be passed by.
  if (skip > 0 && known < 0) return read(from(after), pages, within);
  // What stands before it now was not there, or is of the same time and has changed places: not every system keeps an order there.
  const items = found.filter((_, at) => at !== known);
  const last = textAt(found.at(-1), [time]);
  if (found.length < size || last === undefined) return { items, last, next: undefined };
  return { items, last, next: behind(found, { after, skip: start }, time) };
}

/** One that moved is another one. */
const nameOf = (item: Lossless | undefined, time: string): string => `${textAt(item, [time])} ${textAt(item, ['id'])}`;

/** A millisecond before the last time, behind those that have it: a database keeps more digits than it shows. */
function behind(found: Lossless[], { after, skip }: Place, time: string): Mark {
  const last = textAt(found.at(-1), [time]) ?? dawn;
  const before = new Date(Date.parse(last) - 1).toISOString();
  const anchor = nameOf(found.at(-1), time);
  if (Date.parse(before) <= Date.parse(after)) return { after, skip: skip + found.length, anchor };
  return { after: before, skip: found.filter((item) => textAt(item, [time]) === last).length, anchor };
}
