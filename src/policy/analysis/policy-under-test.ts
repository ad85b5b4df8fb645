// One policy with its formulas: checks ask whether something can happen, and get an order that shows it.
import type { FactTable } from '../facts.ts';
import { type Decision, decide } from '../routing/decide.ts';
import type { RoutingPolicy, Rule } from '../routing/policy.ts';
import type { Finding, Witness } from './finding.ts';
import { type Formula, Formulas } from './formula.ts';
import { lower } from './lower.ts';
import { outcomesOf, type PolicyOutcome, type RuleOutcome } from './outcomes.ts';
import { type Answer, solve } from './solve.ts';
import { Vocabulary } from './vocabulary.ts';
import { factsOfModel, unusual } from './witness.ts';

export type Asked = { can: 'no' } | { can: 'unknown' } | { can: 'yes'; witness: Witness };

export class PolicyUnderTest {
  readonly policy: RoutingPolicy;
  readonly formulas = new Formulas();
  readonly outcome: PolicyOutcome;
  readonly #vocabulary: Vocabulary;
  readonly #table: FactTable;

  constructor(policy: RoutingPolicy, table: FactTable) {
    this.policy = policy;
    this.#table = table;
    this.#vocabulary = new Vocabulary(this.formulas, expressionsOf(policy));
    this.outcome = outcomesOf(policy, this.#vocabulary);
  }

  /** Of conditions that stand beside the rules. */
  lower(expression: Parameters<typeof lower>[0]): Formula {
    return lower(expression, this.#vocabulary).formula;
  }

  /** Whether the formulas can hold together, without an order that shows it. */
  can(...goals: readonly Formula[]): Answer['can'] {
    return solve(this.formulas, ...goals).can;
  }

  /** @param shows whether the evaluator's decision is what was asked for */
  ask(goals: readonly Formula[], shows: (decision: Decision) => boolean): Asked {
    const answer = solve(this.formulas, ...goals);
    if (answer.can !== 'yes') return answer;
    const facts = factsOfModel(this.#table, answer.model, this.#vocabulary);
    const decision = decide(this.policy, facts);
    const verdict = shows(decision) ? 'confirmed' : 'possible';
    return { can: 'yes', witness: { facts, unusual: unusual(this.#table, facts), verdict, decision } };
  }
}

export const expressionsOf = ({ rules, slots }: RoutingPolicy) => [
  ...rules.flatMap(({ when }) => (when === 'otherwise' ? [] : [when.expression])),
  ...slots.flatMap(({ totalWhen }) => (totalWhen ? [totalWhen.expression] : [])),
];

export const matched = (decision: Decision, { index }: Rule): boolean => decision.trace[index]?.status === 'matched';

type Told = Pick<Finding, 'check' | 'severity' | 'message'> & Partial<Finding>;

/** About a rule, at its path or at a place below it. */
export const ofRule = ({ rule }: Pick<RuleOutcome, 'rule'>, told: Told, below = ''): Finding => ({
  path: `${rule.path}${below}`,
  rule: rule.id,
  ...told,
});

/** Never passed over: without the author's word it counts as an error. */
export const undecided = (about: Pick<RuleOutcome, 'rule'>, check: Finding['check'], question: string): Finding =>
  ofRule(about, {
    check,
    severity: about.rule.acceptUnproven === undefined ? 'error' : 'warning',
    unknown: true,
    message: `it could not be decided within the steps of the check ${question}`,
    suggestion: 'make the conditions around it simpler, or say acceptUnproven: <reason>',
  });
