import { describe, expect, it } from 'vitest';
import { differing, holds, textsAt, treesAt } from '../../src/connector/compare.ts';
import { parseJson } from '../../src/model/json.ts';

describe('what an object has already', () => {
  it.each([
    ['a part of it', { a: 1, b: { c: 'x', d: 2 } }, { b: { c: 'x' } }, true],
    ['another part', { b: { c: 'x' } }, { b: { c: 'y' } }, false],
    ['a number in another form', { price: '25.9900' }, { price: 25.99 }, true],
    ['an id as text', { id: 7 }, { id: '7' }, true],
    ['texts that only look alike', { code: 'A1' }, { code: 'a1' }, false],
    ['nothing, null and an empty text', { a: null }, { a: '', b: null }, true],
    ['something for nothing', { a: 'x' }, { a: null }, false],
    ['an object for nothing', {}, { a: { b: 1 } }, false],
    ['false, which is no absence', {}, { a: false }, false],
    ['true as true', { a: true }, { a: true }, true],
    ['a list', { a: [{ b: 1, c: 2 }] }, { a: [{ b: 1 }] }, true],
    ['a longer list', { a: [1, 2] }, { a: [1] }, false],
    ['a list in another order', { a: [1, 2] }, { a: [2, 1] }, false],
  ])('%s', (_, present, wanted, isHeld) => {
    expect(holds(present, wanted)).toBe(isHeld);
  });

  it('is left out of what is written', () => {
    expect(differing({ a: 1, b: 2 }, { a: 1, b: 3, c: 4 })).toEqual({ b: 3, c: 4 });
  });

  it('keeps digits that a double cannot hold', () => {
    const [there, here] = [parseJson('{"id":12345678901234567890}'), parseJson('{"id":12345678901234567891}')];
    expect(holds(there, here)).toBe(false);
  });

  it('is read from lists, whatever else stands in them', () => {
    const tree = { list: [{ id: 1 }, 'x', null, 7] };
    expect(treesAt(tree, ['list'])).toEqual([{ id: 1 }]);
    expect(textsAt(tree, ['list'])).toEqual(['x', '7']);
    expect([treesAt(tree, ['none']), textsAt(tree, ['none'])]).toEqual([[], []]);
  });
});
