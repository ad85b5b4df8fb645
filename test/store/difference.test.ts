// A tree kept as its difference to another one is that tree again, whatever the two are.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json, JsonObject } from '../../src/model/json.ts';
import { type Difference, differenceOf, laidOver } from '../../src/store/sqlite/difference.ts';

/** As the store keeps it. */
const stored = (difference: Difference): Difference => JSON.parse(JSON.stringify(difference)) as Difference;

const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'c', '1', '') },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'length') },
  { weight: 1, arbitrary: fc.string() },
);
const leaf = fc.oneof(
  fc.constantFrom<Json>(null, 0, 1, '', 'a', true, false),
  // Text knows no -0, and every tree was text once.
  fc.json({ maxDepth: 1 }).map((text) => JSON.parse(JSON.stringify(JSON.parse(text))) as Json),
);
const { tree } = fc.letrec<{ value: Json; tree: JsonObject }>((tie) => ({
  value: fc.oneof({ maxDepth: 4, withCrossShrink: true }, leaf, tie('tree'), fc.array(tie('value'), { maxLength: 3 })),
  tree: fc
    .array(fc.tuple(key, tie('value')), { maxLength: 4 })
    .map((members) => JSON.parse(textOf(members)) as JsonObject),
}));
const textOf = (members: [string, Json][]): string =>
  `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join()}}`;

/** A tree made of another one, sharing what it did not change. */
const edited = (base: JsonObject, [name, value]: [string, Json]): JsonObject => {
  const others = Object.entries(base).filter(([member]) => member !== name);
  const copy = JSON.parse('{}') as JsonObject;
  for (const [member, of] of [...others, [name, value] as [string, Json]]) {
    Object.defineProperty(copy, member, { value: of, enumerable: true, configurable: true, writable: true });
  }
  return copy;
};

describe('a difference', () => {
  it('gives the tree back when it is laid over the base', () => {
    fc.assert(
      fc.property(tree, tree, (one, base) => {
        expect(laidOver(base, stored(differenceOf(one, base)))).toEqual(one);
      }),
      { numRuns: 3_000 },
    );
  });

  it('gives back a tree that shares most of the base, nested ones too', () => {
    fc.assert(
      fc.property(tree, fc.tuple(key, leaf), fc.tuple(key, leaf), key, (base, change, inner, place) => {
        const child = edited(base, inner);
        const outer = edited(edited(base, change), [place, child]);
        const wrapped = { ...base, [place === '__proto__' ? 'a' : place]: base };
        for (const one of [edited(base, change), outer]) {
          expect(laidOver(wrapped, stored(differenceOf(one, wrapped)))).toEqual(one);
          expect(laidOver(base, stored(differenceOf(one, base)))).toEqual(one);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('of equal trees is nothing, and what is laid over is the base itself', () => {
    fc.assert(
      fc.property(tree, (one) => {
        const twin = structuredClone(one);
        expect(differenceOf(twin, one)).toBeNull();
        expect(laidOver(one, null)).toBe(one);
      }),
    );
  });

  it('changes neither tree', () => {
    fc.assert(
      fc.property(tree, tree, (one, base) => {
        const [before, baseBefore] = [JSON.stringify(one), JSON.stringify(base)];
        laidOver(base, stored(differenceOf(one, base)));
        expect([JSON.stringify(one), JSON.stringify(base)]).toEqual([before, baseBefore]);
      }),
    );
  });

  it('names only what differs, and shares the rest', () => {
    const base = { a: { b: 1, c: [1, { d: 2 }], e: null }, f: { g: 'g' }, h: [] };
    const one = { a: { b: 2, c: [1, { d: 2 }], e: null }, f: { g: 'g' }, i: 1 };
    const difference = differenceOf(one, base);
    expect(difference).toEqual([['h'], ['i', 1], ['a', [[], ['b', 2], []]]]);
    expect(laidOver(base, difference).f).toBe(base.f);
  });

  it('is the whole tree where nothing is shared', () => {
    expect(differenceOf({ a: 1 }, { a: 2, b: 3 })).toEqual({ a: 1 });
    expect(differenceOf({}, { a: 2 })).toEqual({});
    expect(differenceOf({ a: [[], [], []] }, { a: 1 })).toEqual({ a: [[], [], []] });
  });
});
