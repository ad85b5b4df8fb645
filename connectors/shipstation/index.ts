// A ShipStation account: orders, and the shipments that it makes of them, over its V1 API and its webhooks.
import type { Operation } from '../../src/connector/contract.ts';
import { defineConnector } from '../../src/connector/define.ts';
import { ask } from './api.ts';
import { fetch, find, list, poll, readTypes } from './objects.ts';
import { credentialsOf, settings } from './settings.ts';
import { receive } from './webhooks.ts';
import { push } from './writes.ts';

const site = 'https://docs.shipstation.com/apis/shipstation-v1';
const known = (does: Operation['does'], name: string, page: string): Operation => ({
  ...{ name, does, source: 'vendor_spec', link: `${site}/${page}` },
});

const operations: Operation[] = [
  known('read', 'GET /orders', 'openapi/orders/list_orders'),
  {
    ...{ name: 'GET /orders/<orderId>', does: 'read', source: 'third_party' },
    link: 'https://github.com/streamdata-gallery-organizations/ship-station/blob/master/_listings/ship-station/ordersorderid-get-openapi.md',
  },
  known('write', 'POST /orders/createorder', 'docs/orders/create-update-order'),
  known('read', 'GET /shipments', 'docs/shipments/list'),
  known('read', 'webhooks (resource_url)', 'docs/models/webhook'),
  {
    ...known('read', 'limits (seconds in X-Rate-Limit-Reset) and the zone of times', 'docs/start-here/requirements'),
    // The page says that there are such headers and such a zone, as far as it could be read.
    source: 'assumed',
  },
];

export const shipstation = defineConnector({
  name: 'shipstation',
  title: 'A ShipStation account: orders and their shipments, over its V1 API',
  settings,
  operations,
  credentials: credentialsOf,

  records: () => ['order'],
  writeStyle: () => 'changes',
  // An order is known by its key.
  repeatSafe: () => 'natural-key',
  fetches: () => ['order'],
  lists: () => readTypes,
  polls: ({ poll: { every: everyMs } }) => readTypes.map((record) => ({ record, everyMs })),

  ...{ push, receive, poll, fetch, find, list },
  check: async (context) => {
    await ask(context, { method: 'GET', path: '/orders?pageSize=1' });
  },
});
