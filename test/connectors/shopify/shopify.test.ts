// What is particular to Shopify: points, marks, orders with many lines, returns that buyers begin, its own packages.
import '@shopify/shopify-api/adapters/node';
import { createHmac } from 'node:crypto';
import { createAdminApiClient } from '@shopify/admin-api-client';
import { ApiVersion, shopifyApi } from '@shopify/shopify-api';
import { HttpResponse, http as on } from 'msw';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { order as orderQuery, orderUpdate } from '../../../connectors/shopify/documents.ts';
import { shopify } from '../../../connectors/shopify/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { Send } from '../../../src/connector/contract.ts';
import { failureOf, poll, pollToTheEnd, push } from '../../contract/connector/scene.ts';
import { connectTo, testNow } from '../connect.ts';
import { type MswServer, startMswServer } from '../msw-server.ts';
import { credentials, type Shop, shopifyShop } from './shopify-vendor.ts';

let now = testNow;
let shop: Shop;
let server: MswServer;
let connection: Connection;
const { accessToken, clientId, clientSecret } = credentials;

beforeEach(async () => {
  now = testNow;
  shop = shopifyShop(() => now);
  server = await startMswServer(...shop.handlers);
  connection = connectTo(shopify, { url: server.url, accessToken, webhookSecrets: [clientSecret] });
});
afterEach(async () => {
  await connection.destroy();
  await server.close();
});

const aSend = (record: Send['record'], body: object, more: Partial<Send> = {}): Send => ({
  ...{ op: 'create', record, recordId: 'x_1', key: `shop:${record}:x_1:1`, match: [], repeat: false },
  body: JSON.stringify(body),
  ...more,
});
const anUpdate = (record: Send['record'], externalId: string, body: object): Send =>
  aSend(record, body, { op: 'update', externalId });
const held = (record: Send['record'], id: string | undefined) =>
  shop.held(record).find((one) => one.id === id)?.object ?? {};
