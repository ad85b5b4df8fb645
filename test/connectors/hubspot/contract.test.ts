import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hubspot } from '../../../connectors/hubspot/index.ts';
import type { ConnectorSubject, Sample, Vendor, WriteSamples } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { credentials, hubspotAccount } from './hubspot-vendor.ts';

const heldOf = (vendor: Vendor, record: 'order' | 'customer', id: string) =>
  vendor.held(record).find((held) => held.id === id)?.object ?? {};
const written = (properties: object, more: object = {}, holds: object = properties): Sample => ({
  body: JSON.stringify({ ...more, properties }),
  holds,
});

const person = { firstname: 'Zoë', lastname: 'Marlowe', address: '4 Birch Lane', zip: '00004', city: 'Sampleton' };

/** @param properties of one that is made */
const writesOf = (record: 'customer' | 'order', changed: string, properties: (n: number) => object): WriteSamples => ({
  create: (n, vendor) => {
    const number = `NEW-${record}-${n}`;
    const customer = record === 'order' ? { customer: { id: vendor.add('customer', 0) } } : {};
    const match = [{ field: 'number', value: number }];
    return { ...written(properties(n), { number, ...customer }, { ...properties(n), syncline_number: number }), match };
  },
  update: () => written({ [changed]: '+49300000004' }),
  refused: {
    op: 'update',
    body: '{"properties":{"no_such_thing":"1"}}',
    words: 'Property \\"no_such_thing\\" does not exist',
  },
  sparse: {
    null: written({ [changed]: null }, {}, { [changed]: '' }),
    empty: written({ [changed]: '' }, {}, { [changed]: '' }),
    absent: written({}, {}, { [changed]: '+49300000004' }),
  },
});

const url = 'https://hub.example.com/v1/webhooks/hubspot';
const events = readFileSync(new URL('./samples.json', import.meta.url), 'utf8')
  .replace(/^[\s\S]*"webhook": /, '')
  .replace(/\}\s*$/, '');
const cursorAt = (ms: number): string => new Date(ms).toISOString();
const polls = { cursorAt, overlapMs: 120_000 };

const base = {
  connector: hubspot,
  writes: {
    customer: writesOf('customer', 'phone', (n) => ({ ...person, email: `zoe.${n}@example.com` })),
    order: writesOf('order', 'hs_shipping_address_phone', (n) => ({
      ...{ hs_order_name: `NEW-${n}`, hs_currency_code: 'EUR', hs_total_price: '103.96' },
      hs_shipping_address_street: '4 Birch Lane',
    })),
  },
  reads: {
    customer: {
      shows: (id, vendor) => ({
        id,
        number: heldOf(vendor, 'customer', id).syncline_number,
        properties: { phone: null, city: 'Sampleton' },
        archived: false,
      }),
      extra: { properties: { favorite_food: null } },
      match: (id, vendor) => [{ field: 'number', value: String(heldOf(vendor, 'customer', id).syncline_number) }],
    },
    order: {
      shows: (id) => ({ id, number: `order-${id}`, properties: { hs_tax: null, hs_total_price: '103.96' } }),
      extra: 'properties of an account are named by the settings',
      match: (id, vendor) => [{ field: 'number', value: String(heldOf(vendor, 'order', id).syncline_number) }],
    },
  },
  polls: { customer: polls, order: polls },
  personal: ['Zoë', 'Marlowe', '4 Birch Lane', '+49300000004'],
  httpRefusal: (message) => JSON.stringify({ status: 'error', category: 'VALIDATION_ERROR', message }),
} satisfies Omit<ConnectorSubject, 'settings' | 'wrongCredentials' | 'vendor' | 'secrets'>;

const properties = { customer: ['favorite_food'] };
const { accessToken, app } = credentials;

connectorContract({
  ...base,
  configuration: 'app',
  vendor: hubspotAccount,
  settings: (to) => ({ url: to, app, webhook: { url }, properties, pageSize: 3 }),
  wrongCredentials: (to) => ({ url: to, app: { ...app, refreshToken: 'nobody' } }),
  secrets: [app.clientSecret, app.refreshToken],
  webhook: {
    secret: app.clientSecret,
    sign: (body, by, at) => ({
      headers: {
        'x-hubspot-signature-v3': createHmac('sha256', by).update(`POST${url}${body}${at}`).digest('base64'),
        'x-hubspot-request-timestamp': String(at),
      },
      body: Buffer.from(body),
    }),
    samples: [
      {
        body: events,
        becomes: {
          changes: [
            { record: 'customer', id: '123' },
            { record: 'order', id: '9007199254740993' },
          ],
        },
      },
      { body: '[]', becomes: { changes: [] } },
    ],
  },
});

connectorContract({
  ...base,
  configuration: 'private app, companies',
  vendor: (now) => hubspotAccount(now, 'companies'),
  settings: (to) => ({ url: to, accessToken, customers: 'companies', pageSize: 3 }),
  wrongCredentials: (to) => ({ url: to, accessToken: 'nothing', customers: 'companies' }),
  secrets: [accessToken],
  writes: {
    ...base.writes,
    customer: writesOf('customer', 'phone', (n) => ({ name: `Marlowe Lamps ${n}`, city: 'Sampleton' })),
  },
  reads: {
    ...base.reads,
    customer: { ...base.reads.customer, extra: 'properties of an account are named by the settings' },
  },
});
