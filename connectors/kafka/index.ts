// The change stream into Apache Kafka.
import { defineConnector } from '../../src/connector/define.ts';
import { publishing } from '../../src/connector/stream.ts';
import { settings } from './settings.ts';

// The schemas that Kafka's protocol guide is made of.
const schemas = {
  produce: '0b9fd27ceb99033b1dccc25c9167ec8791c7081b/clients/src/main/resources/common/message/ProduceRequest.json',
  metadata: '0373353fbcc31d6ed0f102abd79050958789a26f/clients/src/main/resources/common/message/MetadataRequest.json',
};
const source = 'https://github.com/apache/kafka/blob';

export const kafka = defineConnector({
  name: 'kafka',
  title: 'Apache Kafka, not verified against a broker: every change as an event',
  settings,
  operations: [
    { name: 'Produce, acks=all', does: 'write', source: 'vendor_spec', link: `${source}/${schemas.produce}` },
    { name: 'Metadata', does: 'read', source: 'vendor_spec', link: `${source}/${schemas.metadata}` },
  ],
  publishes: publishing,
  // The library is loaded by whoever publishes.
  publish: async (events, context) => (await import('./publish.ts')).publishAll(events, context),
  check: async (context) => (await import('./publish.ts')).checkTopics(context),
});
