import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { kafka } from '../../../connectors/kafka/index.ts';
import type { StreamEvent } from '../../../src/connector/contract.ts';
import { readSettings } from '../../../src/connector/settings.ts';
import type { WireServer } from '../../contract/connector/subject.ts';
import { connectTo } from '../connect.ts';
import { type Gate, openGate } from '../tcp-gate.ts';
import { type KafkaModel, kafkaModel, password, username } from './kafka-model.ts';

let model: KafkaModel;
let server: WireServer;
let gates: Gate[];

beforeEach(async () => {
  model = kafkaModel();
  server = await model.serve();
  gates = [];
});
afterEach(async () => {
  await Promise.all(gates.map((gate) => gate.close()));
  await server.close();
});

const auth = { mechanism: 'plain', username, password };
const settings = (more: object = {}) => ({ brokers: `127.0.0.1:${server.port}`, auth, ...more });
const event = (no: number, more: Partial<StreamEvent> = {}): StreamEvent => ({
  ...{ id: `e1:${no}`, record: 'order', recordId: 'ord_1', op: 'updated', source: 'shop' },
  body: `{"no":${no}}`,
  ...more,
});

async function gateHere(): Promise<Gate> {
  const gate = await openGate(server.port);
  gates.push(gate);
  return gate;
}

async function publish(raw: object, events: StreamEvent[], timeoutMs = 5_000) {
  const connection = connectTo(kafka, raw, { timeoutMs });
  const done = await kafka.publish?.(events, connection.context());
  await connection.destroy();
  return done;
}

async function check(raw: object): Promise<string> {
  const connection = connectTo(kafka, raw);
  const found = await kafka.check?.(connection.context()).then(
    () => 'well',
    (error: Error & { kind: string }) => `${error.kind}: ${error.message}`,
  );
  await connection.destroy();
  return String(found);
}

