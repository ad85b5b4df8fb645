// What the analysis foretells of every rule and slot is what the evaluator decides, for every order.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Formula, Formulas } from '../../../src/policy/analysis/formula.ts';
import { outcomesOf, type PolicyOutcome } from '../../../src/policy/analysis/outcomes.ts';
import { has } from '../../../src/policy/analysis/spans.ts';
import { classOf } from '../../../src/policy/analysis/text-classes.ts';
import { Vocabulary } from '../../../src/policy/analysis/vocabulary.ts';
import type { Facts } from '../../../src/policy/facts.ts';
import { decide } from '../../../src/policy/routing/decide.ts';
import type { RoutingPolicy } from '../../../src/policy/routing/policy.ts';
import { policy } from '../small-policies.ts';
import { everyOrder } from '../small-world.ts';

/** The value of every variable for an order, by its index. */
function valuesOf(facts: Facts, vocabulary: Vocabulary): number[] {
  const values: number[] = [];
  for (const [fact, known] of vocabulary.facts) {
    const value = facts[fact.group]?.[fact.member];
    if (known.kind === 'set')
      known.members.forEach(({ index }, at) => {
        values[index] = Number((value as string[]).includes(known.words[at] as string));
      });
    else if (known.kind === 'text') values[known.variable.index] = classOf(known.classes, value as string);
    else values[known.variable.index] = known.kind === 'enum' ? known.words.indexOf(value as string) : Number(value);
  }
  return values;
}

function isTrue(formula: Formula, values: readonly number[]): boolean {
  if (formula.kind === 'literal') return has(formula.allowed, values[formula.variable.index] as number);
  if (formula.kind === 'and') return formula.parts.every((part) => isTrue(part, values));
  return formula.kind === 'or' ? formula.parts.some((part) => isTrue(part, values)) : formula.kind === 'true';
}

it('formulas foretell matches, wins, halts and what is emitted', () => {
  fc.assert(
    fc.property(policy, fc.array(fc.nat(everyOrder.length - 1), { minLength: 20, maxLength: 20 }), (policy, chosen) => {
      const expressions = policy.rules.flatMap(({ when }) => (when === 'otherwise' ? [] : [when.expression]));
      const vocabulary = new Vocabulary(new Formulas(), expressions);
      const outcomes = outcomesOf(policy, vocabulary);
      for (const facts of chosen.map((at) => everyOrder[at] as Facts))
        expect(foretold(outcomes, valuesOf(facts, vocabulary))).toEqual(decided(policy, facts));
    }),
    { numRuns: 300 },
  );
});

function foretold({ halted, emits, rules }: PolicyOutcome, values: readonly number[]) {
  return {
    halted: isTrue(halted, values),
    emitting: [...emits].flatMap(([slot, formula]) => (isTrue(formula, values) ? [slot.name] : [])).sort(),
    rules: rules.map(({ rule, matches, wins }) => ({
      rule: rule.id,
      matches: isTrue(matches, values),
      wins: [...wins].flatMap(([{ slot, key }, won]) => (isTrue(won, values) ? [`${slot.name} ${key}`] : [])),
    })),
  };
}

function decided(policy: RoutingPolicy, facts: Facts) {
  const { haltedBy, slots, trace } = decide(policy, facts);
  return {
    halted: haltedBy !== null,
    emitting: Object.keys(slots).sort(),
    rules: trace.map(({ rule, status, suppressed = [] }, at) => ({
      rule,
      matches: status === 'matched',
      wins: (policy.rules[at]?.actions ?? []).flatMap(({ slot, key }) => {
        const lost = suppressed.some((one) => one.slot === slot.name && one.key === key);
        return status === 'matched' && !lost ? [`${slot.name} ${key}`] : [];
      }),
    })),
  };
}
