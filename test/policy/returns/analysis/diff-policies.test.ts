// What the formulas foretell of a return is what the evaluator decides, for every policy and return; and so are differences.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Formula, Formulas } from '../../../../src/policy/analysis/formula.ts';
import { lower } from '../../../../src/policy/analysis/lower.ts';
import { has } from '../../../../src/policy/analysis/spans.ts';
import { Vocabulary } from '../../../../src/policy/analysis/vocabulary.ts';
import type { Facts } from '../../../../src/policy/facts.ts';
import { expressionsOf, outcomesOf } from '../../../../src/policy/returns/analysis/outcomes.ts';
import { decideReturn } from '../../../../src/policy/returns/decide.ts';
import { dryRun } from '../../../../src/policy/returns/dry-run.ts';
import { facts, policy } from '../small-returns-policies.ts';
import { returnsDifferenceIsShown } from './diff-law.ts';

function isTrue(formula: Formula, values: readonly number[]): boolean {
  if (formula.kind === 'literal') return has(formula.allowed, values[formula.variable.index] as number);
  if (formula.kind === 'and') return formula.parts.every((part) => isTrue(part, values));
  return formula.kind === 'or' ? formula.parts.some((part) => isTrue(part, values)) : formula.kind === 'true';
}

/** Only booleans and numbers are asked for in these policies. */
function valuesOf(given: Facts, vocabulary: Vocabulary): number[] {
  const values: number[] = [];
  for (const [fact, known] of vocabulary.facts)
    if ('variable' in known) values[known.variable.index] = Number(given[fact.group]?.[fact.member]);
  return values;
}

it('formulas foretell approval, refund, needs and flags', () => {
  fc.assert(
    fc.property(policy, fc.array(facts, { minLength: 5, maxLength: 5 }), (one, some) => {
      const formulas = new Formulas();
      const vocabulary = new Vocabulary(formulas, expressionsOf(one));
      const outcome = outcomesOf(one, { formulas, lower: (expression) => lower(expression, vocabulary) });
      for (const given of some) {
        const values = valuesOf(given, vocabulary);
        const decision = decideReturn(one, dryRun(one, given));
        const holding = <K>(of: ReadonlyMap<K, Formula>): K[] =>
          [...of].flatMap(([key, formula]) => (isTrue(formula, values) ? [key] : []));
        expect({
          approval: isTrue(outcome.manual, values) ? 'manual' : 'auto',
          refund: holding(outcome.refund),
          needs: holding(outcome.needs),
          flags: holding(outcome.flags),
        }).toEqual({
          approval: decision.approval,
          refund: [decision.refund],
          needs: decision.needs,
          flags: decision.flags.map(({ id }) => id),
        });
      }
    }),
    { numRuns: 500 },
  );
});

it('a difference is shown by a return that both decide, and "equivalent" is contradicted by none', () => {
  returnsDifferenceIsShown(250);
});
