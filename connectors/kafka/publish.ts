// Events into topics, one after the other: each is acknowledged by all in-sync replicas before the next one leaves.
import kafkajs, { type Message, type Producer } from 'kafkajs';
import { ConnectorError, type Published, type StreamEvent } from '../../src/connector/contract.ts';
import { Progress, placeOf } from '../../src/connector/stream.ts';
import { recordTypes } from '../../src/model/record-types.ts';
import { meaningOf } from './failures.ts';
import { withCluster } from './session.ts';
import type { KafkaContext } from './settings.ts';

/** One by one: of a batch some partitions could take what is behind an event that another one refuses, at every try. */
export function publishAll(events: readonly StreamEvent[], context: KafkaContext): Promise<Published> {
  const progress = new Progress();
  return progress.of(() =>
    withCluster(context, openProducer, async (producer) => {
      for (const event of events) {
        await publishOne(event, producer, context);
        progress.taken += 1;
      }
    }),
  );
}

const openProducer = (cluster: kafkajs.Kafka): Producer =>
  cluster.producer({
    allowAutoTopicCreation: false,
    // Partitions by key as Java's clients do.
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    maxInFlightRequests: 1,
  });

async function publishOne(event: StreamEvent, producer: Producer, context: KafkaContext): Promise<void> {
  const topic = placeOf(context.settings.topic, event);
  try {
    await producer.send({ topic, messages: [messageOf(event)], acks: -1, timeout: context.timeoutMs });
  } catch (error) {
    const { kind, words, sent } = meaningOf(error);
    if (kind !== 'rejected' && kind !== 'forbidden') throw error;
    const what = `the event ${event.id} (${Buffer.byteLength(event.body)} bytes)`;
    const told = `${what} is refused by the topic ${topic}: ${context.http.redact(words)}`;
    throw new ConnectorError(kind, told, { sent, cause: error });
  }
}

/** CloudEvents, structured mode. One record has one key, so one partition: its changes stay in order. */
const messageOf = ({ id, recordId, body, traceparent }: StreamEvent): Message => ({
  key: recordId,
  value: body,
  headers: {
    id,
    'content-type': 'application/cloudevents+json',
    ...(traceparent !== undefined && { traceparent }),
  },
});

/** Lets us in, and has every topic. */
export function checkTopics(context: KafkaContext): Promise<void> {
  const { topic, records = recordTypes } = context.settings;
  const topics = new Set(
    records.map((record) => placeOf(topic, { record, op: 'created', source: 'hub' } as StreamEvent)),
  );
  return withCluster(
    context,
    (cluster) => cluster.admin(),
    async (admin) => {
      for (const one of topics) await requireTopic(one, () => admin.fetchTopicMetadata({ topics: [one] }));
    },
  );
}

async function requireTopic(topic: string, ask: () => Promise<unknown>): Promise<void> {
  try {
    await ask();
  } catch (error) {
    const { type, kind, words } = meaningOf(error);
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
      throw new ConnectorError('rejected', `there is no topic ${topic}, or we may not see it; make it, or set records`);
    if (kind === 'forbidden') throw new ConnectorError(kind, `the topic ${topic}: ${words}`, { cause: error });
    throw error;
  }
}
