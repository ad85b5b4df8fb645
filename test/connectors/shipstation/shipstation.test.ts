// What is particular to ShipStation: keys, whole orders, states, times without a zone, unsigned webhooks; and a package of its users.
import fc from 'fast-check';
import { HttpResponse, http as on } from 'msw';
import ShipStation from 'shipstation-node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { shipstation } from '../../../connectors/shipstation/index.ts';
import { pacificOf, utcOf } from '../../../connectors/shipstation/times.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Send } from '../../../src/connector/contract.ts';
import { failureOf, poll, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { type Account, credentials, shipstationAccount } from './shipstation-vendor.ts';

let account: Account;
let server: MswServer;
let connection: Connection;

beforeEach(async () => {
  account = shipstationAccount(() => testNow);
  server = await startMswServer(...account.handlers);
  connection = connectTo(shipstation, { url: server.url, ...credentials, webhooks: true });
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

const shipTo = { name: 'Zoë Marlowe', street1: '4 Birch Lane', city: 'Sampleton', country: 'US' };
const newOrder = { orderNumber: 'O-1', orderDate: '2026-11-24 02:00:00', shipTo };
const aSend = (body: object, more: Partial<Send> = {}): Send => ({
  ...{ op: 'create', record: 'order', recordId: 'ord_1', key: 'ss:order:ord_1:1', match: [], repeat: false },
  body: JSON.stringify(body),
  ...more,
});
const anUpdate = (externalId: string, body: object): Send => aSend(body, { op: 'update', externalId });
const writes = (): string[] => server.arrivals.filter(({ method }) => method === 'POST').map(({ url }) => url);

describe('an order', () => {
  it('is made by its key, also where two begin with the same number', async () => {
    const first = await push({ connection }, aSend(newOrder));
    const other = await push({ connection }, aSend({ ...newOrder, orderNumber: 'O-12' }));
    expect(other.externalId).not.toBe(first.externalId);
    const match = [{ field: 'number', value: 'O-1' }];
    const found = await connection.connector.find?.({ record: 'order', match }, connection.context());
    expect(found).toBe(first.externalId);
    const order = account.order(String(first.externalId));
    expect(order).toMatchObject({ orderKey: 'O-1', orderStatus: 'awaiting_shipment', billTo: { name: 'Zoë Marlowe' } });
  });

  it('without what ShipStation requires is refused in its words', async () => {
    const error = await failureOf(push({ connection }, aSend({ orderNumber: 'O-1', shipTo })));
    expect(error).toMatchObject({ kind: 'rejected', message: 'The orderDate field is required.' });
  });

  it('is not written where everything is so already', async () => {
    const id = account.add('order', testNow);
    await push(
      { connection },
      anUpdate(id, { shipTo: { city: 'Sampleton' }, items: [{ lineItemKey: '1', quantity: 2 }] }),
    );
    expect(writes()).toEqual([]);
  });

  it.each(['shipped', 'cancelled'])('that is %s is changed no more, and stays where it is', async (orderStatus) => {
    const id = account.add('order', testNow);
    account.order(id).orderStatus = orderStatus;
    await push({ connection }, anUpdate(id, { orderStatus: 'awaiting_shipment' }));
    const error = await failureOf(push({ connection }, anUpdate(id, { customerNotes: 'late' })));
    expect(error).toMatchObject({ kind: 'rejected', message: expect.stringContaining(`the order is ${orderStatus}`) });
    expect(writes()).toEqual([]);
  });

  it('can be put on hold and cancelled', async () => {
    const id = account.add('order', testNow);
    for (const orderStatus of ['on_hold', 'cancelled']) {
      await push({ connection }, anUpdate(id, { orderStatus }));
      expect(account.order(id).orderStatus).toBe(orderStatus);
    }
  });

  it('whose answer names no id is unclear', async () => {
    server.use(on.post('*/orders/createorder', () => HttpResponse.json({ ok: true })));
    expect(await failureOf(push({ connection }, aSend(newOrder)))).toMatchObject({ kind: 'unclear' });
  });
});

describe('the limit', () => {
  it('of a minute says when there are requests again', async () => {
    account.leave(1);
    await poll({ connection }, 'order');
    expect(await failureOf(poll({ connection }, 'order'))).toMatchObject({ kind: 'throttled', retryAfterMs: 23_000 });
  });
});

describe('a store', () => {
  it('of the settings is the one that is read, and new orders are made in it', async () => {
    const of = connectTo(shipstation, { url: server.url, ...credentials, storeId: 7 });
    const { externalId } = await push({ connection: of }, aSend(newOrder));
    await pollToTheEnd({ connection: of }, 'order');
    await of.destroy();
    expect(account.order(String(externalId)).advancedOptions).toMatchObject({ storeId: 7 });
    expect(server.arrivals.at(-1)?.url).toContain('storeId=7');
  });
});

describe('times', () => {
  it('of Los Angeles come back, but for the hour that comes twice', () => {
    const day = Date.parse('2026-01-01T00:00:00Z');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 366 * 86_400 }), (second) => {
        const text = pacificOf(day + second * 1000);
        expect(pacificOf(Date.parse(utcOf(text) ?? ''))).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ['2026-07-01T08:00:00.0000000', '2026-07-01T15:00:00.000Z'],
    ['2026-12-01 08:00:00', '2026-12-01T16:00:00.000Z'],
    ['2026-11-01T01:30:00', '2026-11-01T08:30:00.000Z'],
    ['2026-03-08T02:30:00', '2026-03-08T10:30:00.000Z'],
    ['soon', undefined],
    [undefined, undefined],
  ])('%s are %s', (text, expected) => {
    expect(utcOf(text)).toBe(expected);
  });
});

describe('a webhook', () => {
  const receive = (event: object, on = connection) =>
    on.connector.receive?.({ headers: {}, body: Buffer.from(JSON.stringify(event)) }, on.context()) ?? Promise.reject();
  const of = (resource_type: string, resource_url: string) => ({ resource_type, resource_url });

  it('names what is asked for at the host of the settings', async () => {
    const [order, shipment] = [account.add('order', testNow), account.add('shipment', testNow)];
    const number = String(account.order(order).orderNumber);
    expect(await receive(of('ORDER_NOTIFY', `${server.url}/orders?orderNumber=${number}`))).toMatchObject({
      changes: [{ record: 'order', id: order, data: expect.stringContaining('17 Larch Row') }],
    });
    expect(await receive(of('SHIP_NOTIFY', `${server.url}/shipments?batchId=1`))).toMatchObject({
      changes: [{ record: 'shipment', id: shipment, data: expect.stringContaining('LAMP-001') }],
    });
    expect(await receive(of('FULFILLMENT_REJECTED', 'https://example.com'))).toEqual({ changes: [] });
  });

  it.each([
    ['http://169.254.169.254/orders'],
    ['https://example.com/orders?orderNumber=1'],
    ['https://ssapi7.shipstation.com.example.com/orders'],
    ['/orders?orderNumber=1'],
  ])('that names another host is refused, and nobody is asked: %s', async (address) => {
    expect(await failureOf(receive(of('ORDER_NOTIFY', address)))).toMatchObject({ kind: 'invalid' });
    expect(server.arrivals).toEqual([]);
  });

  it('that names another resource of the host is refused', async () => {
    const error = await failureOf(receive(of('ORDER_NOTIFY', `${server.url}/accounts/registeraccount`)));
    expect(error).toMatchObject({ kind: 'invalid' });
    expect(server.arrivals).toEqual([]);
  });

  it('is taken only where the settings say so', async () => {
    const without = connectTo(shipstation, { url: server.url, ...credentials });
    expect(await failureOf(receive(of('ORDER_NOTIFY', `${server.url}/orders`), without))).toMatchObject({
      kind: 'not_found',
    });
    await without.destroy();
  });
});

describe('the package shipstation-node', () => {
  it('makes, reads and pages the same orders and shipments', async () => {
    // Its types say default.default, and what is loaded is the class.
    const Client = ShipStation as unknown as typeof ShipStation.default;
    const { v1 } = new Client({ credentials: { v1: credentials } });
    if (!v1) throw new Error('it has no V1');
    (v1 as unknown as { baseURL: string }).baseURL = server.url;
    const { externalId = '' } = await push({ connection }, aSend(newOrder));
    const order = await v1.orders.get(Number(externalId));
    expect(order).toMatchObject({ orderKey: 'O-1', shipTo: { street1: '4 Birch Lane' } });
    await v1.orders.createOrUpdate({ ...order, customerNotes: 'Ring twice' } as never);
    account.add('shipment', testNow);
    const pages = await v1.orders.list({
      modifyDateStart: '2026-01-01 00:00:00',
      sortBy: 'ModifyDate',
      page: 1,
      pageSize: 1,
    });
    expect(pages).toMatchObject({ total: 2, pages: 2, page: 1, orders: [{ orderId: Number(externalId) }] });
    expect(await v1.shipments.list({ includeShipmentItems: true })).toMatchObject({
      shipments: [{ shipmentItems: [{ sku: 'LAMP-001' }] }],
    });
    const { items } = await pollToTheEnd({ connection }, 'order');
    const ours = items.find(({ id }) => id === externalId);
    expect(JSON.parse(ours?.data ?? '')).toMatchObject({ id: externalId, customerNotes: 'Ring twice' });
    expect(ours?.at).toBe(new Date(testNow).toISOString());
  });
});
