// S7: orders for which a slot should be filled, and is not.
import type { When } from '../condition/when.ts';
import type { Slot } from '../routing/policy.ts';
import type { Finding } from './finding.ts';
import type { PolicyUnderTest } from './policy-under-test.ts';

export const checkGaps = (test: PolicyUnderTest): Finding[] =>
  test.policy.slots.flatMap((slot) => (slot.totalWhen ? checkSlot(slot, slot.totalWhen, test) : []));

/** A halted order is meant to stop: what it lacks is no gap. */
function checkSlot(slot: Slot, totalWhen: When, test: PolicyUnderTest): Finding[] {
  const { halted, emits } = test.outcome;
  const gap = [test.lower(totalWhen.expression).formula, halted.not, emits.get(slot)?.not ?? test.formulas.true];
  const asked = test.ask(gap, ({ haltedBy, slots }) => haltedBy === null && slots[slot.name] === undefined);
  if (asked.can === 'no') return [];
  const found = { path: slot.path, check: 'S7', severity: 'error' } as const;
  if (asked.can === 'unknown') {
    const message = `it could not be decided within the steps of the check whether ${slot.name} is always filled when ${totalWhen.text}`;
    return [{ ...found, unknown: true, message, suggestion: 'make the conditions simpler' }];
  }
  const message = `stays empty for an order of which ${totalWhen.text}`;
  return [{ ...found, message, suggestion: 'add a rule with when: otherwise', witness: asked.witness }];
}
