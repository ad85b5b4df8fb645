// A Shopify shop, through its Admin API (GraphQL) and its webhooks.
import { ConnectorError, type Operation, type Pushed, type Send } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { specifiedOperations } from '../../src/connector/graphql.ts';
import type { RecordType } from '../../src/model/records.ts';
import * as documents from './documents.ts';
import { credentialsOf, read, type ShopifyContext } from './graphql.ts';
import { fetch, list, poll, recordTypes } from './pages.ts';
import { pushRefund, pushReturn, pushShipment } from './parts.ts';
import { find, pushCustomer, pushOrder } from './roots.ts';
import { settings } from './settings.ts';
import { receive } from './webhooks.ts';

const site = 'https://shopify.dev/docs';
const reads = (name: string, page: string): Operation => ({
  ...{ name, does: 'read', source: 'vendor_spec', link: `${site}/apps/build/${page}` },
});

const operations = [
  reads('client credentials', 'authentication-authorization/client-credentials-grant'),
  reads('webhooks (X-Shopify-Hmac-Sha256)', 'webhooks/verify-deliveries'),
  reads('what a question costs', 'apis/graphql-admin/rate-limits'),
  ...specifiedOperations(documents.every, `${site}/api/admin-graphql/latest`),
];

export const shopify = defineConnector({
  name: 'shopify',
  title: 'A Shopify shop: orders, customers, fulfilments, refunds and returns over its Admin API',
  settings,
  operations,
  credentials: credentialsOf,

  records: () => recordTypes,
  writeStyle: () => 'changes',
  // Each create looks first, where it is repeated, whether it was done: by e-mail address, tracking number or our mark.
  repeatSafe: () => 'natural-key',
  fetches: () => recordTypes,
  lists: () => ['order', 'customer'],
  polls: ({ poll: every }) => [
    { record: 'order', everyMs: every.orders },
    { record: 'customer', everyMs: every.customers },
  ],

  ...{ push, receive, poll, fetch, find, list },
  check: async (context) => void (await read(context, documents.shop, {})),
});

type Push = (send: Send, context: ShopifyContext) => Promise<Pushed>;

const [order, customer, shipment, refund] = [pushOrder, pushCustomer, pushShipment, pushRefund];
const pushes: Partial<Record<RecordType, Push>> = { order, customer, shipment, refund, return: pushReturn };

async function push(send: Send, context: ShopifyContext): Promise<Pushed> {
  const write = send.op === 'delete' ? undefined : pushes[send.record];
  if (write) return write(send, context);
  throw new ConnectorError('invalid', `no ${send.record} is ${send.op}d in the shop`, { sent: false });
}