const mutations = (): string[] =>
  server.arrivals.flatMap(({ body }) => /"query":"mutation [^{]*\{ (\w+)/.exec(body)?.[1] ?? []);
const graphQL = '*/admin/api/2026-07/graphql.json';
const eur = (amount: string, currencyCode = 'EUR') => ({ shopMoney: { amount, currencyCode } });

describe('points', () => {
  it('that are spent say how long to wait, by the rate at which they come back', async () => {
    shop.drain();
    const error = await failureOf(poll({ connection }, 'order'));
    expect(error).toMatchObject({ kind: 'throttled', message: 'Throttled', retryAfterMs: 1000 });
    now += 1000;
    expect((await poll({ connection }, 'order')).items).toEqual([]);
  });
});

describe('an order', () => {
  it('is brought with every line, however many pages they are', async () => {
    const id = shop.addLong(120);
    const text = await connection.connector.fetch?.({ record: 'order', externalId: id }, connection.context());
    const { nodes } = JSON.parse(text ?? '').lineItems;
    expect(new Set(nodes.map(({ id: line }: { id: string }) => line)).size).toBe(120);
  });

  it('names what belongs to it when that changed, and nothing that is older', async () => {
    const parcel = shop.add('shipment', testNow - 86_400_000);
    const { items, cursor } = await pollToTheEnd({ connection }, 'order');
    expect(items.map(({ record, id, data }) => [record, id ?? '', data !== undefined])).toEqual([
      ['order', shop.held('order')[0]?.id, true],
      ['shipment', parcel, false],
    ]);
    const later = new Date(Date.parse(cursor ?? '') + 3_600_000).toISOString();
    expect((await pollToTheEnd({ connection }, 'order', later)).items).toEqual([]);
    now += 7_200_000;
    const order = { id: String(shop.held('order')[0]?.id) };
    await push({ connection }, aSend('refund', { reference: 'RFD-1', order, totalRefundedSet: eur('1.00') }));
    const next = await pollToTheEnd({ connection }, 'order', later);
    expect(next.items.map(({ record }) => record)).toEqual(['order', 'refund']);
  });

  it('keeps what is not said of an address, and its own tags', async () => {
    const id = shop.add('order', testNow);
    await push({ connection }, anUpdate('order', id, { shippingAddress: { zip: '00004' }, tags: ['vip'] }));
    expect(held('order', id)).toMatchObject({
      shippingAddress: { address1: '17 Larch Row', city: 'Sampleton', lastName: 'Marlowe', zip: '00004' },
      tags: ['web', 'vip'],
    });
  });

  it('is not written where everything is so already', async () => {
    const id = shop.add('order', testNow);
    const body = {
      note: '',
      email: 'zoe.marlowe@example.com',
      shippingAddress: { name: 'Zoë Marlowe' },
      tags: ['web'],
    };
    await push({ connection }, anUpdate('order', id, body));
    expect(mutations()).toEqual([]);
  });

  it.each([
    [{ displayFinancialStatus: 'PAID' }, 'only email, phone, note'],
    [{ lineItems: {} }, 'not lineItems'],
  ])('takes nothing that would not be written: %j', async (body, words) => {
    const error = await failureOf(push({ connection }, anUpdate('order', shop.add('order', testNow), body)));
    expect(error).toMatchObject({ kind: 'invalid', sent: false, message: expect.stringContaining(words) });
  });

  it('is not made here', async () => {
    expect(await failureOf(push({ connection }, aSend('order', {})))).toMatchObject({ kind: 'invalid', sent: false });
    expect(server.arrivals).toEqual([]);
  });
});

describe('an answer that is not known', () => {
  it.each([
    ['neither object nor error', { data: { orderUpdate: { order: null, userErrors: [] } } }],
    ['null', { data: { orderUpdate: null } }],
    ['a code of its own', { errors: [{ message: 'odd', extensions: { code: 'SOMETHING_NEW' } }] }],
  ])('is unclear after a write: %s', async (_, answer) => {
    const id = shop.add('order', testNow);
    server.use(
      on.post(graphQL, async ({ request }) =>
        (await request.clone().text()).includes('mutation') ? HttpResponse.json(answer) : undefined,
      ),
    );
    expect(await failureOf(push({ connection }, anUpdate('order', id, { note: 'x' })))).toMatchObject({
      kind: 'unclear',
    });
  });

  it('names the permission that is missing', async () => {
    const message = 'Access denied for customer field. Required access: `read_customers` access scope.';
    server.use(
      on.post(graphQL, () => HttpResponse.json({ errors: [{ message, extensions: { code: 'ACCESS_DENIED' } }] })),
    );
    expect(await failureOf(poll({ connection }, 'customer'))).toMatchObject({ kind: 'forbidden', message });
  });
});

describe('a customer', () => {
  it('without e-mail address and telephone number is not made twice', async () => {
    const send = aSend('customer', { lastName: 'Marlowe' }, { repeat: true });
    expect(await failureOf(push({ connection }, send))).toMatchObject({ kind: 'unclear' });
    expect(shop.held('customer')).toEqual([]);
  });

  it('of somebody else is not taken for ours', async () => {
    const { email } = held('customer', shop.add('customer', testNow));
    const error = await failureOf(push({ connection }, aSend('customer', { email, lastName: 'Other' })));
    expect(error).toMatchObject({ kind: 'rejected', message: 'Email has already been taken (email)' });
  });
});

describe('a shipment', () => {
  it('of everything that is left names no lines', async () => {
    const id = shop.add('order', testNow);
    await push({ connection }, aSend('shipment', { order: { id }, trackingInfo: [{ number: 'T-1' }] }));
    expect(shop.held('shipment')[0]?.object).toMatchObject({ totalQuantity: 4, displayStatus: 'FULFILLED' });
  });

  it('of more than is left is not sent', async () => {
    const id = shop.add('order', testNow);
    const [line] = shop.order(id).lineItems as { id: string }[];
    const nodes = [{ lineItem: { id: line?.id }, quantity: 3 }];
    const body = { order: { id }, trackingInfo: [{ number: 'T-1' }], fulfillmentLineItems: { nodes } };
    const error = await failureOf(push({ connection }, aSend('shipment', body)));
    expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('1 of 3 pieces are not there') });
    expect(shop.held('shipment')).toEqual([]);
  });

  it('takes a new tracking number, and events of the carrier alone', async () => {
    const id = shop.add('shipment', testNow);
    await push({ connection }, anUpdate('shipment', id, { displayStatus: 'DELIVERED' }));
    await push({ connection }, anUpdate('shipment', id, { trackingInfo: [{ number: 'T-2', company: 'DHL' }] }));
    expect(held('shipment', id)).toMatchObject({ displayStatus: 'DELIVERED', trackingInfo: [{ number: 'T-2' }] });
    expect(mutations()).toEqual(['fulfillmentEventCreate', 'fulfillmentTrackingInfoUpdate']);
  });

  it('that was cancelled is not the one that a repeat looks for', async () => {
    const cancelled = shop.add('shipment', testNow);
    const order = shop.held('order')[0]?.object as { id: string; fulfillments: { status: string }[] };
    const [parcel] = shop.order(order.id).fulfillments as { id: string; status: string; trackingInfo: object[] }[];
    Object.assign(parcel ?? {}, { status: 'CANCELLED' });
    const [{ lineItems }] = shop.order(order.id).fulfillmentOrders as [{ lineItems: { remainingQuantity: number }[] }];
    for (const line of lineItems) line.remainingQuantity = 2;
    const send = aSend('shipment', { order, trackingInfo: parcel?.trackingInfo }, { repeat: true });
    const body = { order: { id: order.id }, trackingInfo: parcel?.trackingInfo };
    const { externalId } = await push({ connection }, { ...send, body: JSON.stringify(body) });
    expect(externalId).not.toBe(cancelled);
  });
});

