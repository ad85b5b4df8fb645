// Fetches what systems only named: "something changed at id 8812".
import type { Clock } from '../clock.ts';
import type { Connection } from '../connector/connection.ts';
import { ConnectorError } from '../connector/contract.ts';
import type { Core } from '../core/core.ts';
import type { Log } from '../log.ts';

export interface Fetching {
  /** There is something to fetch. */
  wake(): void;
  start(): void;
  /** Waits for what is under way. */
  stop(): Promise<void>;
}

export interface FetchingDeps {
  core: Pick<Core, 'toFetch' | 'fetched'>;
  connections: readonly Connection[];
  clock: Clock;
  log: Log;
  /** 0 ≤ x < 1. */
  random: () => number;
}

const atOnce = 4;
const firstRetry = 1_000;
const longestRetry = 10 * 60_000;
const longestRetryAfter = 24 * 3_600_000;
/** Rows that an earlier process was told to try later. */
const lookAgain = 30_000;

type Due = Awaited<ReturnType<Core['toFetch']>>[number];

export function createFetching({ core, connections, clock, log, random }: FetchingDeps): Fetching {
  const closing = new AbortController();
  const bySystem = new Map(connections.map((connection) => [connection.system, connection]));
  let running: Promise<void> | undefined;
  let again = false;
  let cancel: () => void = () => undefined;

  const retryIn = (attempts: number, retryAfterMs = 0): number =>
    Math.max(
      Math.round(Math.min(longestRetry, firstRetry * 2 ** Math.min(attempts, 20)) * random()),
      Math.min(retryAfterMs, longestRetryAfter),
    );

  /** @returns ms until it is tried again; undefined when it is done */
  async function fetchOne(due: Due): Promise<number | undefined> {
    const connection = bySystem.get(due.system);
    try {
      if (!connection?.connector.fetch)
        throw new ConnectorError('invalid', `${due.system} cannot be asked for single records`);
      const reference = { record: due.record, externalId: due.externalId };
      const payload = await connection.connector.fetch(reference, connection.context(closing.signal));
      await core.fetched(due.id, { payload: payload ?? null });
      return undefined;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const retryInMs = retryIn(due.attempts, error instanceof ConnectorError ? error.retryAfterMs : 0);
      const { system, record, externalId } = due;
      if (!closing.signal.aborted)
        log.warn(
          { err: error, system, record, externalId, retryInMs },
          'a record that a system named could not be fetched yet',
        );
      await core.fetched(due.id, { retryInMs, message });
      return retryInMs;
    }
  }

  async function round(): Promise<number> {
    let wait = lookAgain;
    for (;;) {
      if (closing.signal.aborted) return wait;
      const due = await core.toFetch(atOnce * Math.max(1, connections.length));
      if (due.length === 0) return wait;
      const waits = await Promise.all(due.map(fetchOne));
      wait = Math.min(wait, ...waits.filter((ms) => ms !== undefined));
    }
  }

  async function run(): Promise<void> {
    do {
      again = false;
      let wait = lookAgain;
      try {
        wait = await round();
      } catch (error) {
        if (!closing.signal.aborted) log.error({ err: error }, 'the store could not be asked what is to be fetched');
      }
      cancel();
      if (!closing.signal.aborted) cancel = clock.after(Math.max(1, wait), wake);
    } while (again && !closing.signal.aborted);
  }

  function wake(): void {
    again = true;
    if (closing.signal.aborted || running) return;
    running = run().finally(() => {
      running = undefined;
    });
  }

  return {
    wake,
    start: wake,
    stop: async () => {
      closing.abort();
      cancel();
      await running;
    },
  };
}
