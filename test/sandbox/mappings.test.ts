// The mappings and merge documents that come with the sandbox: loaded whole, and fed what its systems and a real shop say.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { faultText } from '../../src/mapping/fault.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import type { Reading } from '../../src/mapping/mapping.ts';
import { parseMergeDocument } from '../../src/merge/document.ts';
import type { JsonObject, LosslessObject } from '../../src/model/json.ts';
import type { RecordType } from '../../src/model/records.ts';

const systems = ['shop', 'crm', 'wms', 'erp', 'vendure'].map((id) => ({
  id,
  connector: id === 'erp' ? 'feed' : 'http',
}));
const loaded = await loadMappings('mappings', systems);
const mapping = (system: string, record: RecordType) => {
  const found = loaded.mappings.get(system)?.get(record);
  if (!found) throw new Error(`no mapping of ${record} for ${system}`);
  return found;
};
const read = (system: string, record: RecordType, payload: unknown): Reading =>
  mapping(system, record).read(payload as LosslessObject, (type, id) => `${type}:${id}`);
const write = (system: string, data: JsonObject): LosslessObject => {
  const written = mapping(system, 'order').write({
    ...{ op: 'create', data, image: undefined, base: undefined },
    lookup: (_, id) => id.replace('customer:', 'their-'),
  });
  expect(written.faults).toEqual([]);
  return written.body;
};

describe('mappings', () => {
  it('have no faults, and warn of nothing but that a warehouse makes no orders', () => {
    expect(loaded.faults.map(faultText)).toEqual([]);
    expect(loaded.warnings.map(faultText)).toEqual([
      'mappings/wms/order.yaml: fields: nothing comes in for number: this system cannot make a new order',
      'mappings/wms/order.yaml: each[0].fields: nothing comes in for lines.sku, lines.quantity',
    ]);
  });

  it('turn an order of the shop into the words of the others', () => {
    const order = {
      ...{ id: '1001', order_number: 'SO-1001', state: 'on hold', payment: 'partially refunded', currency: 'CNY' },
      ...{ customer_id: '501', placed_at: '2026-11-23T16:30:05.250Z', updated_at: '2026-11-23T16:31:00.000Z' },
      ...{ total: '520.00', subtotal: '500.00', shipping_fee: '20.00', note: 'x'.repeat(41), storefront: 'web' },
      ship_to: {
        name: '李雷',
        phone: '138 0013 8000',
        country: 'CN',
        province: '广东',
        city: '深圳市',
        street: '一路 1 号',
      },
      items: [{ line: '1', sku: 'TEA', qty: 2, price: '250.00', total: '500.00' }],
    };
    const { patch, faults, at } = read('shop', 'order', order);
    expect(faults).toEqual([]);
    expect(at).toBe(Date.parse('2026-11-23T16:31:00.000Z'));
    expect(write('crm', patch)).toMatchObject({
      ...{ orderNo: 'SO-1001', buyerId: 'their-501', status: 2, payStatus: 3, amountFen: 52000 },
      ...{ placedAt: Date.parse('2026-11-23T16:30:05.250Z'), memo: 'x'.repeat(41) },
      receiver: { name: '李雷', mobile: '13800138000', address: '一路 1 号' },
      goods: [{ no: '1', sku: 'TEA', num: 2, priceFen: 25000 }],
    });
    expect(write('wms', patch)).toMatchObject({
      ...{ order_code: 'SO-1001', order_status: 'ON_HOLD', ordered_at: '2026-11-24 00:30:05', note: 'x'.repeat(40) },
      consignee: { province: '广东', phone: '13800138000' },
      lines: [{ line_no: '1', item_code: 'TEA', qty: 2 }],
    });
    expect(write('erp', patch)).toMatchObject({
      ...{
        FSourceBillNo: 'SO-1001',
        FCustId: 'their-501',
        FDocumentStatus: 'A',
        FPayStatus: '2',
        FAllAmount: '520.00',
      },
      ...{ FDate: '2026-11-24 00:30:05', FCurrency: 'CNY', FReceiveAddress: '一路 1 号' },
    });
  });

  it('read a delta of the CRM as just what it says', () => {
    const { patch, externalId } = read('crm', 'order', {
      id: '8812',
      updatedAt: 1,
      receiver: { address: '新街 9 号' },
    });
    expect(externalId).toBe('8812');
    expect(patch).toMatchObject({ shipTo: { street: '新街 9 号' } });
    expect(Object.keys(patch)).toEqual(['shipTo']);
  });

  it('read a report of the WMS', () => {
    const lines = [{ line_no: '1', item_code: 'TEA', qty: 2, qty_shipped: 2 }];
    const { patch, at } = read('wms', 'order', {
      id: 'W-77',
      stage: 'SHIPPED',
      lines,
      modified_at: '2026-11-24 00:30:05',
    });
    expect(patch).toEqual({ fulfillmentStatus: 'shipped', lines: { 1: { lineNo: '1', shippedQuantity: 2 } } });
    expect(at).toBe(Date.parse('2026-11-23T16:30:05.000Z'));
  });

  it('read the amount that a clerk of the ERP typed, so that it can be refused', () => {
    const row = { FID: 'ERP-5001', FSourceBillNo: 'SO-1001', FCurrency: 'CNY', FAllAmount: '1.00', FNote: 'cut' };
    expect(read('erp', 'order', row).patch).toEqual({ number: 'SO-1001', payable: { amount: 100, currency: 'CNY' } });
  });
});

