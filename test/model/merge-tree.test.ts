import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { overlay, pick, threeWay, without } from '../../src/model/merge-tree.ts';
import { equalValue, rootField } from '../../src/model/tree.ts';

const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const compact = (tree: Record<string, unknown>): JsonObject => JSON.parse(JSON.stringify(tree)) as JsonObject;
const word = fc.constantFrom('a', 'b', 'c');
const money = fc.record({ amount: fc.nat(3), currency: fc.constant('CNY') });
const address = fc.record({ street: word, city: word });
const line = fc.record({
  sku: word,
  quantity: fc.nat(2),
  unitPrice: some(money),
  handling: some(fc.uniqueArray(word, { minLength: 1 })),
});
const tree = fc
  .record({
    number: some(word),
    payable: some(money),
    shipTo: some(address),
    lines: some(fc.dictionary(fc.constantFrom('1', '2', '__proto__', 'toString'), line, { minKeys: 1 })),
    invoice: some(fc.record({ title: word, status: some(word) })),
    tags: some(fc.uniqueArray(word, { minLength: 1 })),
    x: some(fc.record({ shop: fc.record({ n: fc.nat(2), list: fc.array(fc.nat(2), { maxLength: 2 }) }) })),
  })
  .map(compact);
const equal = (a: JsonObject, b: JsonObject): boolean => equalValue(rootField('order'), a, b);

describe('overlay', () => {
  it('sets, clears and leaves alone', () => {
    const image = {
      number: '1',
      buyerNote: 'hi',
      shipTo: { street: 's', city: 'c' },
      lines: { 1: { sku: 'A', quantity: 1 }, 2: { sku: 'B' } },
    };
    const patch = {
      buyerNote: null,
      shipTo: { street: 't' },
      lines: { 1: { quantity: 2 }, 2: null, 3: { sku: 'C', name: null } },
    };
    expect(overlay('order', image, patch)).toEqual({
      number: '1',
      shipTo: { street: 't', city: 'c' },
      lines: { 1: { sku: 'A', quantity: 2 }, 3: { sku: 'C' } },
    });
    expect(image.lines[2]).toEqual({ sku: 'B' });
  });

  it('replaces money and sets whole', () => {
    const image = { payable: { amount: 1, currency: 'CNY' }, tags: ['a', 'b'] };
    expect(overlay('order', image, { payable: { amount: 2, currency: 'EUR' }, tags: ['c'] })).toEqual({
      payable: { amount: 2, currency: 'EUR' },
      tags: ['c'],
    });
  });

  it('returns the same object when nothing is said anew, in whatever order', () => {
    const image = { tags: ['a', 'b'], shipTo: { street: 's', city: 'c' }, payable: { amount: 1, currency: 'CNY' } };
    expect(
      overlay('order', image, {
        tags: ['b', 'a'],
        shipTo: { city: 'c' },
        buyerNote: null,
        invoice: {},
        payable: { currency: 'CNY', amount: 1 },
      }),
    ).toBe(image);
  });

  it('laws: over nothing it is the tree, over itself nothing, and twice is once', () => {
    fc.assert(
      fc.property(tree, tree, (image, patch) => {
        expect(overlay('order', {}, patch)).toEqual(patch);
        expect(overlay('order', image, image)).toBe(image);
        const once = overlay('order', image, patch);
        expect(overlay('order', once, patch)).toBe(once);
      }),
    );
  });

  it('gives no prototype a member', () => {
    const patch = JSON.parse(
      '{"x":{"__proto__":{"polluted":1}},"__proto__":{"polluted":1},"lines":{"__proto__":{"sku":"A"}}}',
    ) as JsonObject;
    const result = overlay('order', { x: { a: 1 }, lines: { toString: { sku: 'B' } } }, patch);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((result as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.keys(result.lines as JsonObject)).toEqual(['toString', '__proto__']);
  });
});

describe('threeWay', () => {
  it('applies only what was said anew: partial knowledge wipes nothing', () => {
    const current = {
      lines: { 1: { sku: 'A', quantity: 1, unitPrice: { amount: 5, currency: 'CNY' } }, 2: { sku: 'B', quantity: 1 } },
    };
    const image = { lines: { 1: { sku: 'A', quantity: 1 }, 2: { sku: 'B', quantity: 1 } } };
    const said = { lines: { 1: { sku: 'A', quantity: 3 } } };
    expect(threeWay('order', current, image, said)).toEqual({
      lines: { 1: { sku: 'A', quantity: 3, unitPrice: { amount: 5, currency: 'CNY' } } },
    });
  });

  it('keeps others’ edits of members that were not touched', () => {
    const merged = threeWay(
      'order',
      { invoice: { title: 'new', taxId: '9' } },
      { invoice: { title: 'old' } },
      { invoice: { title: 'old', number: 'N1' } },
    );
    expect(merged).toEqual({ invoice: { title: 'new', taxId: '9', number: 'N1' } });
  });

  it('replaces an address whole', () => {
    const merged = threeWay(
      'order',
      { shipTo: { street: 'x', city: 'y' } },
      { shipTo: { street: 'a' } },
      { shipTo: { street: 'b', town: 't' } },
    );
    expect(merged).toEqual({ shipTo: { street: 'b', town: 't' } });
  });

  it('laws: silence changes nothing, agreement with the image says all, and twice is once', () => {
    fc.assert(
      fc.property(tree, tree, tree, (current, image, said) => {
        expect(threeWay('order', current, image, image)).toBe(current);
        expect(equal(threeWay('order', image, image, said), said)).toBe(true);
        const once = threeWay('order', current, image, said);
        expect(threeWay('order', once, image, said)).toBe(once);
        expect(threeWay('order', current, {}, {})).toBe(current);
      }),
      { numRuns: 500 },
    );
  });
});

describe('pick and without', () => {
  const data = {
    invoice: { title: 't', status: 'none' },
    lines: { 1: { sku: 'A', quantity: 1 }, 2: { sku: 'B' } },
    number: '1',
  };

  it('take paths apart, also inside every entry', () => {
    expect(pick(data, ['invoice.title', 'number', 'nothing', 'constructor'])).toEqual({
      invoice: { title: 't' },
      number: '1',
    });
    expect(pick(data, ['lines.*.quantity'])).toEqual({ lines: { 1: { quantity: 1 } } });
    expect(pick(data, ['lines.*.quantity', 'lines.*.sku'])).toEqual({ lines: data.lines });
    expect(without(data, ['invoice.title', 'invoice.status', 'lines.*.sku'])).toEqual({
      lines: { 1: { quantity: 1 } },
      number: '1',
    });
    expect(without(data, ['invoice.number', 'missing.path'])).toBe(data);
  });

  it('law: what is picked and what is left together are the whole', () => {
    const paths = fc.subarray([
      'number',
      'payable',
      'shipTo',
      'lines.*.sku',
      'lines.*.quantity',
      'invoice.title',
      'invoice.status',
      'tags',
      'x.shop.n',
    ]);
    fc.assert(
      fc.property(tree, paths, (whole, chosen) => {
        const rest = without(whole, chosen);
        expect(overlay('order', rest, pick(whole, chosen))).toEqual(whole);
        expect(pick(rest, chosen)).toEqual({});
      }),
    );
  });
});
