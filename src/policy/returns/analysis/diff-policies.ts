// S10 for returns: what two versions decide differently, of returns whose breakers are closed unless the facts trip them.
import { compareParts, type Part, type PolicyDiff, type Question } from '../../analysis/compare-parts.ts';
import { type Formula, Formulas } from '../../analysis/formula.ts';
import { lower } from '../../analysis/lower.ts';
import { Vocabulary } from '../../analysis/vocabulary.ts';
import { evaluateReturn, type ReturnDecision } from '../decide.ts';
import { dryRun } from '../dry-run.ts';
import { returnFacts } from '../facts.ts';
import type { ReturnsPolicy } from '../policy.ts';
import { needs, refundTimings } from '../terms.ts';
import { expressionsOf, outcomesOf, type ReturnsOutcome } from './outcomes.ts';

/** Parts: approval, refund, needs, flags, and the settings that no facts show. @param at is told how far it has come, 0 to 1 */
export function diffReturnsPolicies(
  before: ReturnsPolicy,
  after: ReturnsPolicy,
  at: (share: number) => void,
): PolicyDiff {
  const policies = [before, after] as const;
  const formulas = new Formulas();
  const vocabulary = new Vocabulary(
    formulas,
    policies.flatMap((policy) => [...expressionsOf(policy), ...policy.constraints.map((one) => one.expression)]),
  );
  const [a, b] = policies.map((policy) =>
    outcomesOf(policy, { formulas, lower: (expression) => lower(expression, vocabulary) }),
  ) as [ReturnsOutcome, ReturnsOutcome];
  const decide = policies.map(
    (policy) => (facts: Parameters<typeof dryRun>[1]) => evaluateReturn(policy, dryRun(policy, facts)),
  );
  const versions = {
    formulas,
    vocabulary,
    table: returnFacts,
    decide: decide as [(typeof decide)[0], (typeof decide)[0]],
    constraints: [before.constraints, after.constraints] as const,
  };
  return compareParts([...parts(a, b, formulas), settings(before, after)], versions, at);
}

const levelsOf = (policy: ReturnsPolicy): string[] =>
  [...policy.gates, ...policy.breakers].map(({ id, level }) => `${id}: ${level}`);

function parts(a: ReturnsOutcome, b: ReturnsOutcome, formulas: Formulas): Part<ReturnDecision>[] {
  const never = formulas.false;
  const questions = (rule: string, one: Formula = never, other: Formula = never): Question[] => [
    { rule, goals: [one, other.not] },
    { rule, goals: [other, one.not] },
  ];
  const flags = new Set([...a.flags.keys(), ...b.flags.keys()]);
  return [
    {
      part: 'approval',
      declared: [],
      questions: questions('approval', a.manual, b.manual),
      read: ({ approval }) => [approval],
    },
    {
      part: 'refund',
      declared: [],
      questions: refundTimings.flatMap((timing) => questions(timing, a.refund.get(timing), b.refund.get(timing))),
      read: ({ refund }) => [refund],
    },
    {
      part: 'needs',
      declared: [],
      questions: needs.flatMap((need) => questions(need, a.needs.get(need), b.needs.get(need))),
      read: (decision) => [...decision.needs],
    },
    {
      part: 'flags',
      declared: [],
      questions: [...flags].flatMap((id) => questions(id, a.flags.get(id), b.flags.get(id))),
      read: (decision) => decision.flags.map(({ id }) => id),
    },
  ];
}

type Setting = [member: string, of: (policy: ReturnsPolicy) => unknown];

const members: readonly Setting[] = [
  ['timezone', ({ timezone }) => timezone],
  ['define', ({ define }) => define],
  ['levels', levelsOf],
  [
    'breakers',
    ({ breakers }) =>
      breakers.map(({ id, scope, coolDownMs, backoff, halfOpen }) => ({ id, scope, coolDownMs, backoff, halfOpen })),
  ],
  ['limits', ({ limits }) => limits],
  ['floor', ({ floor }) => floor.map(({ id }) => id)],
  ['evidence', ({ evidence }) => evidence],
];

/** What no single decision shows: compared as it is declared. */
function settings(before: ReturnsPolicy, after: ReturnsPolicy): Part<ReturnDecision> {
  const declared = members.flatMap(([member, of]) => {
    const [one, other] = [before, after].map((policy) => JSON.stringify(of(policy))) as [string, string];
    return one === other ? [] : [{ member, before: one, after: other }];
  });
  return { part: 'settings', declared, questions: [], read: () => [] };
}
