import { createHmac } from 'node:crypto';
import { erpnext } from '../../../connectors/erpnext/index.ts';
import type { Sample } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { credentials, type ErpnextSite, erpnextSite, excepted, timeZone } from './erpnext-vendor.ts';

const json = (body: object, holds: object = body): Sample => ({ body: JSON.stringify(body), holds, match: [] });

const street = { address_line1: '4 Birch Lane', city: 'Sampleton', pincode: '00004', phone: '+49 30 0000004' };
const address = { address_title: 'Zoë Marlowe', ...street, country: { code: 'DE' } };
const place = { ...address, country: 'Germany' };
const webhookSecret = 's3cret-of-the-webhook-0042';

const sign = (body: string, secret: string) => ({
  headers: { 'x-frappe-webhook-signature': createHmac('sha256', secret).update(body).digest('base64') },
  body: Buffer.from(body),
});

connectorContract({
  connector: erpnext,
  vendor: erpnextSite,
  settings: (url) => ({ url, ...credentials, timeZone, webhookSecrets: [webhookSecret], pageSize: 3 }),
  wrongCredentials: (url) => ({ url, ...credentials, apiSecret: 'nothing', timeZone }),
  writes: {
    customer: {
      create: (n) => {
        const body = { custom_syncline_ref: `NEW-${n}`, customer_name: 'Zoë Marlowe', customer_group: 'Individual' };
        return json({ ...body, address }, { ...body, place });
      },
      update: () => json({ website: 'https://example.com', address }, { website: 'https://example.com', place }),
      refused: { op: 'update', body: '{"customer_group":"Nowhere"}', words: 'Could not find Customer Group: Nowhere' },
      sparse: {
        null: json({ website: null }),
        empty: json({ website: '' }),
        absent: json({ tax_id: 'DE000000000' }, { tax_id: 'DE000000000', website: 'https://example.com', place }),
      },
    },
    order: {
      create: (n, vendor) => {
        const items = [
          { idx: 1, item_code: 'LAMP-001', qty: 2, rate: '25.99' },
          { idx: 2, item_code: 'CHAIR-002', qty: 1, rate: '189.00' },
        ];
        const body = { custom_syncline_ref: `NEW-${n}`, customer: vendor.add('customer', 0), items, docstatus: 1 };
        return json(
          { ...body, shipping: address, transaction_date: '2026-11-23T20:00:00.000Z' },
          {
            ...{ ...body, place, transaction_date: '2026-11-24', delivery_date: '2026-12-01', grand_total: 240.98 },
            items: [{ item_code: 'LAMP-001', qty: 2, rate: 25.99 }, { item_code: 'CHAIR-002' }],
          },
        );
      },
      update: () => json({ po_no: 'P-7', shipping: address, docstatus: 1 }, { po_no: 'P-7', place, docstatus: 1 }),
      refused: (id, vendor) => {
        (vendor as ErpnextSite).edit('Sales Order', id, { docstatus: 1 });
        return {
          op: 'update',
          body: '{"customer_name":"X"}',
          words: 'Not allowed to change customer_name after submission',
        };
      },
      sparse: { null: json({ po_no: null }), empty: json({ po_no: '' }), absent: json({}, { po_no: 'P-7', place }) },
    },
  },
  reads: {
    customer: {
      shows: (id) => ({ id, name: id, address: null, email_id: null, website: '', disabled: null }),
      extra: { owner: 'hub@example.com' },
      match: (id, vendor) => [
        { field: 'number', value: String((vendor as ErpnextSite).document('Customer', id).custom_syncline_ref) },
      ],
    },
    order: {
      shows: (id) => ({
        id,
        shipping: null,
        po_no: null,
        currency: 'EUR',
        grand_total: 77.97,
        items: [{ idx: 1, qty: 3 }],
      }),
      extra: { owner: 'hub@example.com' },
      match: (id, vendor) => [
        { field: 'number', value: String((vendor as ErpnextSite).document('Sales Order', id).custom_syncline_ref) },
      ],
    },
  },
  polls: {
    customer: { cursorAt: (ms) => new Date(ms).toISOString(), overlapMs: 120_000 },
    order: { cursorAt: (ms) => new Date(ms).toISOString(), overlapMs: 120_000 },
  },
  webhook: {
    secret: webhookSecret,
    timeless: 'Frappe signs the body alone; an old one can only make the hub ask for the document again',
    sign,
    samples: [
      {
        body: '{"doctype": "Sales Order", "name": "SAL-ORD-2026-00001"}',
        becomes: { changes: [{ record: 'order', id: 'SAL-ORD-2026-00001' }] },
      },
      {
        body: '{"doctype": "Customer", "name": "Zo\\u00eb"}',
        becomes: { changes: [{ record: 'customer', id: 'Zoë' }] },
      },
      { body: '{"doctype": "ToDo", "name": "1"}', becomes: { changes: [] } },
    ],
  },
  secrets: [credentials.apiSecret, webhookSecret],
  personal: ['Zoë Marlowe', '4 Birch Lane', '+49 30 0000004'],
  httpRefusal: (message) => JSON.stringify(excepted('ValidationError', message)),
});
