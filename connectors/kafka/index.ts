// The change stream into Apache Kafka.
import { defineConnector } from '../../src/connector/define.ts';
import { publishing } from '../../src/connector/stream.ts';
import { settings } from './settings.ts';

const protocol = 'https://kafka.apache.org/protocol.html';

export const kafka = defineConnector({
  name: 'kafka',
  title: 'Apache Kafka, not verified against a broker: every change as an event',
  settings,
  operations: [
    { name: 'Produce, acks=all', does: 'write', source: 'vendor_spec', link: `${protocol}#The_Messages_Produce` },
    { name: 'Metadata', does: 'read', source: 'vendor_spec', link: `${protocol}#The_Messages_Metadata` },
  ],
  publishes: publishing,
  // The library is loaded by whoever publishes.
  publish: async (events, context) => (await import('./publish.ts')).publishAll(events, context),
  check: async (context) => (await import('./publish.ts')).checkTopics(context),
});
