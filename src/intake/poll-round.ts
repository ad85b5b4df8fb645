// One round of a poll: page by page, each taken before the place behind it is kept.
import type { Clock } from '../clock.ts';
import type { Connection } from '../connector/connection.ts';
import { ConnectorError, type Polled as Page } from '../connector/contract.ts';
import type { Core } from '../core/core.ts';
import type { Log } from '../log.ts';
import type { RecordType } from '../model/records.ts';
import type { LeaseHeld } from '../store/sharing.ts';
import { type TakeDeps, takePolled } from './take-polled.ts';

export interface Polled {
  connection: Connection;
  record: RecordType;
}

export interface RoundDeps extends TakeDeps {
  core: Pick<Core, 'accept' | 'cursor' | 'saveCursor'>;
  clock: Clock;
  log: Log;
  /** False: paused; nothing more is asked until its next turn. */
  isActive(system: string): boolean;
  /** Where one of several processes polls: by what this one may, while it does. */
  lease?(system: string): LeaseHeld | undefined;
}

/** The cursor row `poll:<system>:<record>`. */
interface Place {
  cursor?: string | undefined;
  /** When the last round that came to its end began (ms since 1970). */
  at?: number | undefined;
}

/** Of one round: a system whose pages never end must not keep the loop from its pace. */
const mostPages = 1_000;

/**
 * A crash between a page and its place repeats the page, which the merge makes harmless.
 * @throws ConnectorError when the system could not be asked, whatever the store throws when it could not be written
 */
export async function pollRound(polled: Polled, deps: RoundDeps, signal: AbortSignal): Promise<void> {
  const { core, clock, isActive, lease } = deps;
  const { connection, record } = polled;
  const { system } = connection;
  const row = `poll:${system}:${record}`;
  const held = lease?.(system);
  const before = readPlace(row, await core.cursor(row));
  const at = clock.now();
  let { cursor } = before;
  for (let pages = 1; !signal.aborted && isActive(system); pages += 1) {
    const page = await readPage(polled, { cursor, now: clock.now() }, signal);
    // Another process polls it by now, and may have read something newer.
    if (held && lease?.(system)?.token !== held.token) return;
    await takePolled(page.items, { system, record, since: before.at }, deps);
    const ending = endingOf(page, cursor, pages);
    ({ cursor } = page);
    // What an unfinished round has not shown may have happened since the round before.
    const place = JSON.stringify({ cursor, at: ending === 'done' ? at : before.at } satisfies Place);
    await (held ? core.saveCursor(row, place, held) : core.saveCursor(row, place));
    if (ending !== undefined) return warn(ending, polled, cursor, deps);
  }
}

function readPlace(row: string, text: string | undefined): Place {
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as Place;
  } catch (error) {
    throw new Error(`the cursor "${row}" is stored as something that is no JSON`, { cause: error });
  }
}

async function readPage(
  { connection, record }: Polled,
  place: { cursor: string | undefined; now: number },
  signal: AbortSignal,
): Promise<Page> {
  const { connector, system } = connection;
  if (!connector.poll) {
    throw new ConnectorError('invalid', `the connector "${connector.name}" of ${system} polls nothing`);
  }
  return connector.poll({ record, ...place }, connection.context(signal));
}

type Ending = 'done' | 'stands' | 'many';

function endingOf({ more, cursor }: Page, asked: string | undefined, pages: number): Ending | undefined {
  if (!more) return 'done';
  if (cursor === asked) return 'stands';
  return pages === mostPages ? 'many' : undefined;
}

function warn(ending: Ending, { connection, record }: Polled, cursor: string | undefined, { log }: RoundDeps): void {
  const { system } = connection;
  const said = { system, record, cursor };
  if (ending === 'stands') {
    const message = `${system} says that there is more of ${record} and gives the cursor it was asked with; it is asked again at the next poll`;
    log.warn(said, message);
  }
  if (ending === 'many') {
    log.warn(said, `${system} has more than ${mostPages} pages of ${record}; the rest is read at the next poll`);
  }
}