describe('events in Kafka', () => {
  it('have the record as key, so one partition in order, and id, type and trace as headers; all replicas acknowledge', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const records = Array.from({ length: 12 }, (_, no) => event(no, { recordId: `ord_${no % 4}`, traceparent }));
    const raw = settings({ topic: 'syncline.{source}.{record}.{op}', clientId: 'hub-1' });
    expect(await publish(raw, records)).toEqual({ taken: 12 });
    expect(model.kept.map(({ id, key, place, headers }) => ({ id, key, place, headers }))).toEqual(
      records.map(({ id, recordId }) => ({
        ...{ id, key: recordId, place: 'syncline.shop.order.updated' },
        headers: { id, 'content-type': 'application/cloudevents+json', traceparent },
      })),
    );
    const places = new Map(model.kept.map(({ key, partition }) => [key, partition]));
    expect(model.kept.every(({ key, partition }) => places.get(key) === partition)).toBe(true);
    expect(new Set(places.values()).size).toBe(2);
    expect([...model.acks]).toEqual([-1]);
    expect([...model.clientIds]).toEqual(['hub-1']);
  });

  it('are let in by SCRAM; a wrong password, a way that the broker has not, and none at all are not', async () => {
    const scram = { ...auth, mechanism: 'scram-sha-256' };
    expect(await publish(settings({ auth: scram }), [event(1)])).toEqual({ taken: 1 });
    expect(await check(settings({ auth: { ...scram, password: 'wrong' } }))).toMatch(/^unauthorized: .*Invalid user/);
    expect(await check(settings({ auth: { ...auth, mechanism: 'scram-sha-512' } }))).toMatch(
      /^unauthorized: .*UNSUPPORTED_SASL_MECHANISM/,
    );
    expect(await check(settings({ auth: undefined }))).toMatch(/^unavailable: /);
  });

  it.each([
    ['TOPIC_AUTHORIZATION_FAILED', 29, 'forbidden'],
    ['INVALID_RECORD', 87, 'rejected'],
    ['NOT_ENOUGH_REPLICAS', 19, 'unavailable'],
    ['NOT_LEADER_FOR_PARTITION', 6, 'unavailable'],
    ['REQUEST_TIMED_OUT', 7, 'timeout'],
  ])(
    'that the broker answers with %s (%i) are %s, tried once, and what came before stays taken',
    async (type, code, kind) => {
      model.produceError = () => (model.produced > 1 ? code : 0);
      const done = await publish(settings(), [event(1), event(2), event(3)]);
      expect(done).toMatchObject({ taken: 1, error: { kind, message: expect.stringContaining(type) } });
      if (kind === 'forbidden' || kind === 'rejected')
        expect(done?.error?.message).toContain('the event e1:2 (8 bytes)');
      expect(model.produced).toBe(2);
    },
  );

  it('name the topic that there is none of, and one that we may not see; none is made', async () => {
    const other = settings({ topic: 'other.{record}' });
    expect(await publish(other, [event(1)])).toMatchObject({
      taken: 0,
      error: { kind: 'rejected', message: expect.stringMatching(/e1:1 .*the topic other\.order: .*UNKNOWN_TOPIC/) },
    });
    expect(await check(other)).toMatch(/^rejected: there is no topic other\.\w+, or we may not see it; make it/);
    expect(await check(settings())).toBe('well');
    model.metadataError = () => 29;
    expect(await check(settings({ records: ['order'] }))).toMatch(/^forbidden: the topic syncline\.order: /);
  });

  it('are kept though the acknowledgement is lost: unavailable, sent, and never sent again by the library itself', async () => {
    const gate = await gateHere();
    model.advertised = gate.port;
    let answers = 0;
    // Versions, handshake, greeting, topics; then the acknowledgement.
    gate.lose(() => () => ++answers === 5);
    const done = await publish(settings({ brokers: `127.0.0.1:${gate.port}` }), [event(1), event(2)]);
    expect(done).toMatchObject({ taken: 0, error: { kind: 'unavailable', sent: true } });
    expect(model.kept.map(({ id }) => id)).toEqual(['e1:1']);
  });

  it('are not refused where the connection is lost at the greeting', async () => {
    const gate = await gateHere();
    let answers = 0;
    gate.lose(() => () => ++answers === 3);
    expect(await publish(settings({ brokers: `127.0.0.1:${gate.port}` }), [event(1)])).toMatchObject({
      error: { kind: 'unavailable' },
    });
  });

  it('go to the next broker of the list where one is away, or silent', async () => {
    const [away, silent] = [await gateHere(), await gateHere()];
    away.fail('reset');
    silent.fail('silent');
    const brokers = [away.port, silent.port, server.port].map((port) => `127.0.0.1:${port}`);
    expect(await publish(settings({ brokers }), [event(1)], 900)).toEqual({ taken: 1 });
  });

  it('end with the signal of the hub, and leave no connection and no line on the console', async () => {
    const lines = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
    const gate = await gateHere();
    const { arrived, waiting } = gate.stall();
    const connection = connectTo(kafka, settings({ brokers: `127.0.0.1:${gate.port}` }));
    const stop = new AbortController();
    const done = kafka.publish?.([event(1)], { ...connection.context(), signal: stop.signal });
    await arrived;
    stop.abort();
    expect(await done).toMatchObject({ taken: 0, error: { kind: 'unavailable', message: /the hub stopped/ } });
    expect(waiting()).toBe(1);
    await connection.destroy();
    for (const spy of lines) expect(spy).not.toHaveBeenCalled();
    for (const spy of lines) spy.mockRestore();
  });
});

describe('settings', () => {
  it('name every fault with its path', () => {
    const reading = readSettings(kafka.settings, {
      brokers: ['kafka://k1:9092'],
      ...{ clientId: 'a b', topic: 'a/{record}', auth: { mechanism: 'gssapi', username: 'hub', password } },
    });
    const paths = 'faults' in reading ? reading.faults.map(({ path }) => path) : [];
    expect(paths).toEqual(['/brokers/0', '/clientId', '/auth/mechanism', '/topic']);
  });
});
