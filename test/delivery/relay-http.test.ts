// The relay with the real http connector against a server on the loopback, in real time.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { http } from '../../connectors/http/index.ts';
import { systemClock } from '../../src/clock.ts';
import { createRelay, type Relay } from '../../src/delivery/relay.ts';
import { connectTo } from '../connectors/connect.ts';
import { type MemoryCore, memoryCore, names } from './memory-core.ts';
import { recordingLog } from './scene.ts';

interface Arrival {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

type Answering = (arrival: Arrival, response: ServerResponse, number: number) => void;

interface Wired {
  arrivals: Arrival[];
  core: MemoryCore;
  relay: Relay;
  /** Resolves when the store has settled what the test waits for. */
  until(holds: () => boolean): Promise<void>;
}

const created: Answering = ({ body }, response) =>
  response.writeHead(201, { 'content-type': 'application/json' }).end(`{"id":"W-1","got":${body}}`);

async function wired(answering: Answering, settings: object = {}): Promise<Wired> {
  const arrivals: Arrival[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = request;
    const arrival = { method, path, headers, body: Buffer.concat(chunks).toString() };
    arrivals.push(arrival);
    answering(arrival, response, arrivals.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const connection = connectTo(
    http,
    {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      records: {
        shipment: { create: 'POST /shipments', update: 'PUT /shipments/{id}', find: 'GET /shipments?code={number}' },
      },
      ...settings,
    },
    { now: systemClock.now, timeoutMs: 2000, connections: 8 },
  );
  const core = memoryCore(systemClock);
  const waits = new Set<() => void>();
  const relay = createRelay({
    core,
    systems: [
      {
        id: 'wms',
        connection,
        limits: { concurrency: 8 },
        breaker: { windowMs: 1000, minimum: 10, failures: 0.5, cooldownMs: 40 },
      },
    ],
    metrics: {
      attempt: () => {
        for (const look of waits) look();
      },
      alert: () => undefined,
      breaker: () => undefined,
      heartbeat: () => undefined,
    },
    clock: systemClock,
    log: recordingLog().log,
    random: Math.random,
    newSpanId: () => 'b7ad6b7169203331',
  });
  await relay.start();
  onTestFinished(async () => {
    await relay.stop(0);
    await connection.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (holds()) resolve();
      };
      waits.add(look);
      look();
    });
  return { arrivals, core, relay, until };
}

describe('over http', () => {
  it('sends the stored bytes under the stored key and learns the id', async () => {
    const { arrivals, core, until } = await wired(created);
    core.commit('wms', ['shp_1'], { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' });
    await until(() => core.replica('shp_1').state === 'synced');
    expect(arrivals).toMatchObject([
      {
        method: 'POST',
        path: '/shipments',
        body: '{"code":"SO-1"}',
        headers: {
          'idempotency-key': 'wms:shipment:shp_1:1',
          traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-01',
        },
      },
    ]);
    expect(core.settlements[0]?.outcome).toMatchObject({ kind: 'delivered', externalId: 'W-1', status: 201 });
  });

  it('outlives an outage: breaker, probes, recovery, everything delivered and nothing spent', async () => {
    let healthy = false;
    const { core, relay, arrivals, until } = await wired((arrival, response, number) => {
      if (number >= 12) healthy = true;
      if (healthy) created(arrival, response, number);
      else response.writeHead(503).end('down');
    });
    core.commit('wms', names(40));
    await until(() => core.count('wms', 'synced') === 40);
    expect(core.settlements.some(({ outcome }) => outcome.kind === 'unavailable')).toBe(true);
    for (const id of names(40)) expect(core.replica(id).attempts).toBe(0);
    expect(relay.port.view('wms').breaker.state).toBe('closed');
    expect(arrivals.length).toBeLessThan(60);
  });

  it('keeps the words of a refusal', async () => {
    const { core, until } = await wired((_, response) =>
      response.writeHead(422, { 'content-type': 'application/json' }).end('{"error":"address outside delivery area"}'),
    );
    core.commit('wms', ['shp_1']);
    await until(() => core.replica('shp_1').state === 'dead');
    expect(core.settlements[0]?.outcome).toMatchObject({
      kind: 'rejected',
      message: 'address outside delivery area',
      status: 422,
      body: '{"error":"address outside delivery area"}',
    });
  });

  it('treats a 403 as a refusal of the record while the check passes', async () => {
    const { core, relay, until } = await wired(({ method }, response) => {
      response.writeHead(method === 'POST' ? 403 : 200).end('{}');
    });
    core.commit('wms', names(3));
    await until(() => core.count('wms', 'dead') === 3);
    expect(core.states).toEqual([]);
    expect(relay.port.view('wms').breaker.state).toBe('closed');
  });

  it('asks before it repeats a create that a system would make twice', async () => {
    const answering: Answering = (arrival, response, number) => {
      if (arrival.method === 'GET') response.end('[{"id":"W-9"}]');
      else created(arrival, response, number);
    };
    const { arrivals, core, until } = await wired(answering, { repeatSafe: 'no' });
    core.commit('wms', ['shp_1'], { repeat: true });
    await until(() => core.replica('shp_1').state === 'synced');
    expect(arrivals.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /shipments?code=SO-1']);
    expect(core.settlements[0]?.outcome).toEqual({ kind: 'delivered', externalId: 'W-9' });
  });

  it('cuts an exchange that outlasts the grace of a shutdown', async () => {
    let arrived: () => void = () => undefined;
    const underWay = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { core, relay } = await wired(() => arrived());
    core.commit('wms', ['shp_1']);
    await underWay;
    await relay.stop(10);
    expect(core.settlements).toMatchObject([{ outcome: { kind: 'unavailable', stopped: true, sent: true } }]);
  });
});
