import { describe, expect, it } from 'vitest';
import { runReturnTests, untestedReturnRules } from '../../../src/policy/returns/run-tests.ts';
import { shippedReturnsPolicy } from './shipped.ts';

describe('the tests of the shipped returns policy', () => {
  const policy = shippedReturnsPolicy();
  const results = runReturnTests(policy);

  it('pass, and leave no rule out', () => {
    expect(results.filter(({ passed }) => !passed).map(({ name, differences }) => [name, differences])).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(19);
    expect(untestedReturnRules(policy, results)).toEqual([]);
  });

  it('show the whole decision', () => {
    expect(results[4]?.decision).toMatchObject({
      policy: 'returns',
      factsHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      approval: 'auto',
      needs: ['evidence'],
      facts: { customer: { priorReturns: 0 } },
    });
  });
});

it('a test that fails tells each difference', () => {
  const policy = shippedReturnsPolicy((text) =>
    text.replace('customer.returnRateBp < 1000', 'customer.returnRateBp < 900'),
  );
  const failed = runReturnTests(policy).filter(({ passed }) => !passed);
  expect(failed.map(({ path, differences }) => [path, differences])).toEqual([
    [
      'tests[2]',
      [
        { path: 'expect.approval', expected: 'auto', found: 'manual' },
        { path: 'expect.refund', expected: 'before_return', found: 'after_inspection' },
      ],
    ],
  ]);
});