describe('a refund', () => {
  const wanted = (id: string, amount: string, currency = 'EUR') =>
    aSend('refund', { reference: 'RFD-1', order: { id }, totalRefundedSet: eur(amount, currency) });

  it('goes back on what was paid with, and is known again by its mark', async () => {
    const id = shop.add('order', testNow);
    const { externalId } = await push({ connection }, wanted(id, '100.10'));
    expect(held('refund', externalId)).toMatchObject({
      note: 'syncline RFD-1',
      transactions: [{ kind: 'REFUND', amountSet: eur('100.10') }],
    });
    const read = { record: 'refund', externalId: externalId ?? '' } as const;
    const text = await connection.connector.fetch?.(read, connection.context());
    expect(JSON.parse(text ?? '')).toMatchObject({ reference: 'RFD-1' });
  });

  it('with one key is made once, also where nobody looks first', async () => {
    const id = shop.add('order', testNow);
    const [first, second] = [
      await push({ connection }, wanted(id, '5.00')),
      await push({ connection }, wanted(id, '5.00')),
    ];
    expect(first.externalId).toBe(second.externalId);
    expect(shop.held('refund')).toHaveLength(1);
  });

  it.each([
    ['more than was paid', '103.97', 'EUR', '0.01 EUR more than was paid'],
    ['another currency', '1.00', 'USD', 'it was paid in EUR, not USD'],
  ])('is not tried for %s', async (_, amount, currency, words) => {
    const error = await failureOf(push({ connection }, wanted(shop.add('order', testNow), amount, currency)));
    expect(error).toMatchObject({ kind: 'invalid', sent: false, message: expect.stringContaining(words) });
    expect(mutations()).toEqual([]);
  });

  it('finds its order by its return', async () => {
    const id = shop.add('return', testNow);
    const body = { reference: 'RFD-2', return: { id }, totalRefundedSet: eur('5.00') };
    const { externalId } = await push({ connection }, aSend('refund', body));
    expect(held('refund', externalId)).toMatchObject({ note: 'syncline RFD-2' });
  });

  it('is never changed', async () => {
    const id = shop.add('order', testNow);
    const { externalId = '' } = await push({ connection }, wanted(id, '5.00'));
    await push({ connection }, anUpdate('refund', externalId, { totalRefundedSet: eur('5.00') }));
    const other = push({ connection }, anUpdate('refund', externalId, { totalRefundedSet: eur('6.00') }));
    expect(await failureOf(other)).toMatchObject({ kind: 'invalid', sent: false });
    expect(mutations()).toEqual(['refundCreate']);
  });
});

describe('a return', () => {
  it.each([
    ['OPEN', 'returnApproveRequest'],
    ['DECLINED', 'returnDeclineRequest'],
    ['CANCELED', 'returnCancel'],
  ])('that a buyer asked for becomes %s', async (status, mutation) => {
    const id = shop.requestReturn();
    await push({ connection }, anUpdate('return', id, { status }));
    expect(held('return', id)).toMatchObject({ status });
    expect(mutations()).toEqual([mutation]);
  });

  it('is not moved where Shopify has no way', async () => {
    const id = shop.add('return', testNow);
    const error = await failureOf(push({ connection }, anUpdate('return', id, { status: 'DECLINED' })));
    expect(error).toMatchObject({ kind: 'invalid', message: 'Shopify takes no return from OPEN to DECLINED' });
  });

  it('that was never open is not made', async () => {
    const body = { reference: 'R', order: { id: shop.add('order', testNow) }, status: 'CANCELED' };
    expect(await failureOf(push({ connection }, aSend('return', body)))).toMatchObject({
      kind: 'invalid',
      sent: false,
    });
  });
});

