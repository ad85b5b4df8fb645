// The ERP: polls the hub's feed, acknowledges with its own ids, rejects what it cannot book, posts whole rows that a clerk edited.
import { type Clock, systemClock } from '../src/clock.ts';
import { byHand } from './collection.ts';
import { type ErpBill, type ErpRow, openBooks } from './erp-books.ts';
import { createRounds, type Polled, pause, pollEvery } from './erp-poll.ts';
import type { Arrival, Row } from './exchange.ts';
import { createFaults, type Faults } from './faults.ts';
import { createFeedClient, type FeedClient, type FeedHub } from './feed-client.ts';
import { openDoor } from './front-door.ts';

export interface Erp {
  url: string;
  faults: Faults;
  arrivals: Arrival[];
  bills(): ErpBill[];
  customers(): ErpRow[];
  /** How often each row came through the feed, by its FID. */
  served: ReadonlyMap<string, number>;
  connect(hub: FeedHub): void;
  /** One round: ask, book, acknowledge. @throws Error when the hub gives no answer */
  poll(): Promise<Polled>;
  /** A clerk edits a bill; the whole row is posted until the hub answers. @returns what the hub said of it */
  edit(id: string, changes: object): Promise<Row | undefined>;
  close(): Promise<void>;
}

export interface ErpOptions {
  port?: number | undefined;
  hub?: FeedHub | undefined;
  clock?: Clock;
  /** In [0, 1), for faults that strike a share of the rounds. */
  random?: () => number;
  /** Polls by itself this often, ms; absent: only when told. */
  everyMs?: number;
  /** Bills for these receivers are not booked. */
  blocked?: readonly string[];
}

const retryMs = 200;

export async function startErp(options: ErpOptions = {}): Promise<Erp> {
  const { clock = systemClock, random = Math.random } = options;
  const faults = createFaults(random);
  const books = openBooks(clock, options.blocked ?? []);
  const round = createRounds({ books, faults, clock });
  let client = options.hub && createFeedClient(options.hub);
  let closed = false;
  const poll = async (): Promise<Polled> => (client ? round(client) : { taken: 0, rejected: 0 });

  async function edit(id: string, changes: object): Promise<Row | undefined> {
    const change = { record: 'order', id, key: `erp-${clock.now()}-${random()}`, data: books.edit(id, changes) };
    const copies = faults.copies();
    const answers: (Row | undefined)[] = [];
    for (let copy = 0; client && copy < copies; copy++) answers.push(await post(client, change));
    return answers[0];
  }
  async function post(hub: FeedClient, change: object): Promise<Row | undefined> {
    while (!closed) {
      const answer = await hub.post(change).catch(() => undefined);
      if (answer && answer.status < 500) return resultOf(answer.body);
      await pause(clock, retryMs);
    }
    return undefined;
  }

  const hand = byHand('/bills', books.bills, (id, patch) => void edit(id, patch));
  const door = await openDoor({ port: options.port, clock, faults, routes: { ...books.routes, ...hand } });
  const stop = options.everyMs === undefined ? () => undefined : pollEvery(options.everyMs, clock, poll);
  return {
    url: door.url,
    faults,
    arrivals: door.arrivals,
    bills: () => [...books.bills.values()],
    customers: () => [...books.customers.values()],
    served: books.served,
    connect: (hub) => {
      client = createFeedClient(hub);
    },
    poll,
    edit,
    close: () => {
      closed = true;
      stop();
      return door.close();
    },
  };
}

/** The answer to the one change, or the problem that the hub named. */
const resultOf = (body: unknown): Row => (body as { results?: Row[] }).results?.[0] ?? (body as Row);
