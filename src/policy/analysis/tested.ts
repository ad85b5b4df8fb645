// S13: the tests that a policy carries pass, and every rule has one; for a rule without, one is offered.
import { keysIn, runTests, type TestResult, untestedRules } from '../routing/run-tests.ts';
import type { Finding, Witness } from './finding.ts';
import { matched, type PolicyUnderTest } from './policy-under-test.ts';
import { ofRule } from './questions.ts';

export function checkTests(test: PolicyUnderTest): Finding[] {
  const results = runTests(test.policy);
  const failed = results.filter(({ passed }) => !passed).flatMap(failures);
  const untested = untestedRules(test.policy, results).map((rule): Finding => {
    const outcome = test.outcome.rules[rule.index];
    const asked = test.ask([outcome?.matches ?? test.formulas.false], (decision) => matched(decision, rule));
    const message = 'no test has an order that this rule matches';
    if (asked.can !== 'yes' || asked.witness.verdict === 'possible')
      return ofRule({ rule }, { check: 'S13', severity: 'warning', message });
    const suggestion = `if it is right so, add: ${offeredTest(`${rule.id} matches`, asked.witness)}`;
    return ofRule({ rule }, { check: 'S13', severity: 'warning', message, suggestion, witness: asked.witness });
  });
  return [...failed, ...untested];
}

const failures = ({ name, path, differences }: TestResult): Finding[] =>
  differences.map((one) => ({
    path: `${path}.${one.path}`,
    check: 'S13',
    severity: 'error',
    message: `the test "${name}" expects ${keysText(one.expected)}, and the policy decides ${keysText(one.found)}`,
  }));

export const keysText = (keys: string | readonly string[] | null): string =>
  keys === null ? 'nothing' : typeof keys === 'string' ? keys : `[${keys.join(', ')}]`;

/** A line of YAML for `tests:`. */
function offeredTest(name: string, { unusual, decision: { slots, haltedBy } }: Witness): string {
  const order = Object.fromEntries(unusual.map(([path, value]) => [path.slice(path.indexOf('.') + 1), value]));
  const expect = Object.fromEntries(Object.entries(slots).map(([slot, placed]) => [slot, keysIn(placed)]));
  return `- ${JSON.stringify({ name, facts: { order }, ...(haltedBy !== null && { haltedBy }), expect })}`;
}
