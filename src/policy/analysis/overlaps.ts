// S6: two rules of one tier that want one exclusive slot for the same order, and want different things.
import type { Decision } from '../routing/decide.ts';
import type { Rule, Slot } from '../routing/policy.ts';
import type { Finding } from './finding.ts';
import type { RuleOutcome } from './outcomes.ts';
import { matched, type PolicyUnderTest } from './policy-under-test.ts';
import { ofRule, undecided } from './questions.ts';
import type { Answer } from './solve.ts';

export const checkOverlaps = (test: PolicyUnderTest): Finding[] =>
  test.policy.tiers
    .filter(({ first }) => !first)
    .flatMap(({ rules }) => rules.flatMap((rule, at) => checkRule(rule, rules.slice(0, at), test)));

interface Rivals {
  slot: Slot;
  /** Rules that can match together with this one. */
  rules: readonly RuleOutcome[];
  /** Rules about which the steps did not suffice. */
  unsure: readonly RuleOutcome[];
}

/** One finding a rule and slot: the first rival is shown, the others are named. */
function checkRule(rule: Rule, before: readonly Rule[], test: PolicyUnderTest): Finding[] {
  const outcome = outcomeOf(rule, test);
  return rule.exclusive.flatMap((slot) => {
    const others = before.filter((one) => wantsOther(one, rule, slot)).map((one) => outcomeOf(one, test));
    const answers = others.map((one) => ({ one, can: test.can(one.matches, outcome.matches) }));
    const having = (wanted: Answer['can']) => answers.flatMap(({ one, can }) => (can === wanted ? [one] : []));
    return tell(outcome, { slot, rules: having('yes'), unsure: having('unknown') }, test);
  });
}

const outcomeOf = ({ index }: Rule, test: PolicyUnderTest): RuleOutcome => test.outcome.rules[index] as RuleOutcome;

function wantsOther(a: Rule, b: Rule, slot: Slot): boolean {
  const [first, second] = [a, b].map(({ actions }) => actions.find((one) => one.slot === slot)?.value);
  return first !== undefined && first !== second;
}

function tell(outcome: RuleOutcome, { slot, rules, unsure }: Rivals, test: PolicyUnderTest): Finding[] {
  const names = (of: readonly RuleOutcome[]): string => of.map(({ rule }) => rule.id).join(', ');
  const question = `whether it wants ${slot.name} together with ${names(unsure)}`;
  const found = unsure.length === 0 ? [] : [undecided(outcome, 'S6', question)];
  const [first, ...others] = rules;
  const asked = first && test.ask([first.matches, outcome.matches], bothMatched(first.rule, outcome.rule));
  if (first === undefined || asked?.can !== 'yes') return found;
  const { witness } = asked;
  const more = others.length === 0 ? '' : `; so can ${names(others)}`;
  const accepted = witness.verdict === 'possible' && outcome.rule.acceptUnproven !== undefined;
  const message = `${first.rule.id}, in the same tier, can want ${slot.name} for the same order, and for something else${more}`;
  const suggestion =
    'say hit: first in the tier if their order is meant to decide, or make the conditions exclude each other';
  return [
    ...found,
    ofRule(outcome, { check: 'S6', severity: accepted ? 'warning' : 'error', message, suggestion, witness }),
  ];
}

const bothMatched =
  (first: Rule, second: Rule) =>
  (decision: Decision): boolean =>
    matched(decision, first) && matched(decision, second);
