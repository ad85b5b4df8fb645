// Kafka, written by the connector and read by librdkafka's consumer from its own mock broker: npm run test:streams. No real broker.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';
import { kafka } from '../../connectors/kafka/index.ts';
import type { StreamEvent } from '../../src/connector/contract.ts';
import { connectTo } from '../connectors/connect.ts';
import { openGate } from '../connectors/tcp-gate.ts';

const port = inject('kafka');
const run = promisify(execFile);
const broker = `127.0.0.1:${port}`;
const settings = (more: object = {}) => ({ brokers: broker, ...more });

interface Read {
  topic: string;
  partition: number;
  key: string;
  headers: string[];
  payload: string;
}

/** As a person makes a topic: the mock makes those that its own client asks for. */
const makeTopic = (topic: string) => run('kcat', ['-L', '-b', broker, '-t', topic]);

/** All that is in a topic, as another client reads it. */
async function read(topic: string): Promise<Read[]> {
  const { stdout } = await run('kcat', ['-C', '-b', broker, '-t', topic, '-o', 'beginning', '-e', '-q', '-J']);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

const event = (no: number, more: Partial<StreamEvent> = {}): StreamEvent => ({
  ...{ id: `e1:${no}`, record: 'order', recordId: `ord_${no % 5}`, op: 'updated', source: 'shop' },
  body: `{"no":${no},"name":"Zoë 王"}`,
  ...more,
});

async function publish(raw: object, events: StreamEvent[], timeoutMs = 20_000) {
  const connection = connectTo(kafka, raw, { timeoutMs });
  const done = await kafka.publish?.(events, connection.context());
  await connection.destroy();
  return done;
}

describe('the mock broker of librdkafka', () => {
  it('keeps every event once; its consumer reads key, headers and body, the changes of one record in order', async () => {
    await makeTopic('a.order');
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const events = Array.from({ length: 40 }, (_, no) => event(no, { traceparent }));
    expect(await publish(settings({ topic: 'a.{record}' }), events)).toEqual({ taken: 40 });
    const found = await read('a.order');
    expect(found).toHaveLength(40);
    const type = ['content-type', 'application/cloudevents+json'];
    for (const { id, recordId, body } of events)
      expect(found.filter(({ headers }) => headers[1] === id)).toMatchObject([
        { key: recordId, payload: body, headers: ['id', id, ...type, 'traceparent', traceparent] },
      ]);
    for (const record of new Set(events.map(({ recordId }) => recordId))) {
      const mine = found.filter(({ key }) => key === record);
      const wanted = events.filter(({ recordId }) => recordId === record).map(({ id }) => id);
      expect(mine.map(({ headers }) => headers[1])).toEqual(wanted);
      expect(new Set(mine.map(({ partition }) => partition)).size).toBe(1);
    }
  });

  it('chooses the same partitions for our keys as Java would: those of murmur2 by its own client', async () => {
    await makeTopic('b.order');
    const keys = Array.from({ length: 12 }, (_, no) => `ord_${no}`);
    const events = keys.map((recordId, no) => event(no, { recordId }));
    expect(await publish(settings({ topic: 'b.{record}' }), events)).toEqual({ taken: 12 });
    for (const key of keys) {
      const sent = run('kcat', [
        '-P',
        '-b',
        broker,
        '-t',
        'b.order',
        '-k',
        key,
        '-X',
        'topic.partitioner=murmur2_random',
      ]);
      sent.child.stdin?.end('theirs');
      await sent;
    }
    const found = await read('b.order');
    for (const key of keys) {
      const places = found.filter((one) => one.key === key).map(({ partition }) => partition);
      expect(places).toHaveLength(2);
      expect(new Set(places).size).toBe(1);
    }
  });

  it('is checked, and one that falls silent is a timeout in its time', async () => {
    await makeTopic('c.order');
    const raw = settings({ topic: 'c.{record}', records: ['order'] });
    const connection = connectTo(kafka, raw, { timeoutMs: 20_000 });
    await expect(kafka.check?.(connection.context())).resolves.toBeUndefined();
    await connection.destroy();
    const gate = await openGate(port);
    gate.fail('silent');
    const silent = { ...raw, brokers: `127.0.0.1:${gate.port}` };
    expect(await publish(silent, [event(1)], 300)).toMatchObject({ taken: 0, error: { kind: 'timeout' } });
    await gate.close();
    expect(await read('c.order')).toEqual([]);
  });
});
