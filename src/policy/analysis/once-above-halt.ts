// S8: something that happens once and cannot be taken back, proposed above a rule that may still halt the order.
import type { Action, Rule } from '../routing/policy.ts';
import type { Finding } from './finding.ts';
import type { RuleOutcome } from './outcomes.ts';
import { matched, type PolicyUnderTest } from './policy-under-test.ts';
import { ofRule, undecided } from './questions.ts';

export const checkOnceAboveHalt = (test: PolicyUnderTest): Finding[] =>
  test.outcome.rules.flatMap((outcome) =>
    [...outcome.wins.keys()].flatMap((action, at) => (action.slot.once ? checkAction(action, at, outcome, test) : [])),
  );

function checkAction(action: Action, at: number, outcome: RuleOutcome, test: PolicyUnderTest): Finding[] {
  for (const halting of test.outcome.rules.slice(outcome.rule.index + 1).filter(({ rule }) => rule.halt)) {
    const found = checkPair(action, at, { outcome, halting: halting.rule, halts: halting.matches }, test);
    if (found) return [found];
  }
  return [];
}

interface Pair {
  outcome: RuleOutcome;
  halting: Rule;
  halts: RuleOutcome['matches'];
}

function checkPair(
  action: Action,
  at: number,
  { outcome, halting, halts }: Pair,
  test: PolicyUnderTest,
): Finding | undefined {
  const { provided } = test.outcome;
  const won = outcome.wins.get(action) ?? test.formulas.false;
  const both = [won, provided.get(action.slot) ?? test.formulas.true, halts];
  const asked = test.ask(both, (decision) => matched(decision, outcome.rule) && matched(decision, halting));
  if (asked.can === 'no') return undefined;
  if (asked.can === 'unknown')
    return undecided(outcome, 'S8', `whether ${halting.id} may halt an order after ${action.action}`);
  const message = `${action.action} happens once and is not taken back, and ${halting.id} further down may still halt the order`;
  const suggestion = `move ${halting.id} above this rule`;
  return ofRule(outcome, { check: 'S8', severity: 'error', message, suggestion, witness: asked.witness }, `.do[${at}]`);
}
