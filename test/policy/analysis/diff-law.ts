// The difference of two policies of the small world is right about every order in it.
import fc from 'fast-check';
import { expect } from 'vitest';
import { diffPolicies } from '../../../src/policy/analysis/diff-policies.ts';
import type { Facts } from '../../../src/policy/facts.ts';
import { type Decision, decide } from '../../../src/policy/routing/decide.ts';
import { keysIn } from '../../../src/policy/routing/run-tests.ts';
import { policy } from '../small-policies.ts';
import { someOrders } from '../small-world.ts';

/** What a decision comes to, whoever proposed it. */
export const content = ({ haltedBy, slots }: Decision): string =>
  JSON.stringify([
    haltedBy !== null,
    Object.entries(slots)
      .map(([name, slot]) => [name, [keysIn(slot)].flat().sort()])
      .sort(),
  ]);

export function differenceIsRight(pairs: number): void {
  fc.assert(
    fc.property(policy, policy, fc.boolean(), (first, other, same) => {
      const second = same ? first : other;
      const { verdict, parts } = diffPolicies(first, second, () => undefined);
      const isOther = (facts: Facts) => content(decide(first, facts)) !== content(decide(second, facts));
      if (verdict === 'equivalent') expect(someOrders.find(isOther)).toBeUndefined();
      for (const { facts } of parts.flatMap(({ changes }) => changes))
        expect(content(decide(first, facts))).not.toBe(content(decide(second, facts)));
      expect(verdict === 'different').toBe(parts.some(({ changes }) => changes.length > 0));
    }),
    { numRuns: pairs },
  );
}
