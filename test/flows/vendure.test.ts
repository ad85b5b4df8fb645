// A Vendure shop through the whole hub: what its polls and webhooks bring, also what a lost webhook did not say.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type MswServer, startMswServer } from '../connectors/msw-server.ts';
import recorded from '../connectors/vendure/recorded.json' with { type: 'json' };
import { credentials, type Shop, vendureShop } from '../connectors/vendure/vendure-vendor.ts';
import type { RecordView } from './client.ts';
import { endAll, type Hub, shippedMappings, startHub, syncline } from './hub.ts';
import { until } from './until.ts';
import { webhookSecret as secret, signedWebhook } from './webhook.ts';

const hourAgo = (): number => Date.now() - 3_600_000;

let shop: Shop;
let server: MswServer;

beforeEach(async () => {
  shop = vendureShop(Date.now);
  server = await startMswServer(...shop.handlers);
});
afterEach(async () => {
  await endAll();
  await server.close();
});

const start = (poll: object): Promise<Hub> =>
  startHub({
    mappings: shippedMappings,
    systems: {
      vendure: {
        role: 'order',
        connector: 'vendure',
        settings: {
          url: `${server.url}/admin-api`,
          login: { username: credentials.username, password: credentials.password },
          webhook: { scheme: 'standard', secret },
          poll,
        },
      },
    },
  });

const often = { orders: '50ms', customers: '50ms', fulfillments: '50ms' };
const seldom = { orders: '1h', customers: '1h', fulfillments: '1h' };
const look = (hub: Hub, record: string, id: string): Promise<RecordView> =>
  hub.get(`/v1/records/${record}?external=vendure:${id}`);

it('ships an order that no webhook tells of, and whose updatedAt stands still', async () => {
  // The recorded order belongs to it.
  shop.add('customer', hourAgo());
  const id = shop.add('order', hourAgo());
  const hub = await start(often);
  await until(
    'the order is there',
    () => look(hub, 'order', id),
    ({ data }) => data.fulfillmentStatus === 'unfulfilled',
  );
  const parcel = shop.add('shipment', hourAgo());
  shop.ship(parcel);
  const shipment = await until(
    'its parcel is on its way',
    () => look(hub, 'shipment', parcel),
    ({ data }) => data.status === 'shipped',
  );
  const order = await until(
    'and so is the order',
    () => hub.get<RecordView>(`/v1/records/order/${shipment.data.orderId}`),
    ({ data }) => data.fulfillmentStatus === 'partially_shipped',
  );
  expect(order.data.number).toBe(`CODE${shop.held('shipment')[0]?.object.orderId}`);
  expect(shipment.data).toMatchObject({ carrier: 'DHL', trackingNo: expect.stringContaining('TRACK') });
  expect(hub.log.filter(({ level }) => level !== 'info')).toEqual([]);
});

it('takes signed webhooks, fetches what they only name, and refuses a stranger', async () => {
  const hub = await start(seldom);
  const customer = shop.add('customer', hourAgo());
  expect(customer).toBe('1');
  const [, paid, , , address] = recorded.webhooks;
  for (const event of [paid, address]) expect((await deliver(hub, event, secret)).status).toBe(200);
  expect((await deliver(hub, paid, 'whsec_c29tZWJvZHkgZWxzZSBhbHRvZ2V0aGVy')).status).toBe(401);
  await until(
    'the order is paid',
    () => look(hub, 'order', '1'),
    ({ data }) => data.paymentStatus === 'paid',
  );
  await until(
    'the customer was fetched',
    () => look(hub, 'customer', '1'),
    ({ data }) => JSON.stringify(data.emails) === '["person.1@example.com"]',
  );
});

it('reverts nothing for a retry that comes late, and counts once what comes again under its id', async () => {
  const hub = await start(seldom);
  const late = recorded.webhooks[3];
  if (late?.type !== 'customer.updated') throw new Error('the recording has changed');
  const customer = { ...late.data.customer, phoneNumber: '+49 30 0000009' };
  const newer = { ...late, timestamp: '2026-11-23T05:10:00.000Z', data: { customer } };
  const twice = signedWebhook(JSON.stringify(newer), { secret });
  for (const hook of [twice, twice, signedWebhook(JSON.stringify(late), { secret })])
    expect((await hub.ask('POST', '/v1/webhooks/vendure', { key: null, ...hook })).status).toBe(200);
  const { version, data } = await look(hub, 'customer', '1');
  expect({ version, phones: data.phones }).toEqual({ version: 1, phones: ['+49300000009'] });
});

it('finds by reconciling what a shop that died never told, and takes it on request', async () => {
  shop.add('customer', hourAgo());
  const known = shop.add('order', hourAgo());
  const hub = await start(seldom);
  await until(
    'the order is there',
    () => look(hub, 'order', known),
    ({ data }) => data.fulfillmentStatus === 'unfulfilled',
  );
  // The shop is killed between its commit and its webhook: the parcel's, and that of the next order.
  shop.ship(shop.add('shipment', hourAgo()));
  const orders = shop.held('order').map(({ id }) => id);
  const lost = orders.find((id) => id !== known) ?? shop.add('order', hourAgo());
  const run = (...more: string[]) => syncline(hub.place, 'reconcile', 'vendure', '--url', hub.url, ...more);
  const told = await run('--record', 'order');
  expect(told).toMatchObject({ code: 1, out: expect.stringContaining('unknown here') });
  expect((await hub.ask('GET', `/v1/records/order?external=vendure:${lost}`)).status).toBe(404);
  const repaired = await run('--repair', '--json');
  expect(repaired.code).toBe(0);
  expect(JSON.parse(repaired.out)).toMatchObject({ state: 'done', drift: 1, repaired: 1 });
  expect((await look(hub, 'order', lost)).data).toMatchObject({ number: `CODE${lost}` });
  const { text } = await hub.ask('GET', '/metrics');
  expect(text).toContain('syncline_reconcile_drift{system="vendure",record="order",kind="unknown"} 1');
});

const deliver = (hub: Hub, event: object | undefined, by: string) =>
  hub.ask('POST', '/v1/webhooks/vendure', { key: null, ...signedWebhook(JSON.stringify(event), { secret: by }) });
