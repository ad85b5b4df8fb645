// The relay with a connector that takes many at once: HubSpot's, against a model of it over a socket, in real time.
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { hubspot } from '../../connectors/hubspot/index.ts';
import { systemClock } from '../../src/clock.ts';
import type { Settlement } from '../../src/core/core.ts';
import type { Limits } from '../../src/delivery/gate.ts';
import { createRelay, type Relay } from '../../src/delivery/relay.ts';
import { connectTo } from '../connectors/connect.ts';
import { type Account, credentials, hubspotAccount } from '../connectors/hubspot/hubspot-vendor.ts';
import { type Arrival, type MswServer, startMswServer } from '../connectors/msw-server.ts';
import { type MemoryCore, memoryCore, names } from './memory-core.ts';
import { recordingLog } from './scene.ts';

let account: Account;
let server: MswServer;

beforeEach(async () => {
  account = hubspotAccount(systemClock.now);
  server = await startMswServer(...account.handlers);
});
afterEach(() => server.close());

interface Wired {
  core: MemoryCore;
  relay: Relay;
  /** Resolves when the store has settled what the test waits for. */
  until(holds: () => boolean): Promise<void>;
}

async function wired({ core = memoryCore(systemClock), limits = {} as Partial<Limits> } = {}): Promise<Wired> {
  const waits = new Set<() => void>();
  const connection = connectTo(
    hubspot,
    { url: server.url, accessToken: credentials.accessToken },
    { now: systemClock.now, connections: 4 },
  );
  const look = (): void => {
    for (const one of waits) one();
  };
  const relay = createRelay({
    core,
    systems: [
      {
        id: 'crm',
        connection,
        limits: { concurrency: 4, ...limits },
        breaker: { windowMs: 1000, minimum: 10, failures: 0.5, cooldownMs: 40 },
      },
    ],
    metrics: { attempt: look, alert: () => undefined, breaker: look, heartbeat: () => undefined },
    clock: systemClock,
    log: recordingLog().log,
    random: () => 0.5,
    newSpanId: () => 'b7ad6b7169203331',
  });
  await relay.start();
  onTestFinished(async () => {
    await relay.stop(0);
    await connection.destroy();
  });
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const one = (): void => {
        if (!holds()) return;
        waits.delete(one);
        resolve();
      };
      waits.add(one);
      one();
    });
  return { core, relay, until };
}

/** So many new contacts fall behind in one commit. */
function commit(core: MemoryCore, ids: string[], properties: (id: string) => object = () => ({})): void {
  core.commit('crm', ids, (id) => {
    const all = { email: `${id}@example.com`, firstname: 'Zoë', ...properties(id) };
    const body = JSON.stringify({ number: id, properties: all });
    return { record: 'customer', key: `crm:customer:${id}:1`, body, match: [] };
  });
}

const inputsOf = ({ body }: Arrival): { id: string }[] => JSON.parse(body).inputs ?? [];
const upserts = (): Arrival[] => server.arrivals.filter(({ url }) => url.endsWith('/batch/upsert'));
const outcomesOf = (settlements: Settlement[], id: string): string[] =>
  settlements.filter(({ recordId }) => recordId === id).map(({ outcome }) => outcome.kind);

