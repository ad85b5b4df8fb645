// Polls what changed by the times of everything that belongs to an object: an order's own time may stand still when a
// line of it moves. Each stream is paged by itself; the cursor holds the place in each.
import { type Lossless, parseJson } from '../model/json.ts';
import { textAt } from './answer.ts';
import { ConnectorError } from './error.ts';
import { latest } from './time-cursor.ts';
import { pollPages, type TimePages } from './time-pages.ts';

export interface TimeStream extends TimePages {
  /** Its name in the cursor. */
  name: string;
  /** The member of a row that holds the id of the object whose change it is. */
  owner: readonly string[];
}

export interface Changed {
  /** Objects of this page, and when the newest change of each was. */
  objects: Map<string, string>;
  cursor: string;
  more: boolean;
}

/** @throws ConnectorError invalid when the cursor is none of these */
export async function pollStreams(
  cursor: string | undefined,
  streams: readonly TimeStream[],
  overlapMs: number,
): Promise<Changed> {
  const places = placesIn(cursor);
  const read = await Promise.all(
    streams.map(async (stream) => ({
      stream,
      page: await pollPages(textAt(places, [stream.name]), stream, overlapMs),
    })),
  );
  const objects = new Map<string, string>();
  for (const { stream, page } of read)
    for (const row of page.items) {
      const [id, at] = [textAt(row, stream.owner), textAt(row, [stream.time])];
      // What belongs to nobody changes nobody.
      if (id !== undefined && at !== undefined) objects.set(id, latest([objects.get(id), at]) ?? at);
    }
  const next = read.map(({ stream, page }) => [stream.name, page.cursor]);
  return { objects, cursor: JSON.stringify(Object.fromEntries(next)), more: read.some(({ page }) => page.more) };
}

function placesIn(cursor: string | undefined): Lossless {
  try {
    return parseJson(cursor ?? '{}');
  } catch (cause) {
    throw new ConnectorError('invalid', 'the cursor is not one of this connector', { sent: false, cause });
  }
}
