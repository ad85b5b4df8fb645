// What a unit of a collection's members reads and compares, against the plain way of picking them out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMergeDocument } from '../../src/merge/document.ts';
import { partOf, readSlot, sameIn, slotsOf, writeSlot } from '../../src/merge/slots.ts';
import type { Unit } from '../../src/merge/types.ts';
import type { JsonObject } from '../../src/model/json.ts';
import { pick } from '../../src/model/merge-tree.ts';
import { equalValue, rootField } from '../../src/model/tree.ts';

const read = parseMergeDocument(
  'record: order\nunits:\n  wares: { fields: [lines.sku, lines.handling] }\n',
  'order.merge.yaml',
);
if ('faults' in read) throw new Error(JSON.stringify(read.faults));
const unit = read.policy.units.find(({ name }) => name === 'wares') as Unit;
const slots = slotsOf('order', unit);

const entry = fc.record(
  {
    sku: fc.constantFrom('a', 'b'),
    handling: fc.constantFrom(['fragile', 'battery'], ['battery', 'fragile'], []),
    name: fc.constantFrom('x', 'y'),
  },
  { requiredKeys: [] },
);
const tree = fc.record(
  { lines: fc.dictionary(fc.constantFrom('1', '2', '__proto__'), entry) },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

describe('members of every entry', () => {
  it('are read as picking them out would', () => {
    fc.assert(
      fc.property(tree, (one) => {
        for (const slot of slots) expect(readSlot(one, slot)).toEqual(pick(one, [slot.path]).lines);
      }),
    );
  });

  it('are the same where what is picked out is the same', () => {
    fc.assert(
      fc.property(tree, tree, (one, two) => {
        const picked = slots.every(({ path }) => equalValue(rootField('order'), pick(one, [path]), pick(two, [path])));
        expect(sameIn(slots, one, two)).toBe(picked);
      }),
    );
  });

  it('make the part that a tree holds of their unit', () => {
    fc.assert(
      fc.property(tree, (one) => {
        expect(partOf(slots, one)).toEqual(pick(one, unit.paths));
      }),
    );
  });

  it('are written so that they read as the other tree has them, and nothing else changes', () => {
    fc.assert(
      fc.property(tree, tree, (one, two) => {
        const before = structuredClone(one);
        let written = one;
        for (const slot of slots) written = writeSlot(written, slot, readSlot(two, slot));
        expect(one).toEqual(before);
        expect(sameIn(slots, written, two)).toBe(true);
        expect(pick(written, ['lines.*.name'])).toEqual(pick(one, ['lines.*.name']));
      }),
    );
  });
});

const orders = fc.record(
  {
    lines: fc.dictionary(fc.constantFrom('1', '2'), entry),
    invoice: fc.record({ title: fc.constantFrom('a', 'b'), taxId: fc.constantFrom('a', 'b') }, { requiredKeys: [] }),
    payable: fc.record({ amount: fc.integer({ min: 1, max: 2 }), currency: fc.constant('CNY') }),
    tags: fc.constantFrom(['a', 'b'], ['b', 'a'], ['a']),
    x: fc.dictionary(fc.constantFrom('shop', 'crm'), fc.constantFrom(1, 2)),
    __proto__: fc.constantFrom('a', 'b'),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<JsonObject>;

describe('units that two trees hold different values of', () => {
  const split = parseMergeDocument(
    'record: order\nunits:\n  wares: { fields: [lines.sku, lines.handling] }\n  title: { fields: [invoice.title] }\n  gift: { fields: [x.shop] }\n',
    'order.merge.yaml',
  );
  if ('faults' in split) throw new Error(JSON.stringify(split.faults));
  const { policy } = split;

  it('are those whose slots differ, in the order of the document', () => {
    fc.assert(
      fc.property(orders, orders, (one, two) => {
        const touched = [...new Set([...policy.unitsIn(one), ...policy.unitsIn(two)])];
        const expected = touched.filter((each) => !sameIn(slotsOf('order', each), one, two)).map(({ name }) => name);
        const found = policy.differing(one, two).map(({ name }) => name);
        expect([...found].sort()).toEqual(expected.sort());
        const places = policy.differing(one, two).map((each) => policy.units.indexOf(each));
        expect(places.filter((place) => place >= 0)).toEqual(
          places.filter((place) => place >= 0).sort((a, b) => a - b),
        );
      }),
    );
  });

  it('are found by their names', () => {
    for (const each of policy.units) expect(policy.unitNamed(each.name)).toBe(each);
    expect(policy.unitNamed('x.crm').paths).toEqual(['x.crm']);
  });
});
