// The size that the checks are made for: two hundred rules, made by a fixed seed, are checked without an "unknown".
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPolicy } from '../../../src/policy/analysis/check-policy.ts';
import { diffPolicies } from '../../../src/policy/analysis/diff-policies.ts';
import { policyOf } from '../small-policies.ts';

const word = (...words: string[]) => fc.constantFrom(...words).map((one) => JSON.stringify(one));
const join = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((all) => all.join(' '));
const fact = (name: string) => fc.constant(`order.${name}`);

const atom = fc.oneof(
  join(
    fact('payableMinor'),
    fc.constantFrom('<', '>='),
    fc.integer({ min: 1, max: 99 }).map((hundreds) => `${hundreds}000`),
  ),
  join(fact('currency'), fc.constant('=='), word('CNY', 'USD', 'EUR')),
  fc.integer({ min: 11, max: 65 }).map((province) => `order.shipDivision.startsWith("${province}")`),
  join(word('cold_chain', 'fragile', 'hazmat', 'battery'), fc.constant('in order.handling')),
  join(fact('customerTier'), fc.constant('=='), word('gold', 'silver', 'bronze')),
  join(fact('totalQuantity'), fc.constantFrom('<', '>='), fc.integer({ min: 1, max: 50 }).map(String)),
  join(fact('paymentStatus'), fc.constant('=='), word('paid', 'authorized', 'unpaid')),
);
const when = fc.array(atom, { minLength: 2, maxLength: 4 }).map((atoms) => atoms.join(' && '));

const reason = { en: 'because', zh: '因为' };

function policyOfSize(hit: 'all' | 'first', perTier: number, seed: number) {
  const rules = fc.sample(when, { numRuns: 200, seed }).map((text, at) => ({
    id: `r${at}`,
    when: text,
    do: [{ slot: 'warehouse', action: 'warehouse.lock', key: `W${(at % 3) + 1}` }],
    reason,
  }));
  const tiers = Array.from({ length: rules.length / perTier }, (_, at) => ({
    id: `t${at}`,
    hit,
    rules: rules.slice(at * perTier, (at + 1) * perTier),
  }));
  return policyOf({ policy: 'routing', slots: { warehouse: { kind: 'exclusive' } }, tiers });
}

describe.each([
  ['first', 200],
  ['first', 10],
  ['all', 10],
  ['all', 200],
] as const)('200 rules, hit: %s, %d in a tier', (hit, perTier) => {
  const [one, other] = [1, 2].map((seed) => policyOfSize(hit, perTier, seed)) as [
    ReturnType<typeof policyOf>,
    ReturnType<typeof policyOf>,
  ];

  it('are checked', () => {
    const findings = checkPolicy(one);
    expect(findings.length).toBeGreaterThan(0);
    expect(findings.filter(({ unknown }) => unknown)).toEqual([]);
    expect(findings.filter(({ witness }) => witness?.verdict === 'possible')).toEqual([]);
  });

  it('are compared', () => {
    expect(diffPolicies(one, one, () => undefined).verdict).toBe('equivalent');
    const { verdict, parts } = diffPolicies(one, other, () => undefined);
    expect(verdict).toBe('different');
    // Of versions that have no rule in common a few may stay unknown, and are named.
    expect(parts.flatMap(({ unknown }) => unknown).length).toBeLessThan(10);
  });
});
