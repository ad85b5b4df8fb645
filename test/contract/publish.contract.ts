// What every stream must keep, whatever the broker: the hub's publisher and the connector before a broker behind a gate.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { type Connection, openConnection } from '../../src/connector/connection.ts';
import { readSettings } from '../../src/connector/settings.ts';
import { createRelay, type Relay } from '../../src/delivery/relay.ts';
import { type Gate, openGate } from '../connectors/tcp-gate.ts';
import { memoryCore } from '../delivery/memory-core.ts';
import { type Line, recordingLog } from '../delivery/scene.ts';
import { until } from '../flows/until.ts';
import type { Broker, BrokerSubject } from './publish/broker.ts';
import { epoch, type MemoryStream, memoryStream } from './publish/memory-stream.ts';

interface Publisher {
  relay: Relay;
  stream: MemoryStream;
  log: Line[];
  counts: Map<string, number>;
  states(): string[];
}

const breaker = { windowMs: 1_000, minimum: 10, failures: 0.5, cooldownMs: 20 };
const three = [{ recordId: 'ord_1' }, { recordId: 'ord_2' }, { recordId: 'ord_1' }];
const ids = (first: number, last: number): string[] =>
  Array.from({ length: last - first + 1 }, (_, index) => `${epoch}:${first + index}`);

