// A hub that is told to stop: it ends what is under way within its time, and nothing that it answered for is lost.
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { problemIn, type RecordView } from './client.ts';
import { orderChange, plainMappings, source, target } from './documents.ts';
import { endAll, type Hub, rootKey, startAt, startHub } from './hub.ts';
import { answersIn } from './raw-socket.ts';
import { closeSystems, startSystem } from './system.ts';
import { until } from './until.ts';

afterEach(async () => {
  await endAll();
  await closeSystems();
});

const stopping = (hub: Hub): Promise<unknown> =>
  until('the hub stops', () => hub.log.some(({ msg }) => msg === 'stopping'));

describe('SIGTERM', () => {
  it('under load: exit code 0, no answer cut, everything acknowledged there afterwards and delivered once', async () => {
    const wms = await startSystem();
    const hub = await startHub({
      systems: { shop: source(), wms: target(wms) },
      mappings: plainMappings,
      more: { shutdownGrace: '60s' },
    });
    const acknowledged = new Map<string, string>();
    const unanswered: string[] = [];
    let asked = 0;
    const client = async (): Promise<void> => {
      for (;;) {
        const number = `SO-${++asked}`;
        // A connection each: what has no answer was never taken, not cut off on a connection that was idle.
        const body = orderChange(number);
        const answer = await hub
          .ask('POST', '/v1/systems/shop/changes', { body, headers: { connection: 'close' } })
          .catch(() => undefined);
        if (answer === undefined) return void unanswered.push(number);
        expect(answer.status).toBe(202);
        acknowledged.set(number, (JSON.parse(answer.text) as { results: { id: string }[] }).results[0]?.id ?? '');
      }
    };
    const clients = Array.from({ length: 64 }, client);
    await until('some were taken', () => acknowledged.size > 200);
    const told = performance.now();
    expect(await hub.stop()).toBe(0);
    expect(performance.now() - told).toBeLessThan(60_000);
    await Promise.all(clients);
    expect(hub.log.at(-1)?.msg).toBe('stopped');

    const next = await startAt(hub.place);
    const found = async (number: string): Promise<string | undefined> => {
      const answer = await next.ask('GET', `/v1/records/order?match=number:${number}`);
      return answer.status === 200 ? (JSON.parse(answer.text) as RecordView).id : undefined;
    };
    for (const [number, id] of acknowledged) expect([number, await found(number)]).toEqual([number, id]);
    for (const number of unanswered) expect([number, await found(number)]).toEqual([number, undefined]);
    await until(
      'all are delivered',
      () => next.system('wms'),
      ({ replicas }) => replicas.synced === acknowledged.size,
    );
    expect(wms.objects.size).toBe(acknowledged.size);
  });

  it('while a system does not answer: cut when the time of grace is over, and sent again with the same bytes', async () => {
    const wms = await startSystem();
    const hub = await startHub({
      systems: { shop: source(), wms: target(wms, { delivery: { timeout: '60s' } }) },
      mappings: plainMappings,
      more: { shutdownGrace: '300ms' },
    });
    wms.reply = () => 'trickle';
    const { id } = await hub.say('shop', orderChange('SO-1'));
    await until('it was sent', () => wms.arrivals.length === 1);
    const told = performance.now();
    expect(await hub.stop()).toBe(0);
    const took = performance.now() - told;
    expect(took).toBeGreaterThanOrEqual(295);
    // It did not wait for the answer.
    expect(took).toBeLessThan(55_000);
    wms.reply = undefined;
    const next = await startAt(hub.place);
    expect((await next.replicaIs(id, 'wms', 'synced')).attempts).toBe(0);
    const [first, second] = wms.arrivals;
    expect([second?.key, second?.text]).toEqual([first?.key, first?.text]);
    expect(wms.objects.size).toBe(1);
  });

  it('answers those who wait, and ends streams, at once', async () => {
    const hub = await startHub({
      systems: { shop: source() },
      mappings: plainMappings,
      more: { shutdownGrace: '60s' },
    });
    const accepting = (accept: string) => hub.ask('GET', '/v1/changes', { headers: { accept, prefer: 'wait=30' } });
    const [poll, stream] = [accepting('application/json'), accepting('text/event-stream')];
    await until('both are being served', async () => {
      const line = (await hub.ask('GET', '/metrics')).text
        .split('\n')
        .find((one) => one.startsWith('nodejs_active_resources{type="TCPSocketWrap"}'));
      return Number(line?.split(' ')[1]) >= 3;
    });
    const told = performance.now();
    expect(await hub.stop()).toBe(0);
    // Nobody had to be cut off: that is done only when a minute is over. Nor did they wait for the end of their 30 seconds.
    expect(performance.now() - told).toBeLessThan(25_000);
    expect(JSON.parse((await poll).text)).toMatchObject({ events: [] });
    expect((await stream).text).toMatch(/^retry: 2000\n\n(:\n\n)?$/);
  });

  it('makes it not ready, and still alive, for whoever is connected', async () => {
    const hub = await startHub({ systems: { shop: source() }, mappings: plainMappings });
    expect((await hub.ask('GET', '/readyz', { key: null })).text).toBe('{"status":"ready"}');
    const [ready, alive] = [await halfAsked(hub, '/readyz'), await halfAsked(hub, '/healthz')];
    const ended = hub.stop();
    await stopping(hub);
    const problem = await ready();
    expect(problemIn(problem, 503, 'unavailable').detail).toBe('the hub is shutting down');
    expect(problem.headers.get('retry-after')).toBe('2');
    expect(await alive()).toMatchObject({ status: 200, text: '{"status":"ok"}' });
    expect(await ended).toBe(0);
    await expect(hub.ask('GET', '/healthz')).rejects.toThrow('ECONNREFUSED');
    // Only this machine can ask it: no notice is given unless it is configured.
    expect(hub.log.some(({ msg }) => String(msg).startsWith('not ready any more'))).toBe(false);
  });
});

