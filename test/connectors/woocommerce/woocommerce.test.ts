// What is particular to WooCommerce: a create that is found again by its metadata, pages behind each other, addresses whose
// names have two parts; and that the vendor's own client can talk to the model.
import wooPackage from '@woocommerce/woocommerce-rest-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { woocommerce } from '../../../connectors/woocommerce/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Send } from '../../../src/connector/contract.ts';
import { readSettings } from '../../../src/connector/settings.ts';
import { failureOf, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { credentials, type WooShop, wooShop } from './woocommerce-vendor.ts';

/** The package is a module that does not say so: its types take it for another kind. */
const WooClient = wooPackage as unknown as typeof wooPackage.default;

let shop: WooShop;
let server: MswServer;
let connection: Connection;

beforeEach(async () => {
  shop = wooShop(() => testNow);
  server = await startMswServer(...shop.handlers);
  connection = connectTo(woocommerce, { url: server.url, ...credentials, pageSize: 2 });
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

const aSend = (op: Send['op'], body: object, more: Partial<Send> = {}): Send => ({
  ...{ op, record: 'order', recordId: 'ord_1', key: 'woocommerce:order:ord_1:2', match: [], repeat: false },
  body: JSON.stringify(body),
  ...more,
});
const order = { status: 'processing', line_items: [{ sku: 'LAMP-001', quantity: 1 }] };

describe('a create', () => {
  it('that is repeated is found by its mark, on whichever page it is', async () => {
    const { externalId } = await push({ connection }, aSend('create', order));
    for (let n = 0; n < 5; n += 1) shop.add('order', testNow);
    expect(await push({ connection }, aSend('create', order, { repeat: true }))).toMatchObject({ externalId });
    expect(shop.orders()).toHaveLength(6);
  });

  it('is looked for only among what was made lately', async () => {
    shop.add('order', testNow - 30 * 86_400_000);
    await push({ connection }, aSend('create', order, { repeat: true }));
    expect(server.arrivals.map(({ method, url }) => [method, /after=([^&]*)/.exec(url)?.[1]])).toEqual([
      ['GET', '2026-11-17T10%3A00%3A00'],
      ['POST', undefined],
    ]);
  });
});

it('writes a name in two parts, and reads it as one', async () => {
  const externalId = shop.add('order', testNow);
  const shipping = { name: 'Zoë van Marlowe', address_1: '4 Birch Lane' };
  await push({ connection }, aSend('update', { shipping }, { externalId }));
  expect(shop.orders()[0]).toMatchObject({ shipping: { first_name: 'Zoë', last_name: 'van Marlowe' } });
  const read = await connection.connector.fetch?.({ record: 'order', externalId }, connection.context());
  expect(JSON.parse(read ?? '')).toMatchObject({ shipping, date_created_gmt: '2026-11-24T10:00:00Z' });
});

it.each<[string, Partial<Send>, object]>([
  ['no order is deleted', { op: 'delete', externalId: '1' }, {}],
  ['lines of an order', { op: 'update', externalId: '1' }, { line_items: [] }],
])('%s', async (message, more, body) => {
  const error = await failureOf(push({ connection }, { ...aSend('update', body), ...more }));
  expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message), sent: false });
  expect(server.arrivals).toEqual([]);
});

it('sends keys over no line that can be listened to', () => {
  const reading = readSettings(woocommerce.settings, { url: 'http://shop.example.com', ...credentials });
  expect(reading).toMatchObject({ faults: [{ path: '/url', message: expect.stringContaining('https://') }] });
});

it('has a model that the package of the vendor understands', async () => {
  const client = new WooClient({ url: server.url, ...credentials, version: 'wc/v3', queryStringAuth: true });
  // As over https, which a model on loopback does not speak.
  Object.assign(client, { isHttps: true });
  const { data } = await client.post('orders', order);
  for (let n = 0; n < 4; n += 1) shop.add('order', testNow);
  const page = await client.get('orders', { per_page: 2, page: 2, orderby: 'id', order: 'asc' });
  expect(page).toMatchObject({ data: [{ id: 3 }, { id: 4 }], headers: { 'x-wp-totalpages': '3' } });
  expect(data).toMatchObject({ id: 1, status: 'processing' });
});
