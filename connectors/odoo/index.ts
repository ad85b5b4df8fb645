// An Odoo server: partners, sale orders, deliveries and stock over its JSON-2 API, or its JSON-RPC before Odoo 19.
import { defineConnector } from '../../src/connector/define.ts';
import { fetchObject, findObject, listRows, pollRows } from '../../src/connector/rows.ts';
import type { RecordType } from '../../src/model/records.ts';
import { operations } from './operations.ts';
import { sourceOf } from './rows.ts';
import { call, credentialsOf } from './rpc.ts';
import { settings } from './settings.ts';
import { push, transition } from './writes.ts';

const records: RecordType[] = ['customer', 'order', 'shipment'];
const read: RecordType[] = [...records, 'inventory'];

export const odoo = defineConnector({
  name: 'odoo',
  title: 'An Odoo ERP: partners, sale orders, deliveries and stock over its external API',
  settings,
  operations,
  credentials: credentialsOf,

  records: () => records,
  writeStyle: () => 'changes',
  // Partners are looked for by reference, orders by the customer's reference, before they are made again.
  repeatSafe: () => 'natural-key',
  fetches: () => read,
  lists: () => read,
  polls: ({ poll: { every: everyMs } }) => read.map((record) => ({ record, everyMs })),
  answers: () => ['order', 'shipment'],

  push,
  poll: (request, context) => pollRows(sourceOf(context), request),
  fetch: (reference, context) => fetchObject(sourceOf(context), reference),
  find: (reference, context) => findObject(sourceOf(context), reference),
  list: (request, context) => listRows(sourceOf(context), request),
  check: async (context) => {
    await call(context, { model: 'res.users', method: 'context_get' });
  },
  transition,
  cancel: (question, context) => transition({ ...question, to: 'cancel' }, context),
});
