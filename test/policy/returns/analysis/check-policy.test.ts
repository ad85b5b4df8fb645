import { describe, expect, it } from 'vitest';
import { checkReturnsPolicy } from '../../../../src/policy/returns/analysis/check-policy.ts';
import { shippedReturnsPolicy } from '../shipped.ts';

const found = (...edits: [from: string, to: string][]) =>
  checkReturnsPolicy(
    shippedReturnsPolicy((text) =>
      edits.reduce((all, [from, to]) => {
        expect(all).toContain(from);
        return all.replace(from, to);
      }, text),
    ),
  ).map(
    ({ severity, check, path, rule, message }) => `${severity} ${check} ${path}${rule ? ` (${rule})` : ''}: ${message}`,
  );

describe('the checks of a returns policy', () => {
  it('find nothing wrong with the shipped one', () => {
    expect(found()).toEqual([]);
  });

  it('prove that a rule is dead, or always true', () => {
    const dead = found(['customer.returnsInMonth >= 5', 'customer.returnsInMonth >= 5 && customer.returnsInMonth < 3']);
    expect(dead).toContain(
      'error S3 gates[0].when (monthly-count): its condition is never true, whatever the return: the rule is dead',
    );
    const always = found(['customer.lifetimeSpendMinor >= 500000', 'customer.lifetimeSpendMinor >= 0']);
    expect(always).toContain('warning S3 grants[1].when (loyal-spend): its condition is true of every return');
    const breaker = found([
      'tripWhen: customer.highPriceItems >= 3',
      'tripWhen: customer.highPriceItems >= 3 && customer.highPriceItems < 3',
    ]);
    expect(breaker[0]).toMatch(/^error S3 breakers\[0\]\.tripWhen/);
  });

  it('prove that a grant never gives anything', () => {
    expect(
      found([
        'gives: { approval: auto, refund: on_receipt }\n    reason: { zh: 累计',
        'gives: { approval: manual }\n    reason: { zh: 累计',
      ]),
    ).toContain('error S4 grants[1].gives (loyal-spend): gives nothing that the baseline does not');
    const covered = found([
      'customer.lifetimeSpendMinor >= 500000',
      'customer.returnRateKnown && customer.returnRateBp < 500',
    ]);
    expect(covered).toContain(
      'error S4 grants[1] (loyal-spend): never gives anything: whenever it matches, low-return-rate gives as much',
    );
  });

  it('prove that a rule which is to tighten does not', () => {
    const nothing = 'tightens nothing: what it asks for holds of every return already';
    expect(
      found([
        'caps: { approval: manual, refund: on_receipt }\n    reason: { zh: 本月',
        'caps: { approval: auto }\n    reason: { zh: 本月',
      ]),
    ).toContain(`error S4 gates[0] (monthly-count): ${nothing}`);
    expect(
      found(['caps: { refund: on_receipt }\n    coolDown', 'caps: { refund: before_return }\n    coolDown']),
    ).toContain(`error S4 breakers[1] (shop-refund-first-loss): ${nothing}`);
    expect(found(['refund: after_inspection, needs: [] }', 'refund: after_inspection, needs: [evidence] }'])).toContain(
      `error S4 requirements[0] (first-return): ${nothing}`,
    );
  });

  it('tell a threshold that is written in two ways', () => {
    expect(found(['minItems: 3', 'minItems: 4'])).toEqual([
      'warning S1 define.concentration.minItems: is 4, and no condition compares customer.highPriceItems with it',
    ]);
  });

  it('look into what they can, and say what they cannot', () => {
    expect(
      found(['customer.returnsInMonth >= 5', 'customer.returnsInMonth >= 5 || request.reason.contains("x")']),
    ).toContainEqual(
      expect.stringMatching(
        /^error S12 gates\[0\]\.when \(monthly-count\): the checks cannot look into request\.reason\.contains/,
      ),
    );
  });

  it('find tests that fail, and offer one for a rule that has none', () => {
    const text = (all: string) => all.slice(0, all.indexOf('tests:'));
    const findings = checkReturnsPolicy(shippedReturnsPolicy(text));
    expect(findings.map(({ rule, check, severity }) => [rule, check, severity])).toHaveLength(8);
    const offered = findings.map(({ suggestion }) => suggestion?.replace('if it is right so, add: ', '  '));
    const whole = shippedReturnsPolicy((all) => `${text(all)}tests:\n${offered.join('\n')}\n`);
    expect(checkReturnsPolicy(whole)).toEqual([]);
    expect(
      found([
        'expect: { approval: auto, refund: before_return, grants',
        'expect: { approval: manual, refund: before_return, grants',
      ]),
    ).toEqual([
      'error S13 tests[0].expect.approval: the test "a rate of 5 % is refunded first" expects manual, and the policy decides auto',
    ]);
  });
});
