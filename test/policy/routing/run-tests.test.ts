import { describe, expect, it } from 'vitest';
import { runTests, untestedRules } from '../../../src/policy/routing/run-tests.ts';
import { shippedPolicy } from './shipped.ts';

describe('the tests of the shipped policy', () => {
  const policy = shippedPolicy();
  const results = runTests(policy);

  it('pass, and leave no rule out', () => {
    expect(results.filter(({ passed }) => !passed)).toEqual([]);
    expect(results.length).toBeGreaterThanOrEqual(policy.rules.length);
    expect(untestedRules(policy, results)).toEqual([]);
  });

  it('show the whole decision', () => {
    expect(results[1]?.decision).toMatchObject({
      policy: 'routing',
      factsHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      haltedBy: 'risk-hold',
      effects: [{ slot: 'flow' }, { slot: 'notify', onceKey: 'notify/ord_1/supervisor/1' }],
      facts: { order: { riskStatus: 'review', lineCount: 1 } },
    });
  });
});

it('a test that fails tells each difference', () => {
  const policy = shippedPolicy((text) => text.replace('>= 50000', '>= 60000').replace('halt: true', 'halt: false'));
  const failed = runTests(policy).filter(({ passed }) => !passed);
  expect(
    failed.map(({ path, differences }) => [path, differences.map((one) => [one.path, one.expected, one.found])]),
  ).toEqual([
    [
      'tests[0]',
      [
        ['expect.tags', ['vip'], null],
        ['expect.benefits', ['after-sale-card'], null],
      ],
    ],
    [
      'tests[1]',
      [
        ['haltedBy', 'risk-hold', null],
        ['expect.warehouse', null, 'WH-COLD-01'],
        ['expect.logistics', null, 'default'],
      ],
    ],
    [
      'tests[2]',
      [
        ['haltedBy', 'risk-hold', null],
        ['expect.warehouse', null, 'nearest'],
      ],
    ],
    [
      'tests[3]',
      [
        ['haltedBy', 'risk-hold', null],
        ['expect.warehouse', null, 'nearest'],
        ['expect.logistics', null, 'default'],
      ],
    ],
    [
      'tests[7]',
      [
        ['expect.tags', ['vip'], null],
        ['expect.benefits', ['after-sale-card'], null],
      ],
    ],
  ]);
});

it('the order of a set and an empty set are no difference', () => {
  const policy = shippedPolicy((text) =>
    text.replace('expect: { warehouse: nearest }', 'expect: { warehouse: nearest, tags: [] }'),
  );
  expect(runTests(policy).every(({ passed }) => passed)).toBe(true);
});
