// Facts of an order record, the nearest warehouse, and the hours at which a condition may turn.
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/model/json.ts';
import { routingFacts } from '../../../src/policy/routing/facts.ts';
import { nearestWarehouse } from '../../../src/policy/routing/nearest-warehouse.ts';
import { turningHours } from '../../../src/policy/routing/next-hour.ts';
import { factsOfOrder, type OrderSource, orderFieldsOf } from '../../../src/policy/routing/order-facts.ts';
import type { Warehouse } from '../../../src/policy/warehouses.ts';
import { orderWith } from '../small-world.ts';
import { shippedPolicy } from './shipped.ts';

const now = Date.parse('2026-11-23T05:00:00.000Z');
const source = (order: JsonObject, more: Partial<OrderSource> = {}): OrderSource => ({
  ...{ id: 'ord_1', order, customer: undefined, addressChangedAt: undefined, now },
  ...more,
});
const factsOf = (order: JsonObject, more: Partial<OrderSource> = {}) => {
  const read = factsOfOrder(source(order, more));
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.facts.order;
};

describe('the facts of an order', () => {
  it('are all there for an order that says nothing', () => {
    expect(factsOf({})).toEqual({
      ...{ id: 'ord_1', number: '', channel: '', storeId: '', status: 'open', paymentStatus: 'unpaid' },
      ...{ fulfillmentStatus: 'unfulfilled', riskStatus: 'none', onHold: false, payableMinor: 0, currency: '' },
      ...{ handling: [], shipCountry: '', shipDivision: '', lineCount: 0, totalQuantity: 0, customerTier: '' },
      ...{ fulfillmentGeneration: 0, holdSeq: 0, hoursSincePaid: 0, addressChangedAfterPaid: false },
    });
  });

  it('are what the record says', () => {
    const line = (lineNo: string, more: object) => ({ lineNo, sku: 'X', quantity: 2, ...more });
    const order = {
      ...{ number: 'SO-1', payable: { amount: 52000, currency: 'CNY' }, currency: 'EUR', paymentStatus: 'paid' },
      shipTo: { country: 'CN', divisionCode: '310115' },
      lines: { 1: line('1', { handling: ['fragile'] }), 2: line('2', { handling: ['cold_chain', 'fragile'] }) },
    };
    expect(factsOf(order, { customer: { tier: 'gold' } })).toMatchObject({
      ...{ number: 'SO-1', payableMinor: 52000, currency: 'CNY', handling: ['cold_chain', 'fragile'] },
      ...{ shipCountry: 'CN', shipDivision: '310115', lineCount: 2, totalQuantity: 4, customerTier: 'gold' },
    });
  });

  it.each<[string, JsonObject, boolean]>([
    ['nobody', {}, false],
    ['a system, by its status', { status: 'on_hold' }, true],
    ['a person', { holds: { manual: { code: 'manual', by: 'ops' } } }, true],
    ['somebody unnamed', { holds: { manual: { code: 'manual' } } }, true],
    ['a rule of the policy', { holds: { hold: { code: 'hold', by: 'policy' } } }, false],
  ])('onHold, held by %s', (_, order, held) => {
    expect(factsOf(order)?.onHold).toBe(held);
  });

  it.each<[string, JsonObject, number]>([
    ['unpaid', { paymentStatus: 'unpaid', paidAt: '2026-11-20T05:00:00.000Z' }, 0],
    ['a second before three hours', { paymentStatus: 'paid', paidAt: '2026-11-23T02:00:01.000Z' }, 2],
    ['three hours', { paymentStatus: 'paid', paidAt: '2026-11-23T02:00:00.000Z' }, 3],
    ['paid in the future, by its own clock', { paymentStatus: 'paid', paidAt: '2026-11-23T06:00:00.000Z' }, 0],
    ['paid, nobody knows when', { paymentStatus: 'paid' }, 0],
  ])('hoursSincePaid: %s', (_, order, hours) => {
    expect(factsOf(order)?.hoursSincePaid).toBe(hours);
  });

  it('addressChangedAfterPaid is about a change, and about one after the payment', () => {
    const paid = { paymentStatus: 'paid', paidAt: '2026-11-23T04:00:00.000Z' };
    const at = (text: string) => factsOf(paid, { addressChangedAt: Date.parse(text) })?.addressChangedAfterPaid;
    expect([at('2026-11-23T03:59:59Z'), at('2026-11-23T04:00:01Z'), factsOf(paid)?.addressChangedAfterPaid]).toEqual([
      ...[false, true, false],
    ]);
  });

  it('that nothing may be are told, all of them', () => {
    const order = { payable: { amount: -1, currency: 'CNY' }, lines: { 1: { lineNo: '1', quantity: 1.5 } } };
    expect(factsOfOrder(source(order))).toMatchObject({
      faults: [{ path: 'order.payableMinor' }, { path: 'order.totalQuantity' }],
    });
  });

  it('each say what of the order they are made of', () => {
    expect(Object.keys(orderFieldsOf).sort()).toEqual(Object.keys(routingFacts.order).sort());
  });
});

describe('the nearest warehouse', () => {
  const stock = (id: string, more: Partial<Warehouse> = {}): Warehouse => ({ id, name: id, country: 'CN', ...more });
  const nearest = (list: Warehouse[], order: Record<string, unknown>) => nearestWarehouse(list, orderWith(order))?.id;
  const shanghai = stock('SH', { divisions: ['31'] });
  const pudong = stock('PD', { divisions: ['310115'] });

  it.each<[string, Warehouse[], Record<string, unknown>, string | undefined]>([
    ['the longest prefix', [stock('A'), shanghai, pudong], { shipDivision: '310115' }, 'PD'],
    ['a prefix before the country', [stock('A'), shanghai], { shipDivision: '310101' }, 'SH'],
    ['the country', [shanghai, stock('A')], { shipDivision: '440300' }, 'SH'],
    ['of two as near, the first', [stock('A'), stock('B')], {}, 'A'],
    ['none abroad', [stock('A')], { shipCountry: 'FR' }, undefined],
    ['none where the country is not known', [stock('A')], { shipCountry: '' }, undefined],
    [
      'only one that can handle it',
      [pudong, stock('C', { capabilities: ['cold_chain', 'fragile'] })],
      { shipDivision: '310115', handling: ['cold_chain'] },
      'C',
    ],
    [
      'none that can handle all of it',
      [stock('C', { capabilities: ['cold_chain'] })],
      { handling: ['cold_chain', 'hazmat'] },
      undefined,
    ],
  ])('%s', (_, list, order, wanted) => {
    expect(nearest(list, order)).toBe(wanted);
  });
});

describe('turning hours', () => {
  const hours = (condition: string) =>
    turningHours(shippedPolicy((text) => text.replace('order.paymentStatus == "paid"', condition)));

  it.each<[string, number[]]>([
    ['order.paymentStatus == "paid"', []],
    ['order.hoursSincePaid >= 2', [2]],
    ['order.hoursSincePaid < 2', [2]],
    ['order.hoursSincePaid > 2', [3]],
    ['5 >= order.hoursSincePaid', [6]],
    ['order.hoursSincePaid == 4', [4, 5]],
    ['order.hoursSincePaid in [24, 48]', [24, 25, 48, 49]],
    ['order.onHold || !(order.hoursSincePaid >= 72 && order.payableMinor > 100)', [72]],
  ])('%s', (condition, wanted) => {
    expect(hours(condition)).toEqual(wanted);
  });
});
