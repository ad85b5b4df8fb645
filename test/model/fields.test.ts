import { describe, expect, it } from 'vitest';
import { type Field, fieldAt, fieldsOf, maskPersonal, requiredFields } from '../../src/model/fields.ts';
import { isRecordType, recordSchema, recordTypes } from '../../src/model/records.ts';

describe('fieldsOf', () => {
  it.each(recordTypes)('reads every field of %s with its own path, and each can be found by it', (type) => {
    const walk = (fields: Record<string, Field>): Field[] =>
      Object.values(fields).flatMap((field) => [field, ...(field.fields ? walk(field.fields) : [])]);
    const all = walk(fieldsOf(type));
    expect(all.length).toBeGreaterThan(4);
    expect(new Set(all.map((field) => field.path)).size).toBe(all.length);
    for (const field of all) expect(fieldAt(type, field.path)?.kind).toBe(field.kind);
  });

  it('knows kinds, ranks, references and keys', () => {
    expect(fieldAt('order', 'fulfillmentStatus')).toMatchObject({ kind: 'enum', atomic: false });
    expect(fieldAt('order', 'fulfillmentStatus')?.values?.slice(0, 3)).toEqual(['unfulfilled', 'released', 'picking']);
    expect(fieldAt('order', 'customerId')).toMatchObject({ kind: 'reference', record: 'customer' });
    expect(fieldAt('order', 'lines')).toMatchObject({ kind: 'collection', key: 'lineNo', atomic: false });
    expect(fieldAt('order', 'lines.*.sku')).toMatchObject({ path: 'lines.sku', kind: 'text', required: true });
    expect(fieldAt('order', 'lines.handling')?.values).toContain('cold_chain');
    expect(fieldAt('order', 'totals.shipping')).toMatchObject({ kind: 'money', atomic: true });
    expect(fieldAt('order', 'shipTo.street')).toMatchObject({ kind: 'text', personal: true });
    expect(fieldAt('order', 'deliveryWindow')).toMatchObject({ kind: 'window', atomic: true });
    expect(fieldAt('order', 'x.shopify.noteAttributes')).toMatchObject({
      kind: 'any',
      path: 'x.shopify.noteAttributes',
    });
    expect(fieldAt('order', 'shipTo.toString')).toBeUndefined();
    expect(fieldAt('order', 'constructor')).toBeUndefined();
    expect(fieldAt('order', 'number.more')).toBeUndefined();
  });

  it('names what a payload must say to create a record', () => {
    expect(requiredFields('order')).toEqual(['number']);
    expect(requiredFields('inventory')).toEqual(['sku', 'warehouseId']);
    expect(requiredFields('change_request')).toEqual(['record', 'recordId', 'unit']);
    expect(requiredFields('customer')).toEqual([]);
  });

  it('tells record types from other words', () => {
    expect(isRecordType('order')).toBe(true);
    expect(isRecordType('ordr')).toBe(false);
    expect(isRecordType('toString')).toBe(false);
  });
});

describe('recordSchema', () => {
  it('takes partial data and refuses unknown members and wrong types', () => {
    const order = recordSchema('order');
    expect(
      order.safeParse({
        payable: { amount: 52000, currency: 'CNY' },
        lines: { 1: { quantity: 2 } },
        x: { shop: { a: [1] } },
      }).success,
    ).toBe(true);
    for (const bad of [
      { payable: { amount: 1.5, currency: 'CNY' } },
      { fulfillmentStatus: 'Shipped' },
      { lines: { 1: { qty: 2 } } },
      { placedAt: '2026-11-23' },
      { nunber: 'SO-1' },
      { tags: 'vip' },
    ]) {
      expect(order.safeParse(bad).success, JSON.stringify(bad)).toBe(false);
    }
  });
});

describe('maskPersonal', () => {
  it('hides names, addresses and invoice titles and keeps the structure', () => {
    const masked = maskPersonal('order', {
      number: 'SO-1',
      shipTo: { name: '李雷', street: '', city: '杭州' },
      invoice: { title: '李雷', titleKind: 'person', status: 'none' },
      lines: { 1: { sku: 'A', quantity: 1 } },
      x: { shop: { vip: true } },
    });
    expect(masked).toEqual({
      number: 'SO-1',
      shipTo: { name: '•••', street: '', city: '•••' },
      invoice: { title: '•••', titleKind: 'person', status: 'none' },
      lines: { 1: { sku: 'A', quantity: 1 } },
      x: { shop: { vip: true } },
    });
    expect(maskPersonal('customer', { name: 'Li', phones: ['+8613'], emails: [], tier: 'gold' })).toEqual({
      name: '•••',
      phones: ['•••'],
      emails: [],
      tier: 'gold',
    });
    expect(maskPersonal('change_request', { unit: 'shipTo', proposed: { shipTo: { city: 'x' } } })).toEqual({
      unit: 'shipTo',
      proposed: { shipTo: { city: '•••' } },
    });
    expect(maskPersonal('order', { shipTo: null as never })).toEqual({ shipTo: null });
  });
});
