// S3 and S12: conditions that are never or always true, and conditions that the checks cannot look into.
import type { Finding } from './finding.ts';
import type { Formula } from './formula.ts';
import { type About, byConstraints, ofRule, type Questions, undecided } from './questions.ts';

/** A rule with its condition as a formula. */
export interface Judged extends About {
  condition: Formula;
  /** What the checks cannot look into. */
  open: readonly string[];
  /** Where the condition stands below the rule. */
  below: string;
}

type Test = Pick<Questions<unknown>, 'can' | 'because'>;

/** @param what is judged by the conditions: order, return */
export const checkConditions = (judged: readonly Judged[], what: string, test: Test): Finding<never>[] =>
  judged.flatMap((outcome) => checkTruth(outcome, what, test));

function checkTruth(outcome: Judged, what: string, test: Test): Finding<never>[] {
  const { condition } = outcome;
  const [can, canBeFalse] = [test.can(condition), test.can(condition.not)];
  if (can === 'unknown' || canBeFalse === 'unknown')
    return [undecided(outcome, 'S3', 'whether its condition can be true')];
  if (can === 'no') {
    const message = `its condition is never true, whatever the ${what}: the rule is dead${byConstraints(test.because(condition))}`;
    return [
      ofRule(
        outcome,
        { check: 'S3', severity: 'error', message, suggestion: 'correct the condition, or drop the rule' },
        outcome.below,
      ),
    ];
  }
  if (canBeFalse === 'yes') return [];
  const message = `its condition is true of every ${what}${byConstraints(test.because(condition.not))}`;
  return [
    ofRule(
      outcome,
      { check: 'S3', severity: 'warning', message, suggestion: 'write otherwise, or true, if that is meant' },
      outcome.below,
    ),
  ];
}

/** Rules about which a check could not decide, or found what is only possible: they need the author's word as well. */
export const waived = (found: readonly Finding<unknown>[]): Set<string> =>
  new Set(
    found.flatMap(({ unknown, witness, rule }) =>
      rule !== undefined && (unknown || witness?.verdict === 'possible') ? [rule] : [],
    ),
  );

/** @param unknown of `waived` */
export const checkUnproven = (judged: readonly Judged[], unknown: ReadonlySet<string>): Finding<never>[] =>
  judged.flatMap((outcome) => {
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

function unproven(outcome: Judged): Finding<never> {
  const { rule, open, below } = outcome;
  const what = `the checks cannot look into ${open.join(', ')}: an overlap that they find with this rule is possible, not proved`;
  if (rule.acceptUnproven !== undefined)
    return ofRule(
      outcome,
      { check: 'S12', severity: 'info', message: `${what}; accepted: ${rule.acceptUnproven}` },
      outcome.below,
    );
  const suggestion = 'compare with constants, in, or startsWith, or say acceptUnproven: <reason>';
  return ofRule(outcome, { check: 'S12', severity: 'error', message: what, suggestion }, below);
}