export function publishContract(subject: BrokerSubject): void {
  const { connector, tooLarge } = subject;
  let broker: Broker;
  let gate: Gate;
  let running: { relay: Relay; connection: Connection }[] = [];

  beforeEach(async () => {
    broker = await subject.open();
    gate = await openGate(broker.port);
  });
  afterEach(async () => {
    await Promise.all(running.map(({ relay }) => relay.stop(0)));
    await Promise.all(running.map(({ connection }) => connection.destroy()));
    running = [];
    await gate.close();
    await broker.close();
  });

  async function publisher(stream = memoryStream(), raw = broker.settings(gate.port), timeoutMs = 2_000) {
    const reading = readSettings(connector.settings, raw);
    if ('faults' in reading) throw new Error(JSON.stringify(reading.faults));
    const { settings } = reading;
    const { now } = systemClock;
    const connection = openConnection({
      ...{ system: 'events', connector, rawSettings: raw, settings, connections: 1, timeoutMs, now },
    });
    const { log, lines } = recordingLog();
    const counts = new Map<string, number>();
    const count = (name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
    const core = memoryCore(systemClock);
    const relay = createRelay({
      ...{ core, clock: systemClock, log, streams: stream, random: () => 0.5, newSpanId: () => 'b7ad6b7169203331' },
      systems: [{ id: 'events', connection, limits: { concurrency: 1 }, breaker }],
      metrics: {
        attempt: (system, outcome) => count(`${system} ${outcome}`),
        alert: (kind) => count(`alert ${kind}`),
        breaker: () => undefined,
        heartbeat: () => undefined,
      },
    });
    running.push({ relay, connection });
    await relay.start();
    const started: Publisher = {
      ...{ relay, stream, log: lines, counts },
      states: () => core.states.map(({ system, state, reason }) => `${system} ${state} ${reason}`),
    };
    return started;
  }

  const firsts = async (): Promise<(string | undefined)[]> => [...new Set((await broker.kept()).map(({ id }) => id))];

  describe(`${connector.name} keeps the publish contract`, () => {
    it('publishes every change once, in the order of commit, under its own id, and keeps its place', async () => {
      const { stream, counts } = await publisher();
      stream.commit(...three);
      await until('the first are published', () => stream.place === 3);
      stream.commit({ recordId: 'ord_3', op: 'created', type: 'customer', source: 'crm' });
      await until('the next is published', () => stream.place === 4);
      const kept = await broker.kept();
      expect(kept.map(({ id }) => id)).toEqual(ids(1, 4));
      expect(kept.map(({ body }) => JSON.parse(body)).map(({ id, subject }) => [id, subject])).toEqual([
        [`${epoch}:1`, 'ord_1'],
        [`${epoch}:2`, 'ord_2'],
        [`${epoch}:3`, 'ord_1'],
        [`${epoch}:4`, 'ord_3'],
      ]);
      expect(JSON.parse(kept.at(-1)?.body ?? '')).toMatchObject({
        ...{ specversion: '1.0', type: 'dev.syncline.customer.created', source: '/systems/crm', recordversion: 4 },
      });
      expect(kept.at(-1)?.place).toContain('customer');
      expect(counts).toEqual(new Map([['events delivered', 4]]));
      expect(stream.told).toEqual(['events order', 'events order', 'events order', 'events customer']);
    });

    it('publishes again what it got no acknowledgement for, under the same id, and leaves no gap', async () => {
      let lost = 0;
      // Of the second exchange: connecting and greeting come through.
      gate.lose(() => () => {
        lost += 1;
        return lost === 4;
      });
      const { stream } = await publisher();
      stream.commit(...three);
      await until('all are published', () => stream.place === 3);
      expect(lost).toBeGreaterThanOrEqual(4);
      expect(await firsts()).toEqual(ids(1, 3));
    });

    it('goes on from the kept place after a kill between the acknowledgement and the place: again, and nothing is left out', async () => {
      const stream = memoryStream();
      stream.beforeKeep = () => {
        throw new Error('killed');
      };
      const killed = await publisher(stream);
      stream.commit(...three);
      await until('the broker has them', async () => (await firsts()).length === 3);
      await killed.relay.stop(0);
      expect(stream.place).toBe(0);
      stream.beforeKeep = () => undefined;
      await publisher(stream);
      stream.commit({ recordId: 'ord_4' });
      await until('all are published', () => stream.place === 4);
      expect(await firsts()).toEqual(ids(1, 4));
    });

    it('stands still with a broker that does, loses no place, slows nobody else, and goes on by itself', async () => {
      gate.fail('silent');
      const stalled = await publisher(memoryStream(), broker.settings(gate.port), 200);
      const other = await publisher(memoryStream(), broker.settings(broker.port));
      stalled.stream.commit(...three);
      other.stream.commit({ recordId: 'ord_9' });
      await until('the other is published', () => other.stream.place === 1);
      await until('it has given up once', () => stalled.counts.get('events timeout') !== undefined);
      expect(stalled.stream.place).toBe(0);
      expect(stalled.relay.port.view('events').trouble).toMatch(
        /^events does not take events: .*did not answer in time/,
      );
      gate.fail(undefined);
      await until('it goes on', () => stalled.stream.place === 3);
      expect(stalled.relay.port.view('events').trouble).toBeUndefined();
    });

    it('is refused one event, says which and what next, publishes none behind it, and goes on where a person says', async () => {
      const { stream, log, counts, relay } = await publisher();
      const large = { note: [{ note: '' }, { note: 'x'.repeat(tooLarge.bytes) }] } as never;
      stream.commit({ recordId: 'ord_1' }, { recordId: 'ord_2', units: large }, { recordId: 'ord_3' });
      await until('it is refused twice', () => (counts.get('events rejected') ?? 0) >= 2);
      expect(stream.place).toBe(1);
      expect((await broker.kept()).map(({ id }) => id)).toEqual(ids(1, 1));
      const told = log.filter(({ fields }) => fields.alert === 'stream_refused');
      expect(told).toHaveLength(1);
      expect(told[0]?.message).toMatch(tooLarge.words);
      expect(told[0]?.message).toContain(`events refuses the event ${epoch}:2 (order ord_2)`);
      expect(told[0]?.message).toContain(`resume events with {"from": "${epoch}:2"}`);
      expect(counts.get('alert stream_refused')).toBe(1);
      expect(relay.port.view('events').trouble).toContain(`${epoch}:2`);
      stream.move(2);
      relay.port.resume('events');
      await until('it goes on behind it', () => stream.place === 3);
      expect((await broker.kept()).map(({ id }) => id)).toEqual([`${epoch}:1`, `${epoch}:3`]);
    });

    it('is paused as unauthorized where the broker does not know us, and checked in again', async () => {
      const { stream, states, relay, counts } = await publisher(memoryStream(), broker.wrongCredentials(gate.port));
      stream.commit(...three);
      await until('it is unauthorized', () => states().some((state) => state.startsWith('events unauthorized')));
      expect(await broker.kept()).toEqual([]);
      expect(counts.get('alert unauthorized')).toBe(1);
      expect(await relay.port.check('events')).toMatchObject({ ok: false });
    });

    it('publishes nothing while it is paused, and what came meanwhile afterwards', async () => {
      const { stream, relay } = await publisher();
      stream.commit({ recordId: 'ord_1' });
      await until('the first is published', () => stream.place === 1);
      relay.port.pause('events');
      stream.commit({ recordId: 'ord_2' });
      expect(await relay.port.check('events')).toEqual({ ok: true });
      expect(stream.place).toBe(1);
      relay.port.resume('events');
      await until('the second is published', () => stream.place === 2);
      expect(await firsts()).toEqual(ids(1, 2));
    });

    it('tells the types that it is to tell, passes over pages of others, and masks personal data unless told not to', async () => {
      const masked = await publisher(memoryStream(['customer']), broker.settings(gate.port, { records: ['customer'] }));
      masked.stream.commit(...Array.from({ length: 230 }, () => ({})), {
        ...{ type: 'customer', recordId: 'cus_1' },
        units: { name: [{ name: 'Ann Lee' }, { name: 'Zoe Marlowe' }] },
      });
      await until('the customer is published', () => masked.stream.place === 231);
      const [kept] = await broker.kept();
      expect(kept?.id).toBe(`${epoch}:231`);
      expect(kept?.body).toContain('•••');
      expect(kept?.body).not.toMatch(/Ann Lee|Zoe Marlowe/);
      await masked.relay.stop(0);
      const open = await publisher(memoryStream(), broker.settings(gate.port, { personalData: true }));
      open.stream.commit({ recordId: 'ord_1' });
      await until('the order is published', () => open.stream.place === 1);
      expect((await broker.kept()).at(-1)?.body).toContain('Zoe Marlowe 1');
    });

    it('is paused with the reason and the next step where changes were pruned before it told them', async () => {
      const stream = memoryStream();
      stream.commit(...three);
      stream.prunedUpTo = 2;
      const { states, relay } = await publisher(stream);
      await until('it is paused', () => states().length > 0);
      expect(states()[0]).toMatch(
        /^events paused changes behind position 0 were pruned .* up to 2: .*\{"from": "oldest"\}/,
      );
      expect(await broker.kept()).toEqual([]);
      stream.move(2);
      relay.port.resume('events');
      await until('the rest is published', () => stream.place === 3);
      expect(await firsts()).toEqual(ids(3, 3));
    });
  });
}
