// Tells the other nodes that looking is worth while, by LISTEN and NOTIFY. A hint is never more than that: one that is
// lost, by a pooler or with its connection, is made up for by looking every second.
import pg from 'pg';
import { limits } from './connect.ts';
import { one, type Runner, rows } from './session.ts';

/** due: something may be claimed · systems: a system was paused or resumed, or its breaker has moved */
export type Hint = 'due' | 'systems';

export interface HintOptions {
  url: string;
  notes: Runner;
  /** Id of this node, as of now. */
  node: () => string;
  onHint: (hint: Hint) => void;
  /** Runs once after that many ms; the answer takes it back. */
  schedule: (ms: number, run: () => void) => () => void;
}

/** ms. A node that is saturated would say "due" with each of its commits. */
const apart = 25;
/** ms. From a lost connection to the next attempt to listen. */
const listenAgainAfter = 1_000;

/** A channel is heard in the whole database, whatever schema the tables stand in. */
const channel = {
  name: 'hint-channel',
  text: `SELECT 'syncline_' || md5(current_database() || '.' || current_schema())`,
};
const notify = { name: 'hint', text: 'SELECT pg_notify($1, $2)' };

export class Hints {
  readonly #options: HintOptions;
  readonly #waiting = new Set<Hint>();
  #channel = '';
  #listener: pg.Client | undefined;
  #cancelSend: (() => void) | undefined;
  #cancelListen: () => void = () => undefined;
  #stopped = false;
  /** As far as is known nobody would hear a hint. */
  #alone = true;

  constructor(options: HintOptions) {
    this.#options = options;
  }

  /** Does not wait for it: a server that does not let this node listen is no reason not to start. */
  async start(): Promise<void> {
    this.#channel = (await one(this.#options.notes, channel)) as string;
    void this.#listen();
  }

  /** @param others how many other nodes there are; with none nothing is sent */
  heardOf(others: number): void {
    this.#alone = others === 0;
  }

  tell(hint: Hint): void {
    if (this.#alone || this.#stopped) return;
    this.#waiting.add(hint);
    this.#cancelSend ??= this.#options.schedule(apart, () => this.#send());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelSend?.();
    this.#cancelListen();
    await this.#listener?.end().catch(() => undefined);
  }

  #send(): void {
    this.#cancelSend = undefined;
    const { notes, node } = this.#options;
    const told = [...this.#waiting].map((hint) => `${hint} ${node()}`);
    this.#waiting.clear();
    // A server that is away hears it from nobody; the others look every second.
    for (const text of told) rows(notes, notify, [this.#channel, text]).catch(() => undefined);
  }

  async #listen(): Promise<void> {
    if (this.#stopped) return;
    const client = new pg.Client({
      connectionString: this.#options.url,
      application_name: 'syncline hints',
      connectionTimeoutMillis: limits.connect,
      query_timeout: limits.answer,
      keepAlive: true,
    });
    this.#listener = client;
    let over = false;
    const again = (): void => {
      if (over || this.#stopped) return;
      over = true;
      client.end().catch(() => undefined);
      this.#cancelListen = this.#options.schedule(listenAgainAfter, () => void this.#listen());
    };
    client.on('error', again);
    client.on('end', again);
    client.on('notification', ({ payload = '' }) => this.#hear(payload));
    try {
      await client.connect();
      await client.query(`LISTEN ${this.#channel}`);
      // What was told before nobody has heard.
      this.#options.onHint('due');
      this.#options.onHint('systems');
    } catch {
      again();
    }
  }

  #hear(payload: string): void {
    const [hint, node] = payload.split(' ');
    if (node === this.#options.node()) return;
    if (hint === 'due' || hint === 'systems') this.#options.onHint(hint);
  }
}
