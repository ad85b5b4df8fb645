// A Salesforce org: accounts with a contact, and orders with their lines, over its REST API.
import { defineConnector } from '../../src/connector/define.ts';
import type { RecordType } from '../../src/model/records.ts';
import { operations } from './operations.ts';
import { check, fetch, find, list, poll } from './reading.ts';
import { credentialsOf, settings } from './settings.ts';
import { push, pushMany } from './writes.ts';

const records: RecordType[] = ['customer', 'order'];

export const salesforce = defineConnector({
  name: 'salesforce',
  title: 'A Salesforce org: accounts with a contact, and orders with their lines, over its REST API',
  settings,
  operations,
  credentials: credentialsOf,

  records: () => records,
  writeStyle: () => 'changes',
  // Everything that is made has the id of our record in an external id field, and is made by an upsert on that.
  repeatSafe: () => 'natural-key',
  batches: () => ({ size: 100, operations: ['create', 'update'] }),
  fetches: () => records,
  lists: () => records,
  polls: ({ poll: { every: everyMs } }) => records.map((record) => ({ record, everyMs })),

  ...{ push, pushMany, poll, fetch, find, list, check },
});