describe('the notice before it', () => {
  const noticing = (shutdownNotice: string) =>
    startHub({ systems: { shop: source() }, mappings: plainMappings, more: { shutdownNotice } });
  const given = (hub: Hub): Promise<unknown> =>
    until('the notice is given', () => hub.log.some(({ msg }) => String(msg).startsWith('not ready any more')));

  it('is not ready and takes what comes, on connections that it closes, until a second signal ends it', async () => {
    const hub = await noticing('300s');
    const ended = hub.stop();
    await given(hub);
    problemIn(await hub.ask('GET', '/readyz', { key: null }), 503, 'unavailable');
    const taken = await hub.ask('POST', '/v1/systems/shop/changes', { body: orderChange('SO-1') });
    expect(taken.status).toBe(202);
    expect(taken.headers.get('connection')).toBe('close');
    const told = performance.now();
    void hub.stop();
    expect(await ended).toBe(0);
    expect(performance.now() - told).toBeLessThan(60_000);
    const [record] = (JSON.parse(taken.text) as { results: { id: string }[] }).results;
    const next = await startAt(hub.place);
    expect((await next.ask('GET', `/v1/records/order/${record?.id}`)).status).toBe(200);
  });

  it('is over when its time is', async () => {
    const hub = await noticing('200ms');
    const told = performance.now();
    expect(await hub.stop()).toBe(0);
    expect(performance.now() - told).toBeGreaterThanOrEqual(195);
    expect(hub.log.some(({ msg }) => String(msg).startsWith('not ready any more'))).toBe(true);
  });
});

/** A request whose last line is still to come: the hub keeps its connection. @returns sends the rest, resolves with the answer */
async function halfAsked(hub: Hub, path: string) {
  const { hostname, port } = new URL(hub.url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once('connect', resolve));
  await new Promise<void>((resolve) =>
    socket.write(`GET ${path} HTTP/1.1\r\nHost: hub\r\nAuthorization: Bearer ${rootKey}\r\n`, () => resolve()),
  );
  // Answered only once the hub has read what came before on the other connections.
  await hub.ask('GET', '/healthz');
  return async () => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write('\r\n');
    await closed;
    const [answer] = answersIn(Buffer.concat(chunks).toString('utf8'));
    if (!answer) throw new Error('no answer');
    return answer;
  };
}
