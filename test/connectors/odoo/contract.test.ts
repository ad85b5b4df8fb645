import { odoo } from '../../../connectors/odoo/index.ts';
import type { Send } from '../../../src/connector/contract.ts';
import type { ConnectorSubject, PollFacts, Sample, Vendor } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { credentials, odooServer } from './odoo-vendor.ts';

const heldOf = (vendor: Vendor, record: Send['record'], id: string) =>
  vendor.held(record).find((held) => held.id === id)?.object ?? {};

const json = (body: object, holds: object = body): Sample => ({ body: JSON.stringify(body), holds, match: [] });

const address = { name: 'Zoë Marlowe', street: '4 Birch Lane', zip: '00004', city: 'Sampleton' };
const country_id = { code: 'DE' };
const phone = '+49 30 0000004';

const newPartner = (n: number): Sample => {
  const body = { ...address, ref: `NEW-${n}`, email: `zoe.${n}@example.com`, phone };
  return json({ ...body, country_id }, { ...body, country_id: 1 });
};
const newOrder = (n: number, vendor: Vendor): Sample => {
  const client_order_ref = `NEW-${n}`;
  const order_line = [
    { sequence: 1, product_id: { default_code: 'LAMP-001' }, product_uom_qty: 2, price_unit: '25.99' },
    { sequence: 2, product_id: { default_code: 'CHAIR-002' }, product_uom_qty: 1, price_unit: '189.00' },
  ];
  const body = { client_order_ref, partner_id: { id: vendor.add('customer', 0) }, order_line, state: 'sale' };
  const shipTo = { partner_shipping_id: { ...address, country_id }, date_order: '2026-11-23T10:00:00.000Z' };
  const holds = { client_order_ref, state: 'sale', amount_total: 240.98, shipTo: address };
  return json({ ...body, ...shipTo }, { ...holds, order_line: [{ product_id: 1 }, { product_id: 2 }] });
};

const stream = (...models: string[]): PollFacts => ({
  cursorAt: (ms) =>
    JSON.stringify(Object.fromEntries(models.map((model) => [`${model}.write_date`, new Date(ms).toISOString()]))),
  overlapMs: 60_000,
});
const noOthers = 'Odoo has no null beside false, and an empty text is that too';

const base = {
  connector: odoo,
  vendor: odooServer,
  writes: {
    customer: {
      create: newPartner,
      update: () => json({ phone, street: '5 Elm Walk' }),
      refused: { op: 'update', body: '{"vat":"wrong"}', words: 'does not seem to be valid' },
      sparse: {
        null: json({ street: null }, { street: false }),
        empty: noOthers,
        absent: json({ city: 'Anothertown' }, { phone, street: '5 Elm Walk' }),
      },
    },
    order: {
      create: newOrder,
      update: () =>
        json(
          { note: 'by the back door', partner_shipping_id: { ...address, country_id }, state: 'sale' },
          { note: 'by the back door', shipTo: address, state: 'sale' },
        ),
      refused: (id, vendor) => {
        (vendor as ReturnType<typeof odooServer>).write('sale.order', id, { state: 'sale' });
        return { op: 'update', body: '{"note":"too late"}', words: 'the order is sale' };
      },
      sparse: { null: 'an order that was confirmed takes no changes', empty: noOthers, absent: noOthers },
    },
    shipment: {
      create: 'deliveries are made by Odoo for its orders',
      update: () => json({ note: 'at the gate', state: 'done' }),
      refused: (id, vendor) => {
        const server = vendor as ReturnType<typeof odooServer>;
        server.write('stock.picking', id, { state: 'assigned' });
        server.asksBack = true;
        return {
          op: 'update',
          body: '{"state":"done"}',
          words: '"button_validate" was not refused, but it is still assigned',
        };
      },
      sparse: { null: json({ note: null }, { note: false }), empty: noOthers, absent: noOthers },
    },
  },
  reads: {
    customer: {
      shows: (id, vendor) => ({ id: Number(id), ref: heldOf(vendor, 'customer', id).ref, email: null, active: true }),
      extra: { type: null },
      match: (id, vendor) => [{ field: 'number', value: String(heldOf(vendor, 'customer', id).ref) }],
    },
    order: {
      shows: (id) => ({ id: Number(id), note: null, currency_id: { name: 'EUR' }, amount_total: 77.97 }),
      extra: 'fields of an installation are named by the settings',
      match: (id, vendor) => [{ field: 'number', value: String(heldOf(vendor, 'order', id).client_order_ref) }],
    },
    shipment: {
      shows: (id) => ({ id: Number(id), note: null, move_ids: [{ product_id: { default_code: 'LAMP-001' } }] }),
      extra: { picking_type_code: 'outgoing' },
      match: (id, vendor) => [{ field: 'number', value: String(heldOf(vendor, 'shipment', id).name) }],
    },
    inventory: {
      shows: (id) => ({ id: Number(id), quantity: 5, product_id: { default_code: 'LAMP-001' } }),
      extra: 'fields of an installation are named by the settings',
      match: 'stock is not looked for',
    },
  },
  polls: {
    customer: stream('res.partner'),
    order: stream('sale.order', 'sale.order.line'),
    shipment: stream('stock.picking'),
    inventory: stream('stock.quant'),
  },
  secrets: [credentials.apiKey],
  personal: ['Zoë Marlowe', '4 Birch Lane', phone],
  httpRefusal: (message) => JSON.stringify({ name: 'odoo.exceptions.UserError', message }),
} satisfies Omit<ConnectorSubject, 'settings' | 'wrongCredentials'>;

const { database, apiKey, uid } = credentials;
const fields = { customer: ['type'], shipment: ['picking_type_code'] };

connectorContract({
  ...base,
  configuration: 'JSON-2',
  settings: (url) => ({ url, database, apiKey, fields, pageSize: 3 }),
  wrongCredentials: (url) => ({ url, database, apiKey: 'nothing' }),
});

connectorContract({
  ...base,
  configuration: 'JSON-RPC',
  settings: (url) => ({ url, database, apiKey, uid, fields, pageSize: 3 }),
  wrongCredentials: (url) => ({ url, database, apiKey: 'nothing', uid }),
});
