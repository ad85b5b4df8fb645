// A hub in memory, right but for one bug: the judge has to see the bug, and nothing where there is none.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../../../src/clock.ts';
import { pause } from '../history.ts';
import type { Addresses, Hub } from '../hub.ts';
import type { Bug } from './bugs.ts';
import { attempt } from './deliver.ts';
import { acknowledge, feedPage, reject, streamPage } from './feed.ts';
import { take } from './intake.ts';
import { Kept, type Order, type Replica } from './kept.ts';

interface Call {
  path: string;
  query: URLSearchParams;
  key: string | undefined;
  text: string;
}

interface Answer {
  status: number;
  body: object;
}

const lookEveryMs = 8;
const lateMs = 40;
const mostAtOnce = 8;
const waitMs = 60;
const found = (body: object): Answer => ({ status: 200, body });

export class FakeHub implements Hub {
  readonly #kept = new Kept();
  readonly #addresses: Addresses;
  readonly #bug: Bug | undefined;
  readonly #busy = new Set<Replica>();
  #life = 0;
  #living = new AbortController();
  #server: Server | undefined;
  #url = promised();
  #calls = 0;
  /** For the bug that counts here instead of where it is kept. */
  #delivered = 0;

  constructor(addresses: Addresses, bug: Bug | undefined) {
    this.#addresses = addresses;
    this.#bug = bug;
  }

  get url(): Promise<string> {
    return this.#url.promise;
  }

  start(): void {
    const server = createServer((request, response) => void this.#serve(request, response));
    this.#server = server;
    const { resolve } = this.#url;
    server.listen(0, '127.0.0.1', () => {
      if (this.#server !== server) return;
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      this.#look(this.#life);
    });
  }

  async kill(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#life += 1;
    this.#living.abort();
    this.#living = new AbortController();
    this.#url = promised();
    this.#busy.clear();
    this.#delivered = 0;
    if (this.#bug === 'forgets keys when it is killed') this.#kept.answers.clear();
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  /** Again and again, as long as this life lasts. */
  #look(life: number): void {
    if (life !== this.#life) return;
    const now = systemClock.now();
    for (const replica of this.#kept.replicas.values()) {
      const due = replica.state === 'behind' && replica.dueAt <= now && replica.system !== 'erp';
      if (due && !this.#busy.has(replica) && this.#busy.size < mostAtOnce) void this.#deliver(replica);
    }
    systemClock.after(lookEveryMs, () => this.#look(life));
  }

  async #deliver(replica: Replica): Promise<void> {
    this.#busy.add(replica);
    const life = this.#living.signal;
    await attempt(
      { kept: this.#kept, bug: this.#bug, addresses: this.#addresses, now: systemClock.now, life },
      replica,
    );
    if (life.aborted) return;
    this.#busy.delete(replica);
    this.#delivered += 1;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const life = this.#life;
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    // Whoever would wait for news is not answered at once: a reader that asks again and again would be all that runs.
    if (request.headers.prefer !== undefined) await pause(waitMs);
    if (life !== this.#life) return;
    const url = new URL(request.url ?? '/', 'http://localhost');
    const key = request.headers['idempotency-key'];
    const { status, body } = this.#answer({
      path: url.pathname,
      query: url.searchParams,
      key: typeof key === 'string' ? key : undefined,
      text: Buffer.concat(chunks).toString('utf8'),
    });
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body));
  }

  #answer(call: Call): Answer {
    this.#calls += 1;
    if (this.#bug === 'fails now and then' && this.#calls % 50 === 0) return { status: 500, body: { title: 'oh' } };
    const { path, query } = call;
    const serving = { kept: this.#kept, bug: this.#bug, life: this.#life };
    const limit = Number(query.get('limit') ?? 50);
    const items = (): { id: string; seq: string }[] => (JSON.parse(call.text) as { items: [] }).items;
    if (path.endsWith('/changes') && path.startsWith('/v1/systems/')) return this.#take(call);
    if (path === '/v1/feeds/erp') return found(feedPage(serving, query.get('after'), limit));
    if (path === '/v1/feeds/erp/ack') return found(acknowledge(serving, items()));
    if (path === '/v1/feeds/erp/reject') return found(reject(serving, items()));
    if (path === '/v1/changes') return found(streamPage(serving, query.get('after'), limit));
    if (path.startsWith('/v1/records/order/'))
      return found(recordOf(this.#kept.orders.get(path.split('/').at(-1) ?? '')));
    if (path === '/v1/deadletters') return found({ items: this.#kept.letters.filter(({ open }) => open), next: null });
    if (path.startsWith('/v1/deadletters/')) return this.#replay(path.split('/')[3] ?? '');
    if (path === '/v1/systems') return found({ systems: this.#systems() });
    if (path === '/v1/lag') return found({ systems: this.#lag() });
    return { status: 404, body: {} };
  }

  #take({ path, text, key }: Call): Answer {
    const life = this.#life;
    const early = this.#bug === 'answers before it has kept the change';
    const keep = (run: () => void): void => {
      if (early) systemClock.after(lateMs, () => life === this.#life && run());
      else run();
    };
    const system = path.split('/')[3] === 'shop' ? 'shop' : 'crm';
    return take({ kept: this.#kept, bug: this.#bug, restarted: life > 0, keep }, system, text, key);
  }

  #replay(id: string): Answer {
    const letter = this.#kept.letters.find((one) => one.id === id);
    if (!letter?.open) return { status: 409, body: {} };
    this.#kept.want(this.#kept.replica(letter.system, letter.recordId), ++this.#kept.seq);
    return found({});
  }

  #systems(): object[] {
    const orders = this.#kept.orders.size;
    const none = { behind: 0, parked: 0, unclear: 0, dead: 0, held: 0 };
    const pushed = (['crm', 'wms', 'erp'] as const).map((system) => {
      const counts = { synced: 0, ...none };
      for (const { state } of this.#kept.of(system)) counts[state] += 1;
      if (this.#bug === 'counts in memory') counts.synced = Math.min(counts.synced, this.#delivered);
      return { system, state: 'active', lagSeconds: 0, replicas: counts };
    });
    return [{ system: 'shop', state: 'active', lagSeconds: 0, replicas: { synced: orders, ...none } }, ...pushed];
  }

  #lag(): object[] {
    const of = (system: Replica['system']): number =>
      this.#kept.of(system).filter(({ state }) => state === 'behind').length;
    return (['crm', 'wms', 'erp'] as const).map((system) => {
      const behind = of(system);
      return { system, lagSeconds: behind > 0 ? 1 : 0, records: [{ behind, parked: 0, unclear: 0, held: 0 }] };
    });
  }
}

function recordOf(order: Order | undefined): object {
  const { version = 0, number, note, amount, quantity, staffNote } = order ?? {};
  const lines = { '1': { quantity } };
  const data = {
    number,
    buyerNote: note,
    payable: { amount },
    lines,
    ...(staffNote !== undefined && { sellerNote: staffNote }),
  };
  return { version, data };
}

function promised(): { promise: Promise<string>; resolve(url: string): void } {
  let resolve: (url: string) => void = () => undefined;
  const promise = new Promise<string>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}
