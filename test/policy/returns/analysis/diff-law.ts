// The difference of two returns policies is shown by returns that they decide otherwise, and "equivalent" is contradicted by none.
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Facts } from '../../../../src/policy/facts.ts';
import { diffReturnsPolicies } from '../../../../src/policy/returns/analysis/diff-policies.ts';
import { decideReturn } from '../../../../src/policy/returns/decide.ts';
import { dryRun } from '../../../../src/policy/returns/dry-run.ts';
import { facts, policy } from '../small-returns-policies.ts';

export function returnsDifferenceIsShown(pairs: number): void {
  fc.assert(
    fc.property(policy, policy, fc.array(facts, { minLength: 10, maxLength: 10 }), (before, after, some) => {
      const { parts } = diffReturnsPolicies(before, after, () => undefined);
      for (const { part, verdict, changes, unknown } of parts) {
        expect(unknown).toEqual([]);
        if (part === 'settings') continue;
        const said = (given: Facts) =>
          [before, after].map((one) => {
            const decision = decideReturn(one, dryRun(one, given));
            return JSON.stringify(part === 'flags' ? decision.flags.map(({ id }) => id) : decision[part as 'needs']);
          });
        for (const { facts: given } of changes) {
          const [a, b] = said(given);
          expect(a).not.toBe(b);
        }
        const isOther = (given: Facts) => new Set(said(given)).size > 1;
        if (verdict === 'equivalent') expect(some.find(isOther)).toBeUndefined();
      }
    }),
    { numRuns: pairs },
  );
}
