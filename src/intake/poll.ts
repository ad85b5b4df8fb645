// Asks systems that do not tell by themselves: one loop for each system and record type that is polled.
import type { Clock } from '../clock.ts';
import type { Connection } from '../connector/connection.ts';
import { ConnectorError } from '../connector/contract.ts';
import { changesText } from '../connector/envelope.ts';
import type { Core } from '../core/core.ts';
import type { Log } from '../log.ts';
import type { RecordType } from '../model/records.ts';

export interface Poller {
  start(): Promise<void>;
  /** Waits for the polls under way. */
  stop(): Promise<void>;
}

export interface PollerDeps {
  core: Pick<Core, 'accept' | 'cursor' | 'saveCursor'>;
  connections: readonly Connection[];
  /** Most changes of one request to the store side. */
  batch: number;
  clock: Clock;
  log: Log;
  metrics: { changeTaken(system: string, status: string, count?: number): void; alert(kind: string): void };
  /** 0 ≤ x < 1. */
  random: () => number;
  /** False while the system is paused: it is asked at its next turn again. */
  isActive(system: string): boolean;
  onPolled(system: string, at: number): void;
}

interface Polled {
  connection: Connection;
  record: RecordType;
  everyMs: number;
}

interface Place {
  cursor?: string;
  /** When the system was last asked (ms): a change without a time happened after it. */
  at?: number;
}

const mostPages = 1_000;
const longestRetry = 10 * 60_000;
const longestRetryAfter = 24 * 3_600_000;

export function createPoller(deps: PollerDeps): Poller {
  const closing = new AbortController();
  const turns = deps.connections.flatMap((connection) =>
    connection.abilities.polls.map(({ record, everyMs }) =>
      createTurn(deps, { connection, record, everyMs }, closing.signal),
    ),
  );
  return {
    start: async () => {
      for (const turn of turns) turn.begin();
    },
    stop: async () => {
      closing.abort();
      await Promise.all(turns.map((turn) => turn.end()));
    },
  };
}

interface Turn {
  begin(): void;
  end(): Promise<void>;
}

function createTurn(deps: PollerDeps, polled: Polled, signal: AbortSignal): Turn {
  const { clock, log, random, metrics } = deps;
  const { everyMs, record, connection } = polled;
  const { system } = connection;
  let running: Promise<void> = Promise.resolve();
  let cancel: () => void = () => undefined;
  let failures = 0;

  /** @returns ms until the next poll */
  async function turn(): Promise<number> {
    if (!deps.isActive(system)) return everyMs;
    try {
      await pollOnce(deps, polled, signal);
      failures = 0;
      return Math.round(everyMs * (0.9 + 0.2 * random()));
    } catch (error) {
      if (signal.aborted) return everyMs;
      failures += 1;
      const wait = retryIn(error);
      const isRefused = error instanceof ConnectorError && error.kind === 'unauthorized';
      if (isRefused) metrics.alert('unauthorized');
      log[isRefused ? 'error' : 'warn'](
        { err: error, system, record, retryInMs: wait, ...(isRefused && { alert: 'unauthorized' }) },
        `polling ${record} of ${system} failed and is tried again`,
      );
      return wait;
    }
  }

  function retryIn(error: unknown): number {
    const asked = error instanceof ConnectorError ? (error.retryAfterMs ?? 0) : 0;
    const ceiling = Math.min(longestRetry, everyMs * 2 ** Math.min(failures - 1, 20));
    return Math.max(Math.round(ceiling * random()), Math.min(asked, longestRetryAfter), 1);
  }

  const begin = (): void => {
    running = turn().then((wait) => {
      if (!signal.aborted) cancel = clock.after(wait, begin);
    });
  };
  return {
    begin,
    end: async () => {
      cancel();
      await running;
    },
  };
}

/** The cursor is kept after the changes: a page that is read twice is harmless, one that is passed over is not. */
async function pollOnce(deps: PollerDeps, { connection, record }: Polled, signal: AbortSignal): Promise<void> {
  const { core, clock, log, onPolled } = deps;
  const { system, connector } = connection;
  const name = `poll:${system}:${record}`;
  const before = placeIn(await core.cursor(name));
  const at = clock.now();
  let { cursor } = before;
  for (let page = 1; ; page++) {
    const answer = await connector.poll?.({ record, cursor, now: clock.now() }, connection.context(signal));
    if (!answer) return;
    await accept(deps, { system, record, since: before.at }, answer.items);
    const stands = answer.more && answer.cursor === cursor;
    cursor = answer.cursor;
    await core.saveCursor(name, JSON.stringify({ cursor, at: answer.more ? before.at : at }));
    if (stands)
      log.warn(
        { system, record, cursor },
        `${system} says that there is more ${record} and gives the same cursor; it is asked again at the next poll`,
      );
    if (!answer.more || stands) break;
    if (page === mostPages) {
      log.warn(
        { system, record },
        `${system} has more than ${mostPages} pages of ${record}; the rest is taken at the next poll`,
      );
      break;
    }
  }
  onPolled(system, at);
}

function placeIn(text: string | undefined): Place {
  return text === undefined ? {} : (JSON.parse(text) as Place);
}

type Items = Parameters<typeof changesText>[0];

async function accept(
  { core, batch, metrics, log }: PollerDeps,
  { system, record, since }: { system: string; record: RecordType; since: number | undefined },
  items: Items,
): Promise<void> {
  for (let from = 0; from < items.length; from += batch) {
    const body = changesText(items.slice(from, from + batch));
    const reply = await core.accept({
      system,
      body,
      format: 'ndjson',
      via: 'poll',
      ...(since !== undefined && { since }),
    });
    for (const [status, count] of Object.entries(reply.counts)) metrics.changeTaken(system, status, count);
    if (!reply.counts.invalid) continue;
    metrics.alert('poll_invalid');
    log.warn(
      { alert: 'poll_invalid', system, record, count: reply.counts.invalid, first: firstFault(reply.body) },
      `${system} ${record} holds changes that cannot be read`,
    );
  }
}

function firstFault(body: string): string {
  const { results } = JSON.parse(body) as { results: { faults?: { path: string; message: string }[] }[] };
  const fault = results.find(({ faults }) => faults !== undefined)?.faults?.[0];
  return fault ? `${fault.path}: ${fault.message}` : '';
}
