// The change stream into NATS JetStream.
import { defineConnector } from '../../src/connector/define.ts';
import { publishing } from '../../src/connector/stream.ts';
import { settings } from './settings.ts';

const docs = 'https://docs.nats.io';
const api = `${docs}/reference/reference-protocols/nats_api_reference`;

export const nats = defineConnector({
  name: 'nats',
  title: 'NATS JetStream: every change as an event',
  settings,
  operations: [
    {
      name: 'publish with Nats-Msg-Id, acknowledged',
      does: 'write',
      source: 'vendor_spec',
      link: `${docs}/using-nats/developer/develop_jetstream/model_deep_dive`,
    },
    { name: '$JS.API.INFO', does: 'read', source: 'vendor_spec', link: api },
    { name: '$JS.API.STREAM.NAMES', does: 'read', source: 'vendor_spec', link: api },
  ],
  publishes: publishing,
  // The library is loaded by whoever publishes.
  publish: async (events, context) => (await import('./publish.ts')).publishAll(events, context),
  check: async (context) => (await import('./publish.ts')).checkStreams(context),
});
