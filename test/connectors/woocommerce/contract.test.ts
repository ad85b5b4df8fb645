import { createHmac } from 'node:crypto';
import { woocommerce } from '../../../connectors/woocommerce/index.ts';
import type { ConnectorSubject, Sample } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { credentials, wooShop } from './woocommerce-vendor.ts';

const json = (body: object, holds: object = body): Sample => ({ body: JSON.stringify(body), holds, match: [] });

const shipping = { first_name: 'Zoë', last_name: 'Marlowe', address_1: '4 Birch Lane', country: 'DE' };
const secret = 'a-s3cret-of-webhooks';

const base = {
  connector: woocommerce,
  vendor: wooShop,
  writes: {
    order: {
      create: () => {
        const body = { status: 'processing', shipping, line_items: [{ sku: 'LAMP-001', quantity: 2 }] };
        return json(body);
      },
      update: () => json({ status: 'completed', shipping }),
      refused: { op: 'create', body: '{"line_items":[{"quantity":1}]}', words: 'Product ID or SKU is required.' },
      sparse: {
        null: 'WooCommerce has texts for everything that is written here',
        empty: json({ shipping: { address_1: '' } }, { shipping: { ...shipping, address_1: '' } }),
        absent: json({ customer_note: 'ring twice' }, { status: 'completed', shipping }),
      },
    },
  },
  reads: {
    order: {
      shows: (id) => ({ id: Number(id), status: 'pending', customer_note: '', date_paid_gmt: null }),
      extra: { transaction_id: '' },
      match: 'WooCommerce looks for nothing by number',
    },
  },
  polls: { order: { cursorAt: (ms) => new Date(ms).toISOString(), overlapMs: 120_000 } },
  webhook: {
    secret,
    timeless: 'WooCommerce signs the body alone; an old one can only make the hub ask for the order again',
    sign: (body, key) => {
      const signature = createHmac('sha256', key).update(body).digest('base64');
      return { headers: { 'x-wc-webhook-signature': signature }, body: Buffer.from(body) };
    },
    samples: [
      { body: '{"id":727,"status":"processing"}', becomes: { changes: [{ record: 'order', id: '727' }] } },
      { body: '{"arg":727}', becomes: { changes: [] } },
    ],
  },
  secrets: [credentials.consumerSecret, secret],
  personal: ['Zoë', 'Marlowe', '4 Birch Lane'],
  httpRefusal: (message) => JSON.stringify({ code: 'rest_invalid_param', message, data: { status: 400 } }),
} satisfies Omit<ConnectorSubject, 'settings' | 'wrongCredentials'>;

const { consumerKey, consumerSecret } = credentials;

for (const auth of ['header', 'query'] as const)
  connectorContract({
    ...base,
    configuration: `keys in the ${auth}`,
    settings: (url) => ({ url, auth, consumerKey, consumerSecret, webhookSecrets: [secret], pageSize: 3 }),
    wrongCredentials: (url) => ({ url, auth, consumerKey, consumerSecret: 'nothing' }),
  });
