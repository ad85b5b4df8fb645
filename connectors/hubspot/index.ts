// A HubSpot account: contacts or companies as customers, and orders, over its CRM API and its webhooks.
import { defineConnector } from '../../src/connector/define.ts';
import { ask } from './api.ts';
import { operations } from './documents.ts';
import { fetch, find, kindOf, list, pathOf, poll, recordTypes } from './objects.ts';
import { credentialsOf, settings } from './settings.ts';
import { receive } from './webhooks.ts';
import { push, pushMany } from './writes.ts';

export const hubspot = defineConnector({
  name: 'hubspot',
  title: 'A HubSpot account: contacts or companies, and orders, over its CRM API',
  settings,
  operations,
  credentials: credentialsOf,

  records: () => [...recordTypes],
  writeStyle: () => 'changes',
  // An upsert by the property with our number, or by the e-mail address.
  repeatSafe: () => 'natural-key',
  batches: () => ({ size: 100, operations: ['create', 'update'] }),
  fetches: () => [...recordTypes],
  lists: () => [...recordTypes],
  polls: ({ poll: { every: everyMs } }) => recordTypes.map((record) => ({ record, everyMs })),

  ...{ push, pushMany, receive, poll, fetch, find, list },
  check: async (context) => {
    await ask(context, { method: 'GET', path: `${pathOf(kindOf('customer', context.settings))}?limit=1` });
  },
});
