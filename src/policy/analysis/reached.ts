// S4 and S5: rules and actions that can never win, and rules that lose a slot to others for some orders.

import type { Decision } from '../routing/decide.ts';
import type { Action } from '../routing/policy.ts';
import type { Finding } from './finding.ts';
import type { Formula } from './formula.ts';
import type { RuleOutcome } from './outcomes.ts';
import type { PolicyUnderTest } from './policy-under-test.ts';
import { byConstraints, ofRule, undecided } from './questions.ts';

export const checkUnused = ({ policy: { slots, rules } }: PolicyUnderTest): Finding[] =>
  slots
    .filter((slot) => !rules.some(({ actions }) => actions.some((action) => action.slot === slot)))
    .map(({ path }) => ({
      path,
      check: 'S4',
      severity: 'warning',
      message: 'no rule fills this slot',
      suggestion: 'drop it, or write the rule',
    }));

/** @param dead rules whose own condition is never true: told already */
export const checkReached = (test: PolicyUnderTest, dead: ReadonlySet<string>): Finding[] =>
  test.outcome.rules.filter(({ rule }) => !dead.has(rule.id)).flatMap((outcome) => checkRule(outcome, test));

function checkRule(outcome: RuleOutcome, test: PolicyUnderTest): Finding[] {
  const { matches, wins } = outcome;
  const can = test.can(matches);
  if (can === 'unknown') return [undecided(outcome, 'S4', 'whether the rule is ever reached')];
  if (can === 'no') {
    const message = `the rule is never reached: ${whyNot(outcome, test)}${byConstraints(test.because(matches))}`;
    return [ofRule(outcome, { check: 'S4', severity: 'error', message, suggestion: 'move it up, or drop it' })];
  }
  return [...wins].flatMap(([action, won], at) => checkAction({ action, won, below: `.do[${at}]` }, outcome, test));
}

interface Won {
  action: Action;
  won: Formula;
  /** Its place below the rule. */
  below: string;
}

function checkAction({ action, won, below }: Won, outcome: RuleOutcome, test: PolicyUnderTest): Finding[] {
  const { slot, key } = action;
  const what = slot.exclusive ? `the slot ${slot.name}` : `the key ${key} of ${slot.name}`;
  const can = test.can(won);
  if (can === 'unknown') return [undecided(outcome, 'S4', `whether the rule ever wins ${what}`)];
  if (can === 'yes')
    return [...checkNeeds({ action, won, below }, outcome, test), ...checkShadow(action, below, outcome, test)];
  const message = `${action.action} ${key} never happens: whenever the rule matches, ${rivals(outcome, test, action)} has ${what} already${byConstraints(test.because(won))}`;
  const suggestion = 'move the rule up, or drop the action';
  return [ofRule(outcome, { check: 'S4', severity: 'error', message, suggestion }, below)];
}

function checkNeeds(
  { action: { action, key, slot }, won, below }: Won,
  outcome: RuleOutcome,
  test: PolicyUnderTest,
): Finding[] {
  const goals = [won, test.outcome.provided.get(slot) ?? test.formulas.true];
  const can = test.can(...goals);
  const needed = slot.needs.map(({ name }) => name).join(', ');
  if (can === 'yes') return [];
  if (can === 'unknown')
    return [undecided(outcome, 'S4', `whether ${needed} can be filled where the rule wins ${slot.name}`)];
  const message = `${action} ${key} never happens: whenever the rule wins ${slot.name}, not all of ${needed} that it needs are filled${byConstraints(test.because(...goals))}`;
  return [
    ofRule(outcome, { check: 'S4', severity: 'error', message, suggestion: `fill ${needed} for these orders` }, below),
  ];
}

function checkShadow({ slot }: Action, below: string, outcome: RuleOutcome, test: PolicyUnderTest): Finding[] {
  const { rule, matches, taken } = outcome;
  const winner = ({ trace }: Decision): string | undefined =>
    trace[rule.index]?.suppressed?.find((one) => one.slot === slot.name)?.by;
  const filled = taken.get(slot) ?? test.formulas.false;
  const asked = test.ask([matches, filled], (decision) => winner(decision) !== undefined);
  if (asked.can === 'no') return [];
  if (asked.can === 'unknown') {
    const message = `it could not be decided whether the rule loses ${slot.name} to another for some orders`;
    return [ofRule(outcome, { check: 'S5', severity: 'info', unknown: true, message }, below)];
  }
  const by = winner(asked.witness.decision) ?? 'a rule above';
  const message = `for some orders ${by} has ${slot.name} already, and this rule gives way`;
  return [ofRule(outcome, { check: 'S5', severity: 'info', message, witness: asked.witness }, below)];
}

/** The rule above that alone keeps it out, or all that have a part in it. */
function whyNot(outcome: RuleOutcome, test: PolicyUnderTest): string {
  const { rule } = outcome;
  if (rule.when === 'otherwise') return 'its slots are always filled before it';
  const tier = test.policy.tiers.find(({ rules }) => rules.includes(rule));
  const keepsOut = (one: RuleOutcome): boolean =>
    one.rule.halt || (tier?.first === true && tier.rules.includes(one.rule));
  return `whenever its condition holds, ${named(outcome, test, keepsOut)} matches before it`;
}

const rivals = (outcome: RuleOutcome, test: PolicyUnderTest, { slot, key }: Action): string =>
  named(outcome, test, ({ rule }) =>
    rule.actions.some((one) => one.slot === slot && (slot.exclusive || one.key === key)),
  );

function named(
  { rule, condition }: RuleOutcome,
  test: PolicyUnderTest,
  takesPart: (one: RuleOutcome) => boolean,
): string {
  const above = test.outcome.rules.slice(0, rule.index).filter(takesPart);
  const alone = above.find((one) => test.can(condition, one.condition.not) === 'no');
  const all = alone ? [alone] : above.filter((one) => test.can(condition, one.condition) !== 'no');
  return all.map((one) => one.rule.id).join(' or ');
}
