import { createHmac } from 'node:crypto';
import { shopify } from '../../../connectors/shopify/index.ts';
import type { Sample, Vendor } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { credentials, shopifyShop } from './shopify-vendor.ts';

type Line = { id: string };

const heldOf = (vendor: Vendor, record: 'order' | 'customer', id: string) =>
  vendor.held(record).find((held) => held.id === id)?.object ?? {};
const json = (body: object, holds: object = body): Sample => ({ body: JSON.stringify(body), holds });

const phoneOf = (id: string): string => `+49300${id.split('/').at(-1)}`;

const unsaid = 'what Shopify makes of null and of an empty text here is not documented; both are sent as they are';
const noOptional = 'it has no optional fields that are written';

const moved = { name: 'Zoë Marlowe', address1: '4 Birch Lane', city: 'Sampleton', zip: '00004', countryCode: 'DE' };
const heldAddress = {
  firstName: 'Zoë',
  lastName: 'Marlowe',
  address1: '4 Birch Lane',
  zip: '00004',
  countryCodeV2: 'DE',
};

const newCustomer = (n: number): Sample => {
  const body = { firstName: 'Zoë', lastName: 'Marlowe', email: `zoe.${n}@example.com` };
  return {
    ...json({ ...body, defaultAddress: moved, tags: ['vip'] }, { ...body, defaultAddress: heldAddress, tags: ['vip'] }),
    match: [{ field: 'emails', value: body.email }],
  };
};

function parcel(vendor: Vendor, orderId: string, number: string): Sample {
  const [line] = heldOf(vendor, 'order', orderId).lineItems as Line[];
  const trackingInfo = [{ number, company: 'DHL' }];
  const nodes = [{ lineItem: { id: line?.id }, quantity: 1 }];
  return json(
    { order: { id: orderId }, trackingInfo, fulfillmentLineItems: { nodes }, displayStatus: 'IN_TRANSIT' },
    { trackingInfo, fulfillmentLineItems: nodes, displayStatus: 'IN_TRANSIT' },
  );
}

function refund(vendor: Vendor, n: number): Sample {
  const totalRefundedSet = { shopMoney: { amount: '12.50', currencyCode: 'EUR' } };
  const order = { id: vendor.add('order', 0) };
  return json({ reference: `RFD-${n}`, order, totalRefundedSet }, { note: `syncline RFD-${n}`, totalRefundedSet });
}

const orderOf = (vendor: Vendor, member: string, id: string): string =>
  vendor.held('order').find(({ object }) => (object[member] as Line[]).some((one) => one.id === id))?.id ?? '';

function takeBack(vendor: Vendor, n: number, quantity = 2): Sample {
  const orderId = orderOf(vendor, 'fulfillments', vendor.add('shipment', 0));
  const [line] = heldOf(vendor, 'order', orderId).lineItems as Line[];
  const nodes = [{ fulfillmentLineItem: { lineItem: { id: line?.id } }, quantity }];
  const body = { reference: `RET-${n}`, order: { id: orderId }, status: 'CLOSED', returnLineItems: { nodes } };
  const returnLineItems = [{ ...nodes[0], returnReasonNote: `syncline RET-${n}`, returnReason: 'OTHER' }];
  return json(body, { status: 'CLOSED', returnLineItems });
}

const graphQL = 'GraphQL answers what was asked for, nothing else';
const hmac = (body: string, secret: string): string => createHmac('sha256', secret).update(body).digest('base64');
/** Ids are greater than a double holds; the members are those of a webhook, and only one of them counts. */
const event = (kind: string): string =>
  `{"id":820982911946154508,"admin_graphql_api_id":"gid://shopify/${kind}/820982911946154508","note":"Zoë Marlowe"}`;

const topics: Record<string, string> = {
  Order: 'orders/updated',
  Return: 'returns/request',
  Product: 'products/update',
};

const { clientId, clientSecret } = credentials;

