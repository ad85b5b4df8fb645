// One routing policy with its formulas: what every rule and slot comes to, and questions about it.
import type { FactTable } from '../facts.ts';
import { type Decision, evaluate } from '../routing/decide.ts';
import type { RoutingPolicy, Rule } from '../routing/policy.ts';
import { outcomesOf, type PolicyOutcome } from './outcomes.ts';
import { Questions } from './questions.ts';

export class PolicyUnderTest extends Questions<Decision> {
  readonly policy: RoutingPolicy;
  readonly outcome: PolicyOutcome;

  constructor(policy: RoutingPolicy, table: FactTable) {
    const { constraints } = policy;
    super({ table, constraints, expressions: expressionsOf(policy), decide: (facts) => evaluate(policy, facts) });
    this.policy = policy;
    this.outcome = outcomesOf(policy, this.vocabulary);
  }
}

export const expressionsOf = ({ rules, slots }: RoutingPolicy) => [
  ...rules.flatMap(({ when }) => (when === 'otherwise' ? [] : [when.expression])),
  ...slots.flatMap(({ totalWhen }) => (totalWhen ? [totalWhen.expression] : [])),
];

export const matched = (decision: Decision, { index }: Rule): boolean => decision.trace[index]?.status === 'matched';