describe('a recorded Vendure shop', () => {
  const recorded = JSON.parse(readFileSync('sandbox/vendure/recorded.json', 'utf8')) as {
    webhooks: { arrival: number; body: { data: { order?: JsonObject; customer?: JsonObject } } }[];
    order: JsonObject;
  };
  const readings = recorded.webhooks.map(({ body: { data } }) =>
    data.order ? read('vendure', 'order', data.order) : read('vendure', 'customer', data.customer),
  );

  it('is read without a fault, carts left aside', () => {
    const accepted = readings.filter((one) => one.accepted);
    expect(accepted.flatMap(({ faults }) => faults)).toEqual([]);
    const left = recorded.webhooks.filter((_, index) => !readings[index]?.accepted).map(({ arrival }) => arrival);
    expect(left).toEqual([3, 5]);
  });

  it('says what happened to the order', () => {
    const orders = readings.filter(({ accepted, patch }) => accepted && patch.number !== undefined);
    expect(orders.map(({ patch }) => patch.fulfillmentStatus)).toEqual([
      ...Array.from({ length: 5 }, () => 'unfulfilled'),
      ...['partially_shipped', 'shipped', 'partially_shipped', 'delivered'],
    ]);
    expect(orders[0]?.patch).toMatchObject({
      ...{ number: 'D454J6GCR2Y3YF32', customerId: 'customer:1', status: 'open', paymentStatus: 'paid' },
      payable: { amount: 6738, currency: 'USD' },
      shipTo: { name: 'Anna Schmidt', phone: '+49301234567', country: 'DE', street: 'Lindenstraße 5' },
      lines: { 1: { sku: 'LAMP-mwsspy7o', quantity: 2, unitPrice: { amount: 3119, currency: 'USD' } } },
    });
  });

  it('is the same order from the admin API, with ids as text and names of its lines', () => {
    const whole = read('vendure', 'order', recorded.order);
    const last = readings.at(-1);
    expect(whole.faults).toEqual([]);
    expect(whole.externalId).toBe(last?.externalId);
    expect(whole.patch).toMatchObject({
      lines: { 1: { sku: 'LAMP-mwsspy7o', name: 'Desk lamp, black' } },
      payable: last?.patch.payable as JsonObject,
    });
    expect(write('wms', whole.patch)).toMatchObject({ consignee: { country: 'DE', address: 'Friedrichstraße 200' } });
  });

  it('reads the second line of an address', () => {
    const shippingAddress = { fullName: 'A', streetLine1: 'B 1', streetLine2: 'c/o C', city: 'D', countryCode: 'DE' };
    const order = { ...recorded.order, shippingAddress };
    const { patch } = read('vendure', 'order', order);
    expect(write('wms', patch)).toMatchObject({ consignee: { address: 'B 1', town: 'c/o C' } });
  });
});

describe.each(readdirSync('mappings').filter((name) => name.endsWith('.merge.yaml')))('%s', (file) => {
  const text = readFileSync(`mappings/${file}`, 'utf8');

  it('is well formed, and is named like its record', () => {
    const result = parseMergeDocument(text, file);
    expect('faults' in result ? result.faults : []).toEqual([]);
    expect((parse(text) as { record: string }).record).toBe(file.replace('.merge.yaml', ''));
  });
});

describe('order.merge.yaml', () => {
  const result = parseMergeDocument(readFileSync('mappings/order.merge.yaml', 'utf8'), 'order.merge.yaml');
  const writers = (path: string): string[] =>
    'policy' in result ? [...(result.policy.unitOf(path).writers ?? [])].sort() : [];

  it.each([
    ['payable', ['console', 'shop', 'shopify', 'vendure', 'woocommerce']],
    ['shipTo', ['console', 'crm', 'hubspot', 'shop', 'shopify', 'vendure', 'woocommerce']],
    ['fulfillmentStatus', ['console', 'policy', 'shipstation', 'shopify', 'vendure', 'wms']],
    ['invoice.title', ['console', 'crm', 'erp', 'shop']],
    ['invoice.status', ['console', 'erp']],
    ['lines.shippedQuantity', ['console', 'vendure', 'wms']],
    ['number', ['shop', 'shopify', 'vendure', 'woocommerce']],
  ])('lets %s be changed by %j', (path, expected) => {
    expect(writers(path)).toEqual(expected);
  });
});
