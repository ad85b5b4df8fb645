// All static checks of one returns policy, the gravest finding first.
import { checkConditions, checkUnproven, type Judged, waived } from '../../analysis/conditions.ts';
import { checkConstraints, checkContradiction } from '../../analysis/constraints.ts';
import { byGravity, type Finding } from '../../analysis/finding.ts';
import { byConstraints, ofRule, Questions, undecided } from '../../analysis/questions.ts';
import { type Expression, partsOf } from '../../condition/expression.ts';
import { evaluateReturn, type ReturnDecision } from '../decide.ts';
import { dryRun } from '../dry-run.ts';
import { returnFacts } from '../facts.ts';
import { type Grant, type ReturnsPolicy, rulesOf } from '../policy.ts';
import { runReturnTests, untestedReturnRules } from '../run-tests.ts';
import { approvals, refundTimings, relax, sameTerms, type Terms, tighten } from '../terms.ts';
import { expressionsOf, outcomesOf } from './outcomes.ts';

export type ReturnFinding = Finding<ReturnDecision>;

export function checkReturnsPolicy(policy: ReturnsPolicy): ReturnFinding[] {
  const test = new Questions({
    table: returnFacts,
    expressions: expressionsOf(policy),
    constraints: policy.constraints,
    decide: (facts) => evaluateReturn(policy, dryRun(policy, facts)),
  });
  const contradiction = checkContradiction(test, 'return');
  if (contradiction) return [contradiction];
  const { rules } = outcomesOf(policy, { formulas: test.formulas, lower: (one) => test.lower(one) });
  const found: ReturnFinding[] = [
    ...checkConstraints(test, 'return'),
    ...checkConditions(rules, 'return', test),
    ...checkGrants(policy, rules, test),
    ...checkTightening(policy),
    ...checkThresholds(policy),
    ...checkTests(policy, rules, test),
  ];
  return [...found, ...checkUnproven(rules, waived(found))].sort(byGravity);
}

type Test = Questions<ReturnDecision>;

/** S4: a grant that never relaxes anything. */
function checkGrants(policy: ReturnsPolicy, rules: readonly Judged[], test: Test): ReturnFinding[] {
  const conditionOf = ({ id }: Grant) => rules.find(({ rule }) => rule.id === id)?.condition ?? test.formulas.false;
  return policy.grants.flatMap((rule) => {
    const { gives, subjectTo } = rule;
    const suggestion = 'drop it, or let it give more';
    if (sameTerms(relax(policy.baseline, gives), policy.baseline))
      return [
        ofRule<ReturnDecision>(
          { rule },
          { check: 'S4', severity: 'error', message: 'gives nothing that the baseline does not', suggestion },
          '.gives',
        ),
      ];
    if (test.can(conditionOf(rule)) !== 'yes') return [];
    const others = policy.grants.filter(
      (one) =>
        one !== rule &&
        one.subjectTo.every((need) => subjectTo.includes(need)) &&
        sameTerms(relax(relax(policy.baseline, one.gives), gives), relax(policy.baseline, one.gives)),
    );
    const goals = [conditionOf(rule), test.formulas.or(others.map(conditionOf)).not];
    const alone = test.can(...goals);
    if (alone === 'yes') return [];
    if (alone === 'unknown') return [undecided({ rule }, 'S4', 'whether it ever gives more than others')];
    const message = `never gives anything: whenever it matches, ${others.map(({ id }) => id).join(' or ')} gives as much${byConstraints(test.because(...goals))}`;
    return [ofRule<ReturnDecision>({ rule }, { check: 'S4', severity: 'error', message, suggestion })];
  });
}

/** S4: a rule that is there to tighten, and leaves even the loosest terms as they are. */
function checkTightening({ baseline, requirements, gates, breakers }: ReturnsPolicy): ReturnFinding[] {
  const loosest: Terms = { approval: approvals[0], refund: refundTimings[0], needs: baseline.needs };
  const rules = [
    ...requirements.map((rule) => ({ rule, caps: { needs: rule.needs } })),
    ...gates.map((rule) => ({ rule, caps: { ...rule.caps, needs: rule.needs } })),
    ...breakers.map((rule) => ({ rule, caps: rule.caps })),
  ];
  return rules
    .filter(({ caps }) => sameTerms(tighten(loosest, caps), loosest))
    .map(({ rule }) => {
      const message = 'tightens nothing: what it asks for holds of every return already';
      const suggestion = 'drop it, or let it cap or ask for more';
      return ofRule<ReturnDecision>({ rule }, { check: 'S4', severity: 'error', message, suggestion });
    });
}

