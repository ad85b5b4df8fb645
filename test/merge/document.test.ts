import { describe, expect, it } from 'vitest';
import { defaultPolicy, parseMergeDocument } from '../../src/merge/document.ts';
import type { MergePolicy, Unit } from '../../src/merge/types.ts';
import { recordTypes } from '../../src/model/records.ts';
import { orderDocument, policyOf } from './order-document.ts';

const faultsOf = (text: string): string[] => {
  const read = parseMergeDocument(text, 'order.merge.yaml');
  return 'faults' in read ? read.faults.map(({ path, message }) => `${path} ${message}`) : [];
};

const named = (policy: MergePolicy, name: string): Unit => {
  const unit = policy.units.find((one) => one.name === name);
  if (!unit) throw new Error(`no unit ${name}`);
  return unit;
};

describe('parseMergeDocument', () => {
  const policy = policyOf(orderDocument);

  it('reads fields, writers, resolvers and frozen tables', () => {
    expect(named(policy, 'shipTo')).toMatchObject({
      paths: ['shipTo'],
      resolve: 'latest',
      order: ['crm', 'shop'],
      onRefusal: ['restore', 'task'],
    });
    expect([...(named(policy, 'shipTo').writers ?? [])]).toEqual(['shop', 'crm', 'console']);
    expect(named(policy, 'shipTo').frozen).toMatchObject({
      by: 'fulfillmentStatus',
      table: {
        released: { ask: 'wms', timeout: 600_000 },
        picking: { ask: 'wms', timeout: 1_200_000 },
        shipped: 'deny',
      },
    });
    expect(named(policy, 'invoiceTitle').frozen).toEqual({ by: 'invoice.status', table: { issued: 'deny' } });
    expect(named(policy, 'fulfillment').ranks.at(-1)).toBe('delivered');
    expect(policy.history).toBe('latest');
  });

  it('lets a person write every unit unless told otherwise', () => {
    expect(named(policy, 'money').writers?.has('console')).toBe(true);
    expect(named(policy, 'shippedLines').writers?.has('console')).toBe(false);
  });

  it('lets the policy write where it is named, what the hub keeps, and the way of the fulfillment', () => {
    const may = (name: string): boolean | undefined => named(policy, name).writers?.has('policy');
    expect([may('tags'), may('money'), may('fulfillment'), may('holds'), may('warehouseId')]).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
    expect(named(policy, 'holds').writers?.has('crm')).toBe(false);
  });

  it('makes every other field a unit of its own, beside those named in the same object', () => {
    expect(policy.unitOf('invoice.status').paths).toEqual(['invoice.status']);
    expect(policy.unitOf('invoice.title').name).toBe('invoiceTitle');
    expect(policy.unitOf('totals.tax').name).toBe('money');
    expect(policy.unitOf('buyerNote')).toMatchObject({ name: 'buyerNote', writers: undefined, resolve: 'latest' });
    expect(policy.unitOf('lines.sku')).toMatchObject({ name: 'lines.sku', paths: ['lines.*.sku'] });
    expect(policy.unitOf('lines.*.shippedQuantity').name).toBe('shippedLines');
    expect(policy.unitOf('x.shop.flag').name).toBe('x');
    expect(policy.unitOf('buyerNote')).toBe(policy.unitOf('buyerNote'));
  });

  it('finds the units that a tree touches, in one order whatever the tree’s', () => {
    const names = (tree: Parameters<MergePolicy['unitsIn']>[0]): string[] =>
      policy.unitsIn(tree).map((unit) => unit.name);
    expect(names({ tags: [], payable: null, shipTo: null })).toEqual(['shipTo', 'money', 'tags']);
    expect(names({ shipTo: null, payable: null, tags: [] })).toEqual(['shipTo', 'money', 'tags']);
    expect(names({ invoice: { status: 'issued' } })).toEqual(['invoice.status']);
    expect(names({ invoice: null })).toContain('invoiceTitle');
    expect(names({ invoice: null })).toContain('invoice.number');
    expect(names({ lines: { 1: { sku: 'A', shippedQuantity: 1 } } })).toEqual(['shippedLines', 'lines.sku']);
    expect(names({ lines: { 1: null } })).toContain('shippedLines');
    expect(names({})).toEqual([]);
  });

  it('splits below x where a unit is named there', () => {
    const split = policyOf('record: order\nunits: { gift: { fields: [x.shop.gift], writers: [shop] } }');
    expect(split.unitOf('x.shop.gift').name).toBe('gift');
    expect(split.unitOf('x.shop.other').name).toBe('x.shop.other');
    expect(split.unitsIn({ x: { shop: { gift: 1, other: 2 }, crm: { a: 1 } } }).map((unit) => unit.name)).toEqual([
      'gift',
      'x.shop.other',
      'x.crm',
    ]);
  });

  it('keeps every change only of what is written once', () => {
    expect(policyOf('{ record: coupon, history: every }').history).toBe('every');
    expect(faultsOf('{ record: order, history: every }')).toEqual([
      expect.stringMatching(/^\/history a order is always coalesced/),
    ]);
  });

  it('reports every fault with its path and what was probably meant', () => {
    const faults = faultsOf(`
record: order
unitz: {}
units:
  shipTo: { writers: [shop, crm], tie: [crn], frozen: shipTp }
  billing: { fields: [bilTo, invoice.titel], writers: shop }
  adress: { writers: [shop] }
  invoiceTitle: { fields: [invoice.title, invoice.titel] }
  more: { fields: [invoice], resolve: lastest }
  other: { fields: [invoice.title] }
  status: { resolve: union }
  number: { resolve: rank }
  tags: { resolve: max, notConsole: true }
  paid: { fields: [payable], resolve: owner }
  x.shop.gift: { writer: [shop] }
frozen:
  shipTo: { unfullfilled: allow, shipped: denyy, released: { ask: wms, timeout: soon } }
  money: { by: payable, paid: deny }
  invoice: { by: invoice.statuz }
`);
    expect(faults).toEqual([
      '/units/billing/writers Invalid input: expected array, received string',
      '/units/more/resolve "lastest" is none of latest, owner, rank, union, max; did you mean "latest"?',
      '/units/x.shop.gift/writer unknown member "writer"; known: fields, writers, notConsole, resolve, tie, order, ranks, frozen, onRefusal; did you mean "writers"?',
      '/unitz unknown member "unitz"; known: record, history, units, frozen; did you mean "units"?',
      '/units/shipTo/frozen there is no frozen table "shipTp"; did you mean "shipTo"?',
      '/units/shipTo/tie/0 "crn" is no writer of shipTo; did you mean "crm"?',
      '/units/adress unit "adress" names no fields, and order has no field "adress"',
      '/units/invoiceTitle/fields/1 order has no field "invoice.titel"; did you mean "invoice.title"?',
      '/units/status/resolve union needs sets; status is enum',
      '/units/number/resolve rank needs an enum, or the values in "ranks"; number is text',
      '/units/tags/resolve max needs numbers, amounts or times; tags is set',
      '/units/tags/notConsole needs the writers to be named',
      '/units/paid the unit is named like the field "paid", which it does not hold',
      '/units/paid/order owner needs the order of its owners',
      '/units/other/fields/0 "invoice.title" is in the unit "invoiceTitle" already',
      '/frozen/shipTo/unfullfilled fulfillmentStatus is never "unfullfilled"; did you mean "unfulfilled"?',
      '/frozen/shipTo/shipped must be allow, deny, ask, or { ask: <system>, timeout: <duration such as PT10M> }; did you mean "deny"?',
      '/frozen/shipTo/released must be allow, deny, ask, or { ask: <system>, timeout: <duration such as PT10M> }',
      '/frozen/money/by payable is money; a frozen table is read by an enum',
      '/frozen/invoice/by order has no field "invoice.statuz"; did you mean "invoice.status"?',
    ]);
  });

  it.each([
    ['record: ordr', '/record "ordr" is none of order'],
    ['units: {}', '/record is missing'],
    ['', ' Invalid input'],
    ['a: [', ' order.merge.yaml:1:'],
    ['record: order\nrecord: order', ' order.merge.yaml:2: Map keys must be unique'],
    [
      'record: order\nunits: { a: { fields: [invoice] }, b: { fields: [invoice.title] } }',
      '/units/b/fields/0 "invoice.title" overlaps "invoice"',
    ],
    [
      'record: order\nunits: { a: { fields: [totals, payable], resolve: rank } }',
      '/units/a/resolve rank takes a unit of one field',
    ],
    ['record: order\nunits: { __proto__: { writers: [shop] } }', '/units/__proto__'],
    ['record: order\nunits: { toString: { writers: [shop] } }', '/units/toString unit "toString" names no fields'],
  ])('refuses %j', (text, fault) => {
    expect(faultsOf(text).join('\n')).toContain(fault);
  });
});

describe('defaultPolicy', () => {
  it.each(recordTypes)('makes each top-level field of %s a unit that anyone may write', (type) => {
    const policy = defaultPolicy(type);
    expect(policy.units.length).toBeGreaterThan(4);
    for (const unit of policy.units) expect(unit.paths).toEqual([unit.name]);
    expect(defaultPolicy(type)).toBe(policy);
  });

  it('leaves to the hub what the hub keeps of an order, and never turns the fulfillment back', () => {
    const policy = defaultPolicy('order');
    expect(policy.unitOf('holdSeq').writers).toEqual(new Set(['policy', 'console']));
    expect(policy.unitOf('fulfillmentStatus').resolve).toBe('rank');
    expect(policy.unitOf('shipTo').writers).toBeUndefined();
  });
});
