// A Vendure shop, through its Admin API and the webhooks of a plugin.
import { ConnectorError, type Pushed, type Send } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { pushCustomer } from './customer.ts';
import { activeChannel, operations } from './documents.ts';
import { fetch, find } from './find.ts';
import { credentialsOf, read } from './graphql.ts';
import { pushOrder, transition } from './order.ts';
import { list, poll } from './pages.ts';
import { settings, type VendureContext } from './settings.ts';
import { pushShipment } from './shipment.ts';
import { receive } from './webhooks.ts';

export const vendure = defineConnector({
  name: 'vendure',
  title: 'A Vendure shop: orders, customers and fulfilments over its Admin API',
  settings,
  operations,
  credentials: credentialsOf,

  records: () => ['order', 'customer', 'shipment'],
  writeStyle: (_, record) => (record === 'shipment' ? 'whole' : 'changes'),
  // Every write looks first whether it was done: customers by e-mail address, fulfilments by tracking code.
  repeatSafe: () => 'natural-key',
  fetches: () => ['order', 'customer'],
  lists: () => ['order', 'customer'],
  polls: ({ poll: every }) => [
    { record: 'order', everyMs: every.orders },
    { record: 'customer', everyMs: every.customers },
    { record: 'shipment', everyMs: every.fulfillments },
  ],
  answers: (_, verb) => (verb === 'transition' ? ['order'] : []),

  push,
  receive,
  poll,
  fetch,
  find,
  list,
  check,
  transition,
});

async function push(send: Send, context: VendureContext): Promise<Pushed> {
  if (send.op === 'delete') throw new ConnectorError('invalid', 'nothing is deleted in the shop', { sent: false });
  if (send.record === 'order') return pushOrder(send, context);
  return send.record === 'customer' ? pushCustomer(send, context) : pushShipment(send, context);
}

/** The shop says FORBIDDEN to a wrong key and to a missing permission; this much every key may read. */
async function check(context: VendureContext): Promise<void> {
  try {
    await read(context, activeChannel);
  } catch (error) {
    throw error instanceof ConnectorError && error.kind === 'forbidden' ? error.as('unauthorized') : error;
  }
}
