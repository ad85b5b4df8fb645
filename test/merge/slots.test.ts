// What a unit of a collection's members reads and compares, against the plain way of picking them out.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMergeDocument } from '../../src/merge/document.ts';
import { readSlot, sameIn, slotsOf } from '../../src/merge/slots.ts';
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
});
