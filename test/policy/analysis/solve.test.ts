// The solver against brute force: what it proves is never contradicted, what it finds is confirmed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Formulas } from '../../../src/policy/analysis/formula.ts';
import { lower } from '../../../src/policy/analysis/lower.ts';
import { solve } from '../../../src/policy/analysis/solve.ts';
import { Vocabulary } from '../../../src/policy/analysis/vocabulary.ts';
import { factsOfModel } from '../../../src/policy/analysis/witness.ts';
import { compileCondition } from '../../../src/policy/condition/compile.ts';
import { routingFacts } from '../../../src/policy/routing/facts.ts';
import { condition, everyOrder, expressionOf, openCondition } from '../small-world.ts';

function ask(...texts: string[]) {
  const expressions = texts.map(expressionOf);
  const formulas = new Formulas();
  const vocabulary = new Vocabulary(formulas, expressions);
  const lowered = expressions.map((one) => lower(one, vocabulary));
  const runs = expressions.map(compileCondition);
  return { formulas, vocabulary, lowered, runs };
}

describe('within the fragment', () => {
  it('a condition can be true exactly when an order makes it true, and the witness is one', () => {
    fc.assert(
      fc.property(condition, (text) => {
        const { formulas, vocabulary, lowered, runs } = ask(text);
        const [{ formula, open }, run] = [lowered[0] as (typeof lowered)[0], runs[0] as (typeof runs)[0]];
        expect(open).toEqual([]);
        for (const [goal, wanted] of [
          [formula, true],
          [formula.not, false],
        ] as const) {
          const answer = solve(formulas, goal);
          expect(answer.can).toBe(everyOrder.some((facts) => run(facts) === wanted) ? 'yes' : 'no');
          if (answer.can === 'yes') expect(run(factsOfModel(routingFacts, answer.model, vocabulary))).toBe(wanted);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('so can two at once', () => {
    fc.assert(
      fc.property(condition, condition, (first, second) => {
        const { formulas, lowered, runs } = ask(first, second);
        const answer = solve(formulas, formulas.and(lowered.map(({ formula }) => formula)));
        expect(answer.can).toBe(everyOrder.some((facts) => runs.every((run) => run(facts))) ? 'yes' : 'no');
      }),
      { numRuns: 1000 },
    );
  });
});

describe('outside of the fragment', () => {
  it('"no" is still a proof', () => {
    fc.assert(
      fc.property(openCondition, openCondition, (first, second) => {
        const { formulas, lowered, runs } = ask(first, second);
        const answer = solve(formulas, formulas.and(lowered.map(({ formula }) => formula)));
        if (answer.can === 'no') expect(everyOrder.some((facts) => runs.every((run) => run(facts)))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    [
      'order.channel.contains("b") && !order.channel.endsWith("b")',
      ['order.channel.contains("b")', 'order.channel.endsWith("b")'],
    ],
    [
      'order.lineCount < order.totalQuantity || order.lineCount >= order.totalQuantity',
      ['order.lineCount < order.totalQuantity'],
    ],
    ['order.channel.startsWith("a") && order.riskStatus.endsWith("d")', []],
  ])('%s leaves open %j', (text, open) => {
    expect(ask(text).lowered[0]?.open).toEqual(open);
  });

  it('a text that answers the open questions is looked for', () => {
    const text = 'order.channel.startsWith("web") && order.channel.endsWith("cn") && order.channel.contains("vip")';
    const { formulas, vocabulary, lowered, runs } = ask(text);
    const answer = solve(formulas, lowered[0]?.formula ?? formulas.false);
    expect(answer.can === 'yes' && runs[0]?.(factsOfModel(routingFacts, answer.model, vocabulary))).toBe(true);
  });
});

describe('the budget', () => {
  /** n + 1 pigeons in n holes: no proof of it is short. */
  function pigeons(formulas: Formulas, holes: number) {
    const sits = Array.from({ length: holes + 1 }, () =>
      Array.from({ length: holes }, () => formulas.literal(formulas.variable([0, 1]), [1, 1])),
    );
    const apart = sits.flatMap((one, at) =>
      sits.slice(0, at).flatMap((other) => one.map((here, hole) => formulas.and([here, other[hole] ?? here]).not)),
    );
    return formulas.and([...sits.map((one) => formulas.or(one)), ...apart]);
  }

  it('once spent, the answer is unknown', () => {
    const formulas = new Formulas();
    const goal = pigeons(formulas, 9);
    expect(solve(formulas, goal)).toEqual({ can: 'unknown' });
    expect(solve(formulas, pigeons(formulas, 4))).toEqual({ can: 'no' });
  });
});