describe("Shopify's own packages", () => {
  const body = '{"id":820982911946154508,"admin_graphql_api_id":"gid://shopify/Order/820982911946154508"}';
  const headersOf = (text: string, secret = clientSecret) => ({
    'x-shopify-hmac-sha256': createHmac('sha256', secret).update(text).digest('base64'),
    'x-shopify-topic': 'orders/updated',
    'x-shopify-shop-domain': 'lamps.myshopify.com',
    'x-shopify-api-version': '2026-07',
    'x-shopify-webhook-id': 'b54557e4',
  });
  const validator = shopifyApi({
    ...{ apiKey: clientId, apiSecretKey: clientSecret, apiVersion: ApiVersion.April26, isEmbeddedApp: false },
    ...{ hostName: 'hub.example.com', scopes: [], logger: { log: async () => undefined } },
  }).webhooks;
  const verdictOf = async (rawBody: string, headers: Record<string, string>): Promise<boolean> => {
    const rawRequest = { method: 'POST', url: '/v1/webhooks/shop', headers } as never;
    return (await validator.validate({ rawBody, rawRequest, rawResponse: {} as never })).valid;
  };
  const ours = (text: string, headers: Record<string, string>): Promise<boolean> =>
    (
      connection.connector.receive?.({ headers, body: Buffer.from(text) }, connection.context()) ?? Promise.reject()
    ).then(
      () => true,
      (error) => error.kind !== 'unauthorized',
    );

  it.each([
    ['well signed', body, headersOf(body), true],
    ['altered', `${body} `, headersOf(body), false],
    ['of a stranger', body, headersOf(body, 'another'), false],
    ['not signed', body, { ...headersOf(body), 'x-shopify-hmac-sha256': '' }, false],
  ])('and we agree about a webhook that is %s', async (_, text, headers, valid) => {
    expect([await verdictOf(text, headers), await ours(text, headers)]).toEqual([valid, valid]);
  });

  it('drive the model as a client would', async () => {
    const client = createAdminApiClient({
      ...{ storeDomain: 'lamps.myshopify.com', apiVersion: '2026-07', accessToken },
      customFetchApi: (url, init) => fetch(String(url).replace('https://lamps.myshopify.com', server.url), init),
    });
    const id = shop.add('order', testNow);
    const read = await client.request(orderQuery.text, { variables: { id } });
    expect(read.data?.order).toMatchObject({ id, shippingAddress: { countryCode: 'DE' } });
    const input = { id, note: 'x'.repeat(5001) };
    const refused = await client.request(orderUpdate.text, { variables: { input } });
    expect(refused.data?.orderUpdate.userErrors).toMatchObject([{ field: ['note'] }]);
    shop.drain();
    const throttled = await client.request(orderQuery.text, { variables: { id } });
    expect(throttled.errors?.graphQLErrors).toMatchObject([{ extensions: { code: 'THROTTLED' } }]);
  });
});

describe('an app', () => {
  it('asks for a token as the Dev Dashboard says, and its secret verifies webhooks', async () => {
    const app = connectTo(shopify, { url: server.url, app: { clientId, clientSecret } });
    await app.connector.check?.(app.context());
    const [asked] = server.arrivals;
    expect({ url: asked?.url, form: Object.fromEntries(new URLSearchParams(asked?.body)) }).toEqual({
      url: '/admin/oauth/access_token',
      form: { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret },
    });
    await app.destroy();
  });

  it.each([
    [{}, 'must have either accessToken or app'],
    [{ accessToken, app: { clientId, clientSecret } }, 'must have either accessToken or app'],
    [{ accessToken, version: '2026-05' }, 'must be a stable version'],
  ])('needs one way to be known: %j', (more, words) => {
    expect(() => connectTo(shopify, { url: 'http://shop', ...more })).toThrow(words);
  });

  it('without a secret takes no webhook', async () => {
    const bare = connectTo(shopify, { url: server.url, accessToken });
    const received = bare.connector.receive?.({ headers: {}, body: Buffer.from('{}') }, bare.context());
    expect(await failureOf(received ?? Promise.resolve())).toMatchObject({ kind: 'not_found' });
    await bare.destroy();
  });
});
