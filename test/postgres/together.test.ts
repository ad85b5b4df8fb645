// Two processes over one database, as an operator runs them: pauses, breakers, rates and polls are of a system, not of a process.
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { natsModel, password, username } from '../connectors/nats/nats-model.ts';
import { orderChange, plainMappings, source, target } from '../flows/documents.ts';
import { endAll, type Hub, layOut, startAt } from '../flows/hub.ts';
import { type Arrival, closeSystems, type System, startSystem } from '../flows/system.ts';
import { until } from '../flows/until.ts';
import { newSchema, query } from './schemas.ts';

/** It starts programs, on whatever machine. */
const longest = 300_000;

afterEach(async () => {
  await endAll();
  await closeSystems();
});

interface SystemView {
  system: string;
  state: string;
  breaker: { state: string; since: string };
  lastPollAt: string | null;
  lastSuccessAt: string | null;
  reason: string | null;
}

const viewOf = async (hub: Hub, system: string): Promise<SystemView> => {
  const { systems } = await hub.get<{ systems: (SystemView & { lagSeconds: number })[] }>('/v1/systems');
  const found = systems.find((one) => one.system === system);
  if (!found) throw new Error(system);
  // It grows while the other is asked.
  const { lagSeconds: _, ...view } = found;
  return view;
};

/** Both say it, word for word. */
const agree = (hubs: readonly Hub[], system: string, isSo: (view: SystemView) => boolean): Promise<unknown> =>
  until(
    `both say the same of ${system}`,
    () => Promise.all(hubs.map((hub) => viewOf(hub, system))),
    (views) => views.every((view) => isSo(view) && JSON.stringify(view) === JSON.stringify(views[0])),
  );

const auth = { username, password };

/** The ids under which what the stream shows is published. */
async function streamIds(hub: Hub): Promise<string[]> {
  const { events, next } = await hub.get<{ events: { id: string }[]; next: string }>('/v1/changes?limit=1000');
  return events.map(({ id }) => `${next.slice(0, next.lastIndexOf('.'))}:${id}`);
}

/**
 * From before the first could be sent on, no more than a second's worth and what time adds: a busy machine makes them later,
 * never earlier. Over any stretch, by the clock of the database: sharing.test.ts.
 */
function keepsRate(arrivals: readonly Arrival[], perSecond: number, begin: number): void {
  for (const [index, { at }] of arrivals.entries())
    expect(index + 1).toBeLessThanOrEqual(perSecond * (1 + (at - begin) / 1000));
}

const polled = ({ url }: System): object =>
  source({
    url,
    records: { order: { poll: { request: 'GET /orders', every: '200ms', items: 'items' } } },
  });

describe('two processes', () => {
  it(
    'hold pauses, breakers, rates and polls together',
    async () => {
      const [shop, wms, slow] = await Promise.all([startSystem(), startSystem(), startSystem()]);
      const broker = natsModel();
      const server = await broker.serve();
      onTestFinished(server.close);
      const url = await newSchema();
      const delivery = { rate: '10/s' };
      const systems = {
        shop: polled(shop),
        wms: target(wms, { breaker: { cooldown: '2s' } }),
        slow: target(slow, { delivery }),
        events: { role: 'stream', connector: 'nats', settings: { servers: `nats://127.0.0.1:${server.port}`, auth } },
      };
      const place = layOut({ systems, mappings: plainMappings, more: { database: url } });
      const hubs = [await startAt(place), await startAt(place)] as const;
      const [one, two] = hubs;

      // A pause by one holds for the other; so does a resume by the other.
      expect((await one.ask('POST', '/v1/systems/wms/pause', { body: { reason: 'stock-taking' } })).status).toBe(200);
      await agree(hubs, 'wms', ({ state, reason }) => state === 'paused' && reason === 'stock-taking');
      const begin = Date.now();
      const made = await Promise.all(
        Array.from({ length: 40 }, (_, at) => (at % 2 ? one : two).say('shop', orderChange(`SO-${at}`))),
      );
      await until('the rate is being used', () => slow.asked('POST').length >= 12);
      expect(wms.arrivals).toEqual([]);
      expect((await two.ask('POST', '/v1/systems/wms/resume', { body: {} })).status).toBe(200);
      for (const { id } of made) await one.replicaIs(id, 'wms', 'synced');
      await agree(hubs, 'wms', ({ state, lastSuccessAt }) => state === 'active' && lastSuccessAt !== null);

      // One rate for both, and nothing that was refused for its sake is lost.
      for (const { id } of made) await two.replicaIs(id, 'slow', 'synced');
      expect(slow.objects.size).toBe(40);
      keepsRate(slow.asked('POST'), 10, begin);

      // One of them publishes the changes, in order, each once.
      await until('all are published', () => broker.kept.length === 40);
      expect(broker.arrived).toBe(40);
      expect(broker.kept.map(({ id }) => id)).toEqual(await streamIds(one));

      // What one finds broken the other leaves alone, and one of them finds it mended.
      await wms.down();
      for (const at of [1, 2, 3, 4, 5, 6]) await one.say('shop', orderChange(`SO-down-${at}`));
      await agree(hubs, 'wms', ({ breaker }) => breaker.state !== 'closed');
      await wms.up();
      await agree(hubs, 'wms', ({ breaker, state }) => breaker.state === 'closed' && state === 'active');
      await until('what waited has arrived', () => wms.objects.size === 46);

      // One of them polls; when it is killed the other does once its lease is over, ten seconds later at the most.
      await until('both know of the polls', async () => {
        const views = await Promise.all(hubs.map((hub) => viewOf(hub, 'shop')));
        return views.every(({ lastPollAt }) => lastPollAt !== null);
      });
      const [owner] = await query<{ is_first: boolean }>(
        url,
        `SELECT n.no = (SELECT min(no) FROM nodes) AS is_first
         FROM leases l JOIN nodes n ON n.id = l.node WHERE l.name = 'poll:shop'`,
      );
      const [killed, other] = owner?.is_first ? [one, two] : [two, one];
      await killed.kill();
      const asked = shop.arrivals.length;
      const [lease] = await query<{ left: number }>(
        url,
        `SELECT (until - extract(epoch FROM clock_timestamp()) * 1000)::float AS left FROM leases WHERE name = 'poll:shop'`,
      );
      expect(lease?.left).toBeLessThanOrEqual(10_000);
      await until('the other polls', () => shop.arrivals.length > asked);
      // The same for who publishes; whoever it was, nothing is left out.
      await other.say('shop', orderChange('SO-after'));
      await until('the other publishes', () => broker.kept.length === 47);
      expect(broker.kept.map(({ id }) => id)).toEqual(await streamIds(other));
      expect(await other.stop()).toBe(0);
    },
    longest,
  );
});