describe('sends to a connector that takes many at once', () => {
  it('go by the hundred: 200 records in a few requests, each with its own id', async () => {
    const { core, until } = await wired();
    const ids = names(200, 'c');
    commit(core, ids);
    await until(() => core.count('crm', 'synced') === 200);
    expect(server.arrivals.map(inputsOf).map(({ length }) => length)).toEqual([100, 100]);
    const held = new Map(account.held('customer').map(({ id, object }) => [object.syncline_number, id]));
    for (const { recordId, outcome } of core.settlements)
      expect(outcome).toMatchObject({ kind: 'delivered', externalId: held.get(recordId) });
    expect(core.settlements).toHaveLength(200);
  });

  it('go at once where there is only one: nothing is waited for to fill a batch', async () => {
    const { core, until } = await wired();
    commit(core, ['c_1']);
    await until(() => core.count('crm', 'synced') === 1);
    commit(core, ['c_2']);
    await until(() => core.count('crm', 'synced') === 2);
    expect(
      upserts()
        .map(inputsOf)
        .map(({ length }) => length),
    ).toEqual([1, 1]);
  });

  it('count as one against the rate', async () => {
    const { core, until } = await wired({ limits: { rate: { count: 1, perMs: 60_000 } } });
    commit(core, names(60, 'c'));
    await until(() => core.count('crm', 'synced') === 60);
    expect(server.arrivals).toHaveLength(1);
  });

  it('are no more than delivery.batch', async () => {
    const { core, until } = await wired({ limits: { batch: 40 } });
    commit(core, names(100, 'c'));
    await until(() => core.count('crm', 'synced') === 100);
    expect(Math.max(...server.arrivals.map(inputsOf).map(({ length }) => length))).toBe(40);
  });

  it('fail alone: what is refused is dead in its own words, and the others are delivered', async () => {
    const { core, until, relay } = await wired();
    commit(core, names(50, 'c'), (id) => (id === 'c_7' ? { email: 'no address' } : {}));
    await until(() => core.count('crm', 'synced') === 49 && core.count('crm', 'dead') === 1);
    const refused = core.settlements.find(({ recordId }) => recordId === 'c_7');
    expect(refused?.outcome).toMatchObject({ kind: 'rejected', message: expect.stringContaining('no address') });
    expect(relay.port.view('crm').breaker.state).toBe('closed');
    expect(server.arrivals).toHaveLength(1);
  });

  it('of a lost answer are all sent again, with the same bytes, and nothing is there twice', async () => {
    const { core, until } = await wired();
    let losses = 1;
    server.lose(() => () => losses-- > 0);
    commit(core, names(100, 'c'));
    await until(() => core.count('crm', 'synced') === 100);
    expect(core.settlements.slice(0, 100).map(({ outcome }) => outcome)).toEqual(
      Array.from({ length: 100 }, () => expect.objectContaining({ kind: 'unavailable', sent: true })),
    );
    expect(account.held('customer')).toHaveLength(100);
    expect(bytesOf('c_1').size).toBe(1);
    expect(core.replica('c_1').attempts).toBe(0);
  });

  it('that are turned away wait as one, for as long as the system says', async () => {
    const { core, until } = await wired();
    account.exhaust('SECONDLY');
    commit(core, names(100, 'c'));
    await until(() => core.settlements.length === 100);
    const turned = { kind: 'throttled', retryAfterMs: 1000, sent: false };
    for (const { outcome } of core.settlements) expect(outcome).toMatchObject(turned);
    expect(server.arrivals).toHaveLength(1);
    expect(account.held('customer')).toEqual([]);
    await until(() => core.count('crm', 'synced') === 100);
    expect(account.held('customer')).toHaveLength(100);
  });

  it('of which one brings the system to its knees go on without it', async () => {
    const { core, until, relay } = await wired();
    const isPoison = (arrival: Arrival): boolean => arrival.body.includes('"poison"');
    server.fault((arrival, response) => {
      if (!isPoison(arrival)) return false;
      response.writeHead(500).end('oops');
      return true;
    });
    commit(core, names(20, 'a'));
    await until(() => core.count('crm', 'synced') === 20);
    commit(core, names(30, 'c'), (id) => (id === 'c_7' ? { firstname: 'poison' } : {}));
    await until(() => core.count('crm', 'synced') === 49 && core.count('crm', 'dead') === 1);
    expect(core.replica('c_7').state).toBe('dead');
    expect(outcomesOf(core.settlements, 'c_8')).toEqual(['unavailable', 'delivered']);
    expect(relay.port.view('crm').breaker.state).toBe('closed');
  });

  it('that the hub cut off are repeated by the next one with the same bytes', async () => {
    const core = memoryCore(systemClock);
    const first = await wired({ core });
    const arrived = new Promise<void>((resolve) => {
      server.fault(() => {
        resolve();
        return true;
      });
    });
    commit(core, names(30, 'c'));
    await arrived;
    await first.relay.stop(0);
    expect(core.settlements).toHaveLength(30);
    for (const { outcome } of core.settlements) expect(outcome).toMatchObject({ stopped: true, sent: true });
    server.fault(undefined);
    const second = await wired({ core });
    await second.until(() => core.count('crm', 'synced') === 30);
    expect(upserts().map(({ body }) => body)).toEqual([upserts()[0]?.body, upserts()[0]?.body]);
  });
});

/** What was said of a record, however often. */
const bytesOf = (number: string): Set<string> =>
  new Set(
    upserts()
      .flatMap(inputsOf)
      .filter(({ id }) => id === number)
      .map((input) => JSON.stringify({ ...input, objectWriteTraceId: undefined })),
  );