/** What a definition names as a threshold stands in a condition, or the document says two things. */
function checkThresholds({ define, ...policy }: ReturnsPolicy): ReturnFinding[] {
  const expected: [path: string, fact: string, value: number][] = [
    ['define.concentration.minItems', 'customer.highPriceItems', define.concentration.minItems],
    [
      'define.concentration.highPriceAmountShareBpGte',
      'customer.highPriceShareBp',
      define.concentration.highPriceAmountShareBpGte,
    ],
    [
      'define.addressChanges.distinctDivisionsOrStreetsGte',
      'customer.addressChanges',
      define.addressChanges.distinctDivisionsOrStreetsGte,
    ],
  ];
  const compared = rulesOf({ define, ...policy }).flatMap(({ when }) => comparisonsIn(when.expression));
  return expected
    .filter(([, fact, value]) => !compared.includes(`${fact} ${value}`))
    .map(([path, fact, value]): ReturnFinding => {
      const message = `is ${value}, and no condition compares ${fact} with it`;
      return { path, check: 'S1', severity: 'warning', message, suggestion: 'write the number that the condition has' };
    });
}

function comparisonsIn(expression: Expression): string[] {
  const inner = partsOf(expression).flatMap(comparisonsIn);
  if (expression.op !== 'compare') return inner;
  const sides = [expression.left, expression.right];
  const fact = sides.find((side) => side.op === 'fact');
  const literal = sides.find((side) => side.op === 'literal');
  return fact?.op === 'fact' && literal?.op === 'literal' ? [...inner, `${fact.fact.path} ${literal.value}`] : inner;
}

/** S13: the tests pass, and every rule counts in one of them; for a rule without, one is offered. */
function checkTests(policy: ReturnsPolicy, rules: readonly Judged[], test: Test): ReturnFinding[] {
  const results = runReturnTests(policy);
  const failed = results.flatMap(({ name, path, differences }) =>
    differences.map((one): ReturnFinding => {
      const message = `the test "${name}" expects ${textOf(one.expected)}, and the policy decides ${textOf(one.found)}`;
      return { path: `${path}.${one.path}`, check: 'S13', severity: 'error', message };
    }),
  );
  const untested = untestedReturnRules(policy, results).map((rule) => {
    const condition = rules.find((one) => one.rule.id === rule.id)?.condition ?? test.formulas.false;
    const asked = test.ask([condition], () => true);
    const told = {
      check: 'S13',
      severity: 'warning',
      message: 'no test has a return that this rule counts for',
    } as const;
    if (asked.can !== 'yes') return ofRule<ReturnDecision>({ rule }, told);
    const { facts, decision } = asked.witness;
    if (!rule.when.holds(facts)) return ofRule<ReturnDecision>({ rule }, told);
    return ofRule<ReturnDecision>(
      { rule },
      { ...told, suggestion: `if it is right so, add: ${offered(rule.id, asked.witness.unusual, decision)}` },
    );
  });
  return [...failed, ...untested];
}

const textOf = (value: string | readonly string[]): string =>
  typeof value === 'string' ? value : `[${value.join(', ')}]`;

/** A line of YAML for `tests:`. */
function offered(id: string, unusual: readonly [path: string, value: unknown][], decision: ReturnDecision): string {
  const facts: Record<string, Record<string, unknown>> = {};
  for (const [path, value] of unusual) {
    const [group = '', member = ''] = path.split('.');
    facts[group] = { ...facts[group], [member]: value };
  }
  const { approval, refund, needs, level, flags } = decision;
  const expect = { approval, refund, needs, level, flags: flags.map((one) => one.id) };
  return `- ${JSON.stringify({ name: `${id} counts`, facts, expect })}`;
}
