import fc from 'fast-check';
import { expect, it } from 'vitest';
import { claimLines, type EarlierReturn } from '../../../../src/policy/returns/life/claim-lines.ts';

const order = [
  { lineNo: '1', quantity: 3, shipped: 3, paidMinor: 200 },
  { lineNo: '2', quantity: 2, shipped: 1, paidMinor: 5000 },
];
const earlier = (
  quantity: number,
  refundableMinor: number,
  status: EarlierReturn['status'] = 'open',
): EarlierReturn => ({
  ...{ status, lines: [{ orderLine: '1', quantity, refundableMinor }] },
});

it('a return is of pieces that were shipped and are in no other return', () => {
  const one = (orderLine: string, quantity: number, ...others: EarlierReturn[]) => {
    const claimed = claimLines([{ orderLine, quantity }], order, others);
    return 'refused' in claimed ? claimed.refused[0]?.reason : claimed.lines[0]?.refundableMinor;
  };
  expect([one('1', 1), one('1', 2), one('1', 3)]).toEqual([66, 133, 200]);
  expect([one('9', 1), one('2', 2), one('1', 2, earlier(2, 133))]).toEqual([
    'unknown_line',
    'not_shipped',
    'already_returned',
  ]);
  expect(one('1', 1, earlier(2, 133))).toBe(67);
  expect(one('1', 3, earlier(2, 133, 'cancelled'), earlier(1, 66, 'declined'))).toBe(200);
  const twice = [
    { orderLine: '1', quantity: 1 },
    { orderLine: '1', quantity: 1 },
  ];
  expect(claimLines(twice, order, [])).toEqual({ refused: [{ orderLine: '1', reason: 'asked_twice' }] });
});

it('returns of one line never claim more pieces or money than it has, whatever is cancelled in between', () => {
  const step = fc.record({ quantity: fc.integer({ min: 1, max: 4 }), cancels: fc.option(fc.nat(9), { nil: null }) });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.maxSafeNat(),
      fc.array(step, { maxLength: 20 }),
      (quantity, paidMinor, steps) => {
        const line = { lineNo: '1', quantity, shipped: quantity, paidMinor };
        let live: EarlierReturn[] = [];
        for (const { quantity: asked, cancels } of steps) {
          if (cancels !== null) live = live.filter((_, at) => at !== cancels % Math.max(1, live.length));
          const claimed = claimLines([{ orderLine: '1', quantity: asked }], [line], live);
          if ('lines' in claimed) live.push({ status: 'open', lines: claimed.lines });
          const all = live.flatMap(({ lines }) => lines);
          const [pieces, minor] = [all.map((one) => one.quantity), all.map((one) => one.refundableMinor)].map((list) =>
            list.reduce((sum, one) => sum + one, 0),
          ) as [number, number];
          expect(pieces).toBeLessThanOrEqual(quantity);
          expect(minor).toBeLessThanOrEqual(paidMinor);
          if (pieces === quantity) expect(minor).toBe(paidMinor);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
