import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allot, amountOf, amountText, takePieces } from '../../src/connector/allot.ts';

describe('amounts', () => {
  it.each([
    ['12.5', '12.50'],
    ['0', '0.00'],
    ['1000', '1000.00'],
    ['0.125', '0.125'],
    ['90071992547409931.01', '90071992547409931.01'],
  ])('%s is %s', (text, shown) => {
    expect(amountText(amountOf(text))).toBe(shown);
  });
});

it('what is taken and what is missing are what was wanted, and no row gives more than it has', () => {
  const rows = fc.array(fc.bigInt({ min: 0n, max: 50n }).map((left) => ({ left })));
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 200n }), rows, (wanted, given) => {
      const { parts, missing } = allot(wanted, given);
      expect(parts.reduce((sum, { taken }) => sum + taken, missing)).toBe(wanted);
      expect(parts.every(({ row, taken }) => taken > 0n && taken <= row.left)).toBe(true);
      const all = given.reduce((sum, { left }) => sum + left, 0n);
      expect(missing).toBe(wanted > all ? wanted - all : 0n);
    }),
  );
});

it('pieces are taken of their own line only, and what is missing is told', () => {
  const rows = [
    { line: 'a', left: 1n, id: 1 },
    { line: 'b', left: 5n, id: 2 },
    { line: 'a', left: 2n, id: 3 },
  ];
  const taken = takePieces(rows, [{ line: 'a', left: 2n }]).map(({ row, taken: count }) => [row.id, Number(count)]);
  expect(taken).toEqual([
    [1, 1],
    [3, 1],
  ]);
  expect(() => takePieces(rows, [{ line: 'a', left: 4n }])).toThrow('of the line a 1 of 4 pieces are not there');
});
