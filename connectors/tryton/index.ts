// A Tryton server: parties, sales and customer shipments over its JSON-RPC.
import { ConnectorError, type Pushed, type Send } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { fetchObject, findObject, listRows, pollRows } from '../../src/connector/rows.ts';
import type { RecordType } from '../../src/model/records.ts';
import { operations } from './documents.ts';
import { pushParty } from './party.ts';
import { sourceOf } from './rows.ts';
import { call, credentialsOf } from './rpc.ts';
import { pushSale, pushShipment, transition } from './sale.ts';
import { settings, type TrytonContext } from './settings.ts';

const records: RecordType[] = ['customer', 'order', 'shipment'];

export const tryton = defineConnector({
  name: 'tryton',
  title: 'A Tryton ERP: parties, sales and shipments over its JSON-RPC',
  settings,
  operations,
  credentials: credentialsOf,

  records: () => records,
  writeStyle: () => 'changes',
  // Parties are looked for by code, sales by reference, before they are made again.
  repeatSafe: () => 'natural-key',
  fetches: () => records,
  lists: () => records,
  polls: ({ poll: { every: everyMs } }) => records.map((record) => ({ record, everyMs })),
  answers: () => ['order', 'shipment'],

  push,
  poll: (request, context) => pollRows(sourceOf(context), request),
  fetch: (reference, context) => fetchObject(sourceOf(context), reference),
  find: (reference, context) => findObject(sourceOf(context), reference),
  list: (request, context) => listRows(sourceOf(context), request),
  check: async (context) => void (await call(context, { method: 'model.res.user.get_preferences', params: [true] })),
  transition,
  cancel: (question, context) => transition({ ...question, to: 'cancelled' }, context),
});

async function push(send: Send, context: TrytonContext): Promise<Pushed> {
  if (send.op === 'delete') throw new ConnectorError('invalid', 'nothing is deleted in Tryton', { sent: false });
  if (send.record === 'order') return pushSale(send, context);
  return send.record === 'customer' ? pushParty(send, context) : pushShipment(send, context);
}