connectorContract({
  connector: shopify,
  settings: (url) => ({
    url,
    app: { clientId, clientSecret },
    webhookSecrets: ['an older one', clientSecret],
    pageSize: 3,
  }),
  wrongCredentials: (url) => ({ url, app: { clientId, clientSecret: 'nobody' } }),
  secrets: [clientSecret],
  vendor: shopifyShop,
  writes: {
    order: {
      create: 'orders are made by shoppers',
      update: () =>
        json(
          { note: 'Ring twice', shippingAddress: moved, tags: ['vip'] },
          { note: 'Ring twice', shippingAddress: heldAddress, tags: ['web', 'vip'] },
        ),
      refused: { op: 'update', body: JSON.stringify({ note: 'x'.repeat(5001) }), words: 'Note is too long' },
      sparse: {
        null: unsaid,
        empty: unsaid,
        absent: json({ phone: '+49300000004' }, { note: 'Ring twice', phone: '+49300000004' }),
      },
    },
    customer: {
      create: newCustomer,
      update: (id) => json({ firstName: 'Zoë', phone: phoneOf(id), tags: ['vip'] }),
      refused: (_, vendor) => ({
        op: 'update',
        body: JSON.stringify({ email: heldOf(vendor, 'customer', vendor.add('customer', 0)).email }),
        words: 'Email has already been taken (email)',
      }),
      sparse: (id) => ({
        null: unsaid,
        empty: unsaid,
        absent: json({ note: 'Regular' }, { note: 'Regular', phone: phoneOf(id) }),
      }),
    },
    shipment: {
      create: (n, vendor) => parcel(vendor, vendor.add('order', 0), `NEW-${n}`),
      update: (id) => {
        const trackingInfo = [{ number: `MOVED-${id}`, company: 'UPS' }];
        const displayStatus = 'DELIVERED';
        return json({ trackingInfo, displayStatus });
      },
      refused: (_, vendor) => {
        const shop = vendor as ReturnType<typeof shopifyShop>;
        const id = shop.add('order', 0);
        shop.splitLocations(id);
        const body = JSON.stringify({ order: { id }, trackingInfo: [{ number: 'X' }] });
        return { op: 'create', body, words: 'must be assigned to the same location' };
      },
      sparse: { null: noOptional, empty: noOptional, absent: noOptional },
    },
    refund: {
      create: (n, vendor) => refund(vendor, n),
      update: 'Shopify does not change a refund once it is made',
      refused: (_, vendor) => {
        const { body } = refund(vendor, 1);
        const shop = vendor as ReturnType<typeof shopifyShop>;
        shop.order(JSON.parse(body).order.id).email = 'frozen@example.com';
        return { op: 'create', body, words: 'takes nothing back (transactions)' };
      },
      sparse: { null: noOptional, empty: noOptional, absent: noOptional },
    },
    return: {
      create: (n, vendor) => takeBack(vendor, n),
      update: () => json({ status: 'CLOSED' }),
      refused: (id, vendor) => {
        const orderId = orderOf(vendor, 'returns', id);
        const [line] = heldOf(vendor, 'order', orderId).lineItems as Line[];
        const nodes = [{ fulfillmentLineItem: { lineItem: { id: line?.id } }, quantity: 2 }];
        const body = JSON.stringify({ reference: 'X', order: { id: orderId }, returnLineItems: { nodes } });
        return { op: 'create', body, words: 'Return line item has an invalid quantity.' };
      },
      sparse: { null: noOptional, empty: noOptional, absent: noOptional },
    },
  },
  reads: {
    order: {
      shows: (id) => ({
        id,
        state: 'OPEN',
        note: null,
        poNumber: '',
        billingAddress: null,
        lineItems: { nodes: [{}, {}] },
      }),
      extra: graphQL,
      match: 'orders are made in the shop, and known by their id',
    },
    customer: {
      shows: (id) => ({ id, phone: null, defaultAddress: null }),
      extra: graphQL,
      match: (id, vendor) => [{ field: 'emails', value: String(heldOf(vendor, 'customer', id).email) }],
    },
    shipment: {
      shows: (id, vendor) => ({ id, order: { id: orderOf(vendor, 'fulfillments', id) }, deliveredAt: null }),
      extra: graphQL,
      match: 'a fulfilment is known by its id',
    },
    refund: {
      shows: (id) => ({ id, note: null, reference: id }),
      extra: graphQL,
      match: 'a refund is known by its id',
    },
    return: {
      shows: (id) => ({ id, closedAt: null, status: 'OPEN', returnLineItems: { nodes: [{ returnReasonNote: '' }] } }),
      extra: graphQL,
      match: 'a return is known by its id',
    },
  },
  polls: {
    order: { cursorAt: (ms) => new Date(ms).toISOString(), overlapMs: 300_000 },
    customer: { cursorAt: (ms) => new Date(ms).toISOString(), overlapMs: 300_000 },
  },
  webhook: {
    secret: credentials.clientSecret,
    timeless: 'Shopify signs the body alone; an old one can only make the hub ask for the object again',
    sign: (body, by) => {
      const kind = /shopify\/(\w+)\//.exec(body)?.[1] ?? '';
      const headers = {
        'x-shopify-hmac-sha256': hmac(body, by),
        'x-shopify-topic': topics[kind] ?? 'orders/updated',
        'x-shopify-webhook-id': 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
      };
      return { headers, body: Buffer.from(body) };
    },
    samples: [
      {
        body: event('Order'),
        becomes: {
          changes: [{ record: 'order', id: 'gid://shopify/Order/820982911946154508' }],
          dedupeId: 'b54557e4-bdd9-4b37-8a5f-bf7d70bcd043',
        },
      },
      {
        body: event('Return'),
        becomes: { changes: [{ record: 'return', id: 'gid://shopify/Return/820982911946154508' }] },
      },
      { body: event('Product'), becomes: { changes: [] } },
    ],
  },
  personal: ['Zoë Marlowe', '4 Birch Lane', '+49300000004'],
  httpRefusal: (words) => JSON.stringify({ errors: words }),
});
