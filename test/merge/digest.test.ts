// Digests are stored: what they are made of must stay what it is, or values of before would be known no more.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest } from '../../src/merge/digest.ts';
import { parseMergeDocument } from '../../src/merge/document.ts';
import { readSlot, type Slot, slotsOf } from '../../src/merge/slots.ts';
import type { Field } from '../../src/model/fields.ts';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { childField } from '../../src/model/tree.ts';

const read = parseMergeDocument(
  'record: order\nunits:\n  wares: { fields: [lines.sku, lines.handling, lines.unitPrice] }\n  rest: { fields: [buyerNote, shipTo, tags, invoice.title, totals, x.shop] }\n',
  'order.merge.yaml',
);
if ('faults' in read) throw new Error(JSON.stringify(read.faults));
const units = read.policy.units.filter(({ name }) => name === 'wares' || name === 'rest');

/** Sorted members, sorted sets, plainly. */
function canonical(field: Field | undefined, value: Json | undefined): string {
  if (value === undefined) return '';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => canonical(undefined, item));
    return `[${(field?.kind === 'set' ? [...new Set(items)].sort() : items).join(',')}]`;
  }
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical(childField(field, key), value[key])}`).join(',')}}`;
}

function plainDigest(slots: readonly Slot[], tree: JsonObject): string {
  const text = slots.map((slot) => canonical(slot.field, readSlot(tree, slot))).join('\n');
  return createHash('sha256').update(text).digest('base64').slice(0, 16);
}

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('"', '\\', '\n', '\ud83d\ude00', '\u2028', ''));
const line = fc.record(
  {
    sku: text,
    handling: fc.array(fc.constantFrom('fragile', 'battery', 'a"')),
    unitPrice: fc.record({ currency: fc.constant('CNY'), amount: fc.integer() }),
    name: text,
  },
  { requiredKeys: [] },
);
const tree = fc.record(
  {
    lines: fc.dictionary(fc.oneof(fc.constantFrom('1', '2', '10', '__proto__'), text), line),
    buyerNote: text,
    shipTo: fc.record({ street: text, city: text, name: text }, { requiredKeys: [] }),
    tags: fc.array(text),
    invoice: fc.record({ title: text }, { requiredKeys: [] }),
    totals: fc.dictionary(text, fc.record({ currency: text, amount: fc.integer() })),
    x: fc.record({ shop: fc.jsonValue() }),
  },
  { requiredKeys: [] },
) as unknown as fc.Arbitrary<JsonObject>;

describe('a digest', () => {
  it('is that of the plain canonical text', () => {
    fc.assert(
      fc.property(tree, (one) => {
        for (const unit of units) {
          const slots = slotsOf('order', unit);
          expect(digest(slots, one)).toBe(plainDigest(slots, one));
        }
      }),
    );
  });

  it('is what earlier databases hold', () => {
    const [wares, rest] = units.map((unit) => slotsOf('order', unit));
    const order = {
      lines: { 2: { sku: 'b' }, 1: { sku: 'a', unitPrice: { currency: 'CNY', amount: 5 }, name: 'x' } },
      buyerNote: 'say "hi"',
      tags: ['b', 'a', 'b'],
    };
    expect(digest(wares ?? [], order)).toBe('yZEnEyGYTgybJVUd');
    expect(digest(rest ?? [], order)).toBe('J3Vjodnh3W8QJZxo');
  });
});
