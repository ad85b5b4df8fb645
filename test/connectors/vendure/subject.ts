// The samples of the contract suite in a Vendure shop's words: for its model, and for a running one.
import { createSigner } from '../../../src/connector/standard-webhooks.ts';
import type { ConnectorSubject, Sample, Vendor } from '../../contract/connector/subject.ts';
import recorded from './recorded.json' with { type: 'json' };

const heldOf = (vendor: Vendor, record: 'order' | 'customer' | 'shipment', id: string) =>
  vendor.held(record).find((held) => held.id === id)?.object ?? {};

const address = { fullName: 'Zoë Marlowe', streetLine1: '4 Birch Lane', city: 'Sampleton', postalCode: '00004' };
const json = (body: object, holds: object = body): Sample => ({ body: JSON.stringify(body), holds });

/** Everything that can be written to an order at once: each step of it may lose its answer. */
const wholeOrder = {
  shippingAddress: { ...address, countryCode: 'DE' },
  customFields: { erpRef: 'SO-000123' },
  note: 'Exported to the ERP',
};

const newCustomer = (n: number) => {
  const body = { firstName: 'Zoë', lastName: 'Marlowe', emailAddress: `zoe.${n}@example.com` };
  const addresses = [{ ...address, countryCode: 'DE' }];
  return {
    ...json({ ...body, addresses }, { ...body, addresses: [{ ...address, country: { code: 'DE' } }] }),
    match: [{ field: 'emails', value: body.emailAddress }],
  };
};

const codeOf = (vendor: Vendor, orderId: string): string => String(heldOf(vendor, 'order', orderId).code);

const lineOf = (vendor: Vendor, orderId: string): string =>
  (heldOf(vendor, 'order', orderId).lines as { id: string }[])[0]?.id ?? '';

function parcel(vendor: Vendor, more: { orderId: string; code: string; state: string; quantity?: number }): Sample {
  const { orderId, code: trackingCode, state, quantity = 2 } = more;
  const lines = [{ orderLineId: lineOf(vendor, orderId), quantity }];
  return json({ orderId, method: 'DHL', trackingCode, lines, state }, { orderId, trackingCode, lines, state });
}

const sameFields = 'a fulfilment has no optional fields';
export const secret = 'whsec_c2FtcGxlIHNlY3JldCBvZiBhIHNhbXBsZQ==';
const graphQL = 'GraphQL answers what was asked for, nothing else; settings.customFields names the fields of a shop';

const [stock, paid, , customer, moved, shipped] = recorded.webhooks;

/** What does not depend on how the hub is known, nor on whether the shop is a model. */
export const vendureSamples = {
  writes: {
    order: {
      create: 'orders are made by shoppers',
      update: () =>
        json(wholeOrder, {
          ...{ shippingAddress: wholeOrder.shippingAddress, customFields: wholeOrder.customFields },
          notes: [wholeOrder.note],
          state: 'PaymentSettled',
        }),
      refused: { op: 'update', body: '{"state":"Delivered"}', words: 'unless all OrderItems are delivered' },
      sparse: {
        null: json({ customFields: { erpRef: null } }, { customFields: { erpRef: null } }),
        empty: json({ customFields: { erpRef: '' } }, { customFields: { erpRef: '' } }),
        absent: json({ customFields: { wmsRef: 'SHP-9001' } }, { customFields: { erpRef: 'SO-000123' } }),
      },
    },
    customer: {
      create: newCustomer,
      update: () => json({ phoneNumber: '+49 30 0000004', customFields: { erpRef: 'PARTY-77' } }),
      refused: (_, vendor) => ({
        op: 'update',
        body: JSON.stringify({ emailAddress: heldOf(vendor, 'customer', vendor.add('customer', 0)).emailAddress }),
        words: 'The email address is not available.',
      }),
      sparse: {
        null: json({ phoneNumber: null }),
        empty: json({ phoneNumber: '' }),
        absent: json({ firstName: 'Zoë' }, { firstName: 'Zoë', phoneNumber: '+49 30 0000004' }),
      },
    },
    shipment: {
      create: (n, vendor) => parcel(vendor, { orderId: vendor.add('order', 0), code: `NEW-${n}`, state: 'Shipped' }),
      update: (id, vendor) => {
        const { orderId, trackingCode } = heldOf(vendor, 'shipment', id);
        const ids = { orderId: String(orderId), code: String(trackingCode) };
        return parcel(vendor, { ...ids, state: 'Delivered', quantity: 1 });
      },
      refused: (id, vendor) => ({
        op: 'create',
        body: parcel(vendor, {
          orderId: String(heldOf(vendor, 'shipment', id).orderId),
          code: 'MORE',
          state: 'Pending',
          quantity: 5,
        }).body,
        words: recorded.answers.alreadyFulfilled.message,
      }),
      sparse: { null: sameFields, empty: sameFields, absent: sameFields },
    },
  },
  reads: {
    order: {
      shows: (id, vendor) => ({ id, code: codeOf(vendor, id), billingAddress: { fullName: null } }),
      extra: { customFields: { erpRef: null } },
      match: (id, vendor) => [{ field: 'number', value: codeOf(vendor, id) }],
    },
    customer: {
      shows: (id) => ({ id, title: null, phoneNumber: '' }),
      extra: graphQL,
      match: (id, vendor) => [{ field: 'emails', value: String(heldOf(vendor, 'customer', id).emailAddress) }],
    },
    shipment: {
      shows: (id, vendor) => ({ id, orderId: heldOf(vendor, 'shipment', id).orderId, state: 'Pending' }),
      extra: graphQL,
      match: 'Vendure finds no fulfilment by itself',
    },
  },
  polls: {
    order: { cursorAt: (ms) => new Date(ms).toISOString(), overlapMs: 30_000 },
    customer: { cursorAt: (ms) => new Date(ms).toISOString(), overlapMs: 30_000 },
    shipment: { cursorAt: 'each round begins anew', overlapMs: 'each round begins anew' },
  },
  webhook: {
    secret,
    sign: (body, by, at) => {
      const [id, timestamp] = ['msg_1', String(Math.floor(at / 1000))];
      const signature = createSigner(by)({ id, timestamp, body });
      return {
        headers: { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature },
        body: Buffer.from(body),
      };
    },
    samples: [
      { body: JSON.stringify(stock), becomes: { changes: [], dedupeId: 'msg_1' } },
      { body: JSON.stringify(paid), becomes: { changes: [{ record: 'order', id: '1', at: paid?.timestamp }] } },
      {
        body: JSON.stringify(customer),
        becomes: { changes: [{ record: 'customer', id: '1', data: JSON.stringify(customer?.data.customer) }] },
      },
      { body: JSON.stringify(moved), becomes: { changes: [{ record: 'customer', id: '1', at: moved?.timestamp }] } },
      { body: JSON.stringify(shipped), becomes: { changes: [{ record: 'shipment', id: '1' }] } },
    ],
  },
  personal: ['Zoë Marlowe', '4 Birch Lane', '+49 30 0000004'],
  httpRefusal: (words) => JSON.stringify({ errors: [{ message: words }] }),
} satisfies Omit<ConnectorSubject, 'connector' | 'settings' | 'secrets' | 'vendor' | 'wrongCredentials'>;

export const moreSettings = {
  ...{ webhook: { scheme: 'standard', secret }, pageSize: 3 },
  customFields: { order: ['erpRef', 'wmsRef'] },
};
