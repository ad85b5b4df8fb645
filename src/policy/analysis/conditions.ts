// S3 and S12: conditions that are never or always true, and conditions that the checks cannot look into.
import type { Finding } from './finding.ts';
import type { RuleOutcome } from './outcomes.ts';
import { ofRule, type PolicyUnderTest, undecided } from './policy-under-test.ts';

export const checkConditions = (test: PolicyUnderTest): Finding[] =>
  test.outcome.rules.filter(({ rule }) => rule.when !== 'otherwise').flatMap((outcome) => checkTruth(outcome, test));

function checkTruth(outcome: RuleOutcome, test: PolicyUnderTest): Finding[] {
  const { condition } = outcome;
  const [can, canBeFalse] = [test.can(condition), test.can(condition.not)];
  if (can === 'unknown' || canBeFalse === 'unknown')
    return [undecided(outcome, 'S3', 'whether its condition can be true')];
  if (can === 'no') {
    const message = 'its condition is never true, whatever the order: the rule is dead';
    return [
      ofRule(
        outcome,
        { check: 'S3', severity: 'error', message, suggestion: 'correct the condition, or drop the rule' },
        '.when',
      ),
    ];
  }
  if (canBeFalse === 'yes') return [];
  const message = 'its condition is true of every order';
  return [
    ofRule(
      outcome,
      { check: 'S3', severity: 'warning', message, suggestion: 'write otherwise, or true, if that is meant' },
      '.when',
    ),
  ];
}

/** @param unknown rules about which a check could not decide: they need the author's word as well */
export const checkUnproven = ({ outcome: { rules } }: PolicyUnderTest, unknown: ReadonlySet<string>): Finding[] =>
  rules.flatMap((outcome) => {
    const { rule, open } = outcome;
    if (open.length > 0) return [unproven(outcome)];
    if (rule.acceptUnproven === undefined || unknown.has(rule.id)) return [];
    const message = 'there is nothing unproven about this rule';
    return [
      ofRule(
        outcome,
        { check: 'S12', severity: 'warning', message, suggestion: 'drop acceptUnproven' },
        '.acceptUnproven',
      ),
    ];
  });

function unproven(outcome: RuleOutcome): Finding {
  const { rule, open } = outcome;
  const what = `the checks cannot look into ${open.join(', ')}: an overlap that they find with this rule is possible, not proved`;
  if (rule.acceptUnproven !== undefined)
    return ofRule(
      outcome,
      { check: 'S12', severity: 'info', message: `${what}; accepted: ${rule.acceptUnproven}` },
      '.when',
    );
  const suggestion = 'compare with constants, in, or startsWith, or say acceptUnproven: <reason>';
  return ofRule(outcome, { check: 'S12', severity: 'error', message: what, suggestion }, '.when');
}
