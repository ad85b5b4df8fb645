// One round of the ERP's polling: ask the feed, book, tell what became of each item; and the clock that repeats it.
import type { Clock } from '../src/clock.ts';
import type { Books } from './erp-books.ts';
import type { Faults } from './faults.ts';
import type { FeedClient } from './feed-client.ts';

export interface Polled {
  taken: number;
  rejected: number;
}

export interface Round {
  books: Books;
  faults: Faults;
  clock: Clock;
}

const pageSize = 200;
const nothing: Polled = { taken: 0, rejected: 0 };

/** The hub is handed in at each round; the cursor is remembered from one round to the next. */
export function createRounds({ books, faults, clock }: Round): (hub: FeedClient) => Promise<Polled> {
  let cursor: string | undefined;
  return async (hub) => {
    const met = faults.meet('GET');
    if (met.reset) return nothing;
    if (met.delayMs > 0) await pause(clock, met.delayMs);
    const page = await hub.page(cursor, pageSize);
    if ('restart' in page) {
      cursor = page.restart;
      return nothing;
    }
    const done = page.items.map((item) => books.take(item, met.refusal?.message));
    // It stopped between booking and telling: next time it asks from the same place.
    if (met.loseAnswer) return nothing;
    const rejected = done.filter(({ reason }) => reason !== undefined);
    const taken = done.filter(({ reason }) => reason === undefined);
    if (taken.length > 0) await hub.ack(taken);
    if (rejected.length > 0) await hub.reject(rejected);
    cursor = page.next;
    return { taken: taken.length, rejected: rejected.length };
  };
}

export const pause = (clock: Clock, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, resolve));

/** A hub that is away is asked again at the next round. @returns what stops it */
export function pollEvery(ms: number, clock: Clock, poll: () => Promise<unknown>): () => void {
  let stopped = false;
  let cancel = (): void => undefined;
  const again = (): void => {
    if (!stopped) cancel = clock.after(ms, () => void poll().then(again, again));
  };
  again();
  return () => {
    stopped = true;
    cancel();
  };
}
