import { shipstation } from '../../../connectors/shipstation/index.ts';
import type { Sample, Vendor } from '../../contract/connector/subject.ts';
import { connectorContract } from '../../contract/connector.contract.ts';
import { credentials, shipstationAccount } from './shipstation-vendor.ts';

const json = (body: object, holds: object = body): Sample => ({ body: JSON.stringify(body), holds });
const heldOf = (vendor: Vendor, id: string) => vendor.held('order').find((held) => held.id === id)?.object ?? {};

const shipTo = { name: 'Zoë Marlowe', street1: '4 Birch Lane', city: 'Sampleton', postalCode: '00004', country: 'US' };

const newOrder = (n: number): Sample => {
  const body = { orderNumber: `NEW-${n}`, orderDate: '2026-11-24 02:00:00', shipTo, customerNotes: 'Ring twice' };
  const items = [{ lineItemKey: '1', sku: 'LAMP-001', name: 'Desk lamp', quantity: 2 }];
  const match = [{ field: 'number', value: body.orderNumber }];
  return { ...json({ ...body, items }, { ...body, items, orderKey: body.orderNumber }), match };
};

/** To the second, as ShipStation's times are compared. */
const cursorAt = (ms: number): string => new Date(ms).toISOString();

connectorContract({
  connector: shipstation,
  vendor: shipstationAccount,
  settings: (url) => ({ url, ...credentials, pageSize: 3 }),
  wrongCredentials: (url) => ({ url, apiKey: credentials.apiKey, apiSecret: 'nothing' }),
  secrets: [credentials.apiSecret],
  writes: {
    order: {
      create: newOrder,
      update: () =>
        json(
          { customerNotes: 'Ring twice', shipTo: { street1: '4 Birch Lane' } },
          {
            customerNotes: 'Ring twice',
            shipTo: { name: 'Zoë Marlowe', street1: '4 Birch Lane', city: 'Sampleton', residential: true },
            items: [{ sku: 'LAMP-001' }],
          },
        ),
      refused: { op: 'update', body: '{"shipTo":{"country":"USA"}}', words: 'shipTo.country: two letters' },
      sparse: {
        null: json({ customerNotes: null }),
        empty: json({ customerNotes: '' }),
        absent: json({ internalNotes: 'x' }, { internalNotes: 'x', customerNotes: 'Ring twice' }),
      },
    },
  },
  reads: {
    order: {
      shows: (id) => ({ id, orderId: Number(id), customerNotes: null, shipTo: { street2: '', street3: null } }),
      extra: { advancedOptions: { warehouseId: 24079 }, weight: { WeightUnits: 1 } },
      match: (id, vendor) => [{ field: 'number', value: String(heldOf(vendor, id).orderNumber) }],
    },
    shipment: {
      shows: (id) => ({ id, shipmentId: Number(id), voidDate: null, shipmentItems: [{ sku: 'LAMP-001' }] }),
      extra: { insuranceCost: 0 },
      match: 'a shipment is known by its id',
    },
  },
  webhook:
    'ShipStation signs nothing: a webhook makes the hub ask at the host of its settings, and no other (test/connectors/shipstation/shipstation.test.ts)',
  polls: { order: { cursorAt, overlapMs: 120_000 }, shipment: { cursorAt, overlapMs: 120_000 } },
  personal: ['Zoë Marlowe', '4 Birch Lane'],
  httpRefusal: (Message) => JSON.stringify({ Message }),
});
