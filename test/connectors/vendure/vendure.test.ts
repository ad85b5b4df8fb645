// What is particular to Vendure: errors inside HTTP 200, a time that stands still, an order that somebody is modifying.
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { vendure } from '../../../connectors/vendure/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Question, Send } from '../../../src/connector/contract.ts';
import { failureOf, poll, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { credentials, type Shop, vendureShop } from './vendure-vendor.ts';

let shop: Shop;
let server: MswServer;
let connection: Connection;

beforeEach(async () => {
  shop = vendureShop(() => testNow);
  server = await startMswServer(...shop.handlers);
  connection = connectTo(vendure, { url: `${server.url}/admin-api`, apiKey: credentials.apiKey });
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

const anUpdate = (record: Send['record'], externalId: string, body: object, more: Partial<Send> = {}): Send => ({
  ...{ op: 'update', record, recordId: 'x_1', key: 'shop:x_1:2', match: [], repeat: false },
  externalId,
  body: JSON.stringify(body),
  ...more,
});

const fetchOrder = (id: string) =>
  connection.connector.fetch?.({ record: 'order', externalId: id }, connection.context());
const answer = (data: object | null, errors?: object[]) =>
  server.use(on.post('*/admin-api', () => HttpResponse.json({ data, ...(errors && { errors }) })));

describe('an answer that is not known', () => {
  it.each([
    ['another type', { updateCustomer: { __typename: 'CustomerGroup', id: '1' } }],
    ['null', { updateCustomer: null }],
    ['nothing', {}],
  ])('is unclear after a write: %s', async (_, data) => {
    answer(data);
    const error = await failureOf(push({ connection }, anUpdate('customer', '1', { firstName: 'Z' })));
    expect(error).toMatchObject({ kind: 'unclear', sent: true });
  });

  it('is unclear after a write and unknown after a question, whatever its code is called', async () => {
    answer(null, [{ message: 'it broke', extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    const error = await failureOf(push({ connection }, anUpdate('customer', '1', { firstName: 'Z' })));
    expect(error).toMatchObject({ kind: 'unclear', message: 'it broke' });
    expect(await failureOf(Promise.resolve(fetchOrder('1')))).toMatchObject({ kind: 'unknown', message: 'it broke' });
  });

  it('is unknown where a page cannot be read', async () => {
    answer({ orders: {} });
    expect(await failureOf(poll({ connection }, 'order'))).toMatchObject({ kind: 'unknown' });
    server.use(on.post('*/admin-api', () => new HttpResponse('<html>')));
    expect(await failureOf(poll({ connection }, 'order'))).toMatchObject({ kind: 'unknown' });
  });
});

describe('an order that is shipped', () => {
  it('moves no updatedAt, and is brought by the poll of fulfilments', async () => {
    const fulfillment = shop.add('shipment', testNow - 86_400_000);
    const { cursor } = await pollToTheEnd({ connection }, 'order');
    const [order] = shop.held('order');
    shop.ship(fulfillment);
    expect(shop.held('order')[0]?.object.updatedAt).toBe(order?.object.updatedAt);
    const later = new Date(Date.parse(String(cursor)) + 60_000).toISOString();
    expect((await pollToTheEnd({ connection }, 'order', later)).items).toEqual([]);

    const { items } = await pollToTheEnd({ connection }, 'shipment');
    expect(items.map(({ record, id, at }) => ({ record, id, at }))).toEqual([
      { record: 'order', id: order?.id },
      { record: 'shipment', id: fulfillment },
    ]);
    expect(items.map(({ data }) => JSON.parse(data ?? '').state)).toEqual(['PartiallyShipped', 'Shipped']);
  });

  it('is followed for a while only', async () => {
    shop.add('shipment', testNow - 31 * 86_400_000);
    expect((await pollToTheEnd({ connection }, 'shipment')).items).toEqual([]);
  });
});

describe('an address of an order', () => {
  const moved = { shippingAddress: { streetLine1: '4 Birch Lane', postalCode: '00004' } };

  it('is tried first, and changed only where it differs', async () => {
    const id = shop.add('order', testNow);
    await push({ connection }, anUpdate('order', id, moved));
    const tries = server.arrivals.flatMap(({ body }) => /"dryRun":(true|false)/.exec(body)?.[1] ?? []);
    expect(tries).toEqual(['true', 'false']);
    expect(shop.order(id)).toMatchObject({ state: 'PaymentSettled', shippingAddress: { city: 'Sampleton' } });
    const before = server.arrivals.length;
    await push({ connection }, anUpdate('order', id, moved));
    expect(server.arrivals.length - before).toBe(1);
  });

  it('leaves the order where it was when the change is refused', async () => {
    const id = shop.add('order', testNow);
    const refusal = {
      __typename: 'NoChangesSpecifiedError',
      errorCode: 'NO_CHANGES_SPECIFIED_ERROR',
      message: 'no change',
    };
    server.use(
      on.post('*/admin-api', async ({ request }) => {
        const body = await request.clone().text();
        return body.includes('modifyOrder') ? HttpResponse.json({ data: { modifyOrder: refusal } }) : undefined;
      }),
    );
    const error = await failureOf(push({ connection }, anUpdate('order', id, moved)));
    expect(error).toMatchObject({ kind: 'rejected', message: 'no change' });
    expect(shop.order(id)).toMatchObject({ state: 'PaymentSettled', shippingAddress: { streetLine1: '17 Larch Row' } });
  });

  it.each([
    ['FORBIDDEN', 'forbidden'],
    ['ENTITY_NOT_FOUND', 'not_found'],
  ])('leaves it also when the change is answered by %s', async (code, kind) => {
    const id = shop.add('order', testNow);
    server.use(
      on.post('*/admin-api', async ({ request }) => {
        const body = await request.clone().text();
        const errors = [{ message: 'no', extensions: { code } }];
        return body.includes('modifyOrder') ? HttpResponse.json({ data: null, errors }) : undefined;
      }),
    );
    expect(await failureOf(push({ connection }, anUpdate('order', id, moved)))).toMatchObject({ kind });
    expect(shop.order(id).state).toBe('PaymentSettled');
  });

  it('leaves it also when Vendure knows no such country', async () => {
    const id = shop.add('order', testNow);
    const error = await failureOf(
      push({ connection }, anUpdate('order', id, { shippingAddress: { countryCode: 'XX' } })),
    );
    expect(error).toMatchObject({ kind: 'rejected', message: 'The countryCode "XX" was not recognized' });
    expect(shop.order(id)).toMatchObject({ state: 'PaymentSettled', shippingAddress: { countryCode: 'DE' } });
  });

  it('waits while somebody modifies the order, and spoils nothing of theirs', async () => {
    const id = shop.add('order', testNow);
    shop.startModifying(id);
    const error = await failureOf(push({ connection }, anUpdate('order', id, moved)));
    expect(error).toMatchObject({ kind: 'unavailable', sent: false });
    expect(shop.order(id)).toMatchObject({ state: 'Modifying', shippingAddress: { streetLine1: '17 Larch Row' } });
  });

  it('ends a modification that an attempt of ours has left open', async () => {
    const id = shop.add('order', testNow);
    shop.startModifying(id);
    await push({ connection }, anUpdate('order', id, moved, { repeat: true }));
    expect(shop.order(id)).toMatchObject({ state: 'PaymentSettled', shippingAddress: { streetLine1: '4 Birch Lane' } });
  });
});

describe('addresses of a customer', () => {
  const address = { fullName: 'Zoë Marlowe', streetLine1: '4 Birch Lane', countryCode: 'DE' };
  const addresses = (id: string) => shop.held('customer').find((held) => held.id === id)?.object.addresses;

  it('are changed by their id, made once, and never removed', async () => {
    const id = shop.add('customer', testNow);
    // Members that are not read back do not make it another address.
    const first = { ...address, customFields: { floor: 3 } };
    for (const repeat of [false, true])
      await push({ connection }, anUpdate('customer', id, { addresses: [first] }, { repeat }));
    expect(addresses(id)).toMatchObject([
      { streetLine1: '4 Birch Lane', customFields: { floor: 3 }, country: { code: 'DE' } },
    ]);
    const [known] = addresses(id) as { id: string }[];
    const moved = [
      { id: known?.id, streetLine1: '17 Larch Row' },
      { ...address, streetLine1: '5 Elm Walk' },
    ];
    await push({ connection }, anUpdate('customer', id, { addresses: moved }));
    expect(addresses(id)).toMatchObject([{ streetLine1: '17 Larch Row' }, { streetLine1: '5 Elm Walk' }]);
  });
});

describe('a fulfilment whose lines are named by the article', () => {
  const send = (lines: object[]): Send => {
    const orderId = shop.add('order', testNow);
    const body = { orderId, method: 'DHL', trackingCode: 'T-1', lines, state: 'Shipped' };
    const { externalId: _, ...create } = anUpdate('shipment', '1', body, { op: 'create' });
    return create;
  };

  it('has the lines of the order that are of it', async () => {
    await push({ connection }, send([{ lineNo: '7', sku: 'LAMP-1', quantity: 3 }]));
    const [parcel] = shop.held('shipment');
    expect(parcel?.object).toMatchObject({ state: 'Shipped', lines: [{ quantity: 3 }] });
    expect(shop.held('order')[0]?.object.state).toBe('Shipped');
  });

  it('is not sent where more is named than is left, or nothing was ordered', async () => {
    for (const [sku, quantity, words] of [
      ['LAMP-1', 4, '1 of 4 pieces'],
      ['CHAIR-2', 1, '1 of 1 pieces'],
    ] as const)
      expect(await failureOf(push({ connection }, send([{ sku, quantity }])))).toMatchObject({
        ...{ kind: 'invalid', sent: false },
        message: expect.stringContaining(`of the line ${sku} ${words}`),
      });
    expect(shop.held('shipment')).toEqual([]);
  });
});

describe('what it does not do', () => {
  it.each<[string, Partial<Send>, string]>([
    ['make an order', { op: 'create', record: 'order' }, 'orders are made in the shop only'],
    ['delete', { op: 'delete', record: 'customer' }, 'nothing is deleted in the shop'],
    ['ship without a tracking code', { op: 'create', record: 'shipment', body: '{"orderId":"1"}' }, 'no trackingCode'],
    ['make a customer without an address', { op: 'create', record: 'customer', body: '{}' }, 'no emailAddress'],
  ])('%s', async (_, more, message) => {
    const { externalId: _id, ...send } = anUpdate('order', '1', {}, more);
    const error = await failureOf(push({ connection }, more.op === 'delete' ? { ...send, externalId: '1' } : send));
    expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining(message), sent: false });
    expect(server.arrivals).toEqual([]);
  });

  it('change a tracking code', async () => {
    const id = shop.add('shipment', testNow);
    const orderId = shop.held('shipment')[0]?.object.orderId;
    const body = { orderId, trackingCode: 'ANOTHER', state: 'Shipped' };
    expect(await failureOf(push({ connection }, anUpdate('shipment', id, body)))).toMatchObject({ kind: 'invalid' });
    expect(shop.held('shipment')[0]?.object).toMatchObject({ state: 'Pending' });
  });
});

describe('a transition', () => {
  const ask = (id: string, to: string, again = false) => {
    const question: Question & { from: string; to: string } = {
      record: 'order',
      externalId: id,
      key: 'k',
      again,
      from: '',
      to,
    };
    return connection.connector.transition?.(question, connection.context());
  };

  it('is answered by what the order does', async () => {
    const id = shop.add('order', testNow);
    expect(await ask(id, 'Delivered')).toBe('no');
    expect(await ask(id, 'Cancelled', true)).toBe('no');
    expect(shop.order(id).state).toBe('PaymentSettled');
    expect(await ask(id, 'Cancelled')).toBe('yes');
    expect(await ask(id, 'Cancelled', true)).toBe('yes');
  });
});

it('takes a wrong key for one only where check is refused too', async () => {
  const stranger = connectTo(vendure, { url: `${server.url}/admin-api`, apiKey: 'nobody:nothing' });
  expect(await failureOf(poll({ connection: stranger }, 'order'))).toMatchObject({ kind: 'forbidden' });
  const check = stranger.connector.check?.(stranger.context()) ?? Promise.resolve();
  expect(await failureOf(check)).toMatchObject({ kind: 'unauthorized' });
  await stranger.destroy();
});

it('needs one way to be known, and one only', () => {
  const settings = { url: 'http://shop', login: { username: 'a', password: 'b' }, apiKey: 'c:d' };
  expect(() => connectTo(vendure, settings)).toThrow('must have either apiKey or login');
  expect(() => connectTo(vendure, { url: 'http://shop' })).toThrow('must have either apiKey or login');
});
