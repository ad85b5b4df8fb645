// The proofs assume the constraints: overlaps that they exclude are gone, rules that they kill are dead, and no order that keeps them says otherwise.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPolicy } from '../../../src/policy/analysis/check-policy.ts';
import { diffPolicies } from '../../../src/policy/analysis/diff-policies.ts';
import type { Finding } from '../../../src/policy/analysis/finding.ts';
import { brokenBy } from '../../../src/policy/constraints.ts';
import type { Facts } from '../../../src/policy/facts.ts';
import { decide } from '../../../src/policy/routing/decide.ts';
import type { RoutingPolicy } from '../../../src/policy/routing/policy.ts';
import { keysIn } from '../../../src/policy/routing/run-tests.ts';
import { constrainedPolicy, openlyConstrainedPolicy, policyOf } from '../small-policies.ts';
import { everyOrder, someOrders } from '../small-world.ts';

const reason = { en: 'because', zh: '因为' };
const lock = (key: string) => ({ slot: 'warehouse', action: 'warehouse.lock', key });

interface Written {
  constraints?: object[];
  rules: { id: string; when: string; key?: string; halt?: boolean; acceptUnproven?: string }[];
  totalWhen?: string;
}

const policyWith = ({ constraints, rules, totalWhen }: Written): RoutingPolicy =>
  policyOf({
    ...{ policy: 'routing', ...(constraints && { constraints }) },
    slots: { warehouse: { kind: 'exclusive', ...(totalWhen && { totalWhen }) } },
    tiers: [{ id: 't', rules: rules.map(({ key = 'W1', ...rule }) => ({ ...rule, do: [lock(key)], reason })) }],
  });
const told = (policy: RoutingPolicy): string[] =>
  checkPolicy(policy)
    .filter(({ check }) => check !== 'S13')
    .map(({ severity, check, path, message }) => `${severity} ${check} ${path}: ${message}`);

const euros = { id: 'euros', when: 'order.currency == "EUR"', must: 'order.shipCountry == "DE"' };
const overlapping = [
  { id: 'eur', when: 'order.currency == "EUR"' },
  { id: 'cn', when: 'order.shipCountry == "CN"', key: 'W2' },
];

describe('constraints', () => {
  it('remove an overlap that cannot be', () => {
    expect(told(policyWith({ rules: overlapping }))).toContainEqual(
      expect.stringMatching(/^error S6 .*eur, in the same/),
    );
    expect(told(policyWith({ rules: overlapping, constraints: [euros] }))).toEqual([]);
  });

  it('prove rules and actions dead, and are named as the cause', () => {
    const dead = { id: 'fr', when: 'order.currency == "EUR" && order.shipCountry == "FR"' };
    const free = { id: 'free', must: 'order.lineCount > 0' };
    expect(told(policyWith({ rules: [dead], constraints: [free, euros] }))).toEqual([
      'error S3 tiers[0].rules[0].when: its condition is never true, whatever the order: the rule is dead, by the constraint euros',
    ]);
    const below = [
      { id: 'de', when: 'order.shipCountry == "DE"', halt: true },
      { id: 'eur', when: 'order.currency == "EUR"' },
    ];
    expect(told(policyWith({ rules: below, constraints: [euros] }))).toEqual([
      'error S4 tiers[0].rules[1]: the rule is never reached: whenever its condition holds, de matches before it, by the constraint euros',
    ]);
    const always = [{ id: 'all', when: 'order.lineCount > 0' }];
    expect(told(policyWith({ rules: always, constraints: [free] }))).toEqual([
      'warning S3 tiers[0].rules[0].when: its condition is true of every order, by the constraint free',
    ]);
  });

  it('close gaps, and are kept by every witness', () => {
    const rules = [{ id: 'de', when: 'order.shipCountry == "DE"' }];
    const total = 'order.currency == "EUR"';
    expect(told(policyWith({ rules, totalWhen: total }))).toHaveLength(1);
    expect(told(policyWith({ rules, totalWhen: total, constraints: [euros] }))).toEqual([]);
    const findings = checkPolicy(policyWith({ rules, constraints: [{ id: 'e', must: 'order.currency == "EUR"' }] }));
    expect(findings.map(({ witness }) => Object.fromEntries(witness?.unusual ?? []))).toEqual([
      { 'order.currency': 'EUR', 'order.shipCountry': 'DE' },
    ]);
  });

  it('that contradict each other are told, and nothing else is', () => {
    const constraints = [
      { id: 'one', must: 'order.lineCount > 2' },
      { id: 'harmless', must: 'order.payableMinor > 2' },
      { id: 'two', must: 'order.lineCount < 3' },
    ];
    const policy = policyWith({ rules: overlapping, constraints });
    expect(checkPolicy(policy)).toEqual([
      {
        ...{ path: 'constraints', check: 'S3', severity: 'error', suggestion: 'correct or drop one of them' },
        message: 'no order keeps the constraints one, two together: nothing would ever be decided',
      },
    ]);
    const alone = [{ id: 'never', must: 'order.lineCount > 2 && order.lineCount < 2' }];
    expect(told(policyWith({ rules: overlapping, constraints: alone }))).toEqual([
      'error S3 constraints[0]: no order keeps the constraint never: nothing would ever be decided',
    ]);
  });

  it('that say nothing are warned of', () => {
    const constraints = [{ id: 'idle', when: 'order.lineCount < 0', must: 'order.onHold' }];
    expect(told(policyWith({ rules: [{ id: 'a', when: 'order.onHold' }], constraints }))).toEqual([
      'warning S3 constraints[0]: says nothing: every order keeps it',
    ]);
  });

  it('outside what the checks look into need a word, and make no proof', () => {
    const open = { id: 'open', when: 'order.currency == "EUR"', must: 'order.number.contains("-DE-")' };
    const rules = [{ id: 'a', when: 'order.currency == "EUR" && !order.number.contains("-DE-")' }];
    expect(told(policyWith({ rules, constraints: [open] }))).toContainEqual(
      expect.stringMatching(/^error S12 constraints\[0\]: the checks cannot look into order\.number\.contains/),
    );
    const accepted = [{ ...open, acceptUnproven: 'numbers are made by one system' }];
    const both = told(policyWith({ rules: overlapping, constraints: accepted }));
    expect(both).toContainEqual(expect.stringMatching(/^info S12 constraints\[0\]: .*; accepted: numbers are made/));
    expect(both).toContainEqual(expect.stringMatching(/^error S6/));
    expect(told(policyWith({ rules: overlapping, constraints: [{ ...euros, acceptUnproven: 'x' }] }))).toEqual([
      'warning S12 constraints[0].acceptUnproven: there is nothing unproven about this constraint',
    ]);
  });
});

const isKept = (policy: RoutingPolicy, facts: Facts): boolean => brokenBy(facts, policy).length === 0;

/** Of a rule or an action of which a check says "never". */
function happens(policy: RoutingPolicy, { path, rule }: Finding, orders: readonly Facts[]): boolean {
  const at = policy.rules.findIndex(({ id }) => id === rule);
  const action = /\.do\[(\d+)\]$/.exec(path)?.[1];
  const { slot, key } = policy.rules[at]?.actions[Number(action)] ?? {};
  return orders.some((facts) => {
    const { status, suppressed = [], blocked = [] } = decide(policy, facts).trace[at] ?? {};
    const lost = suppressed.some((one) => one.slot === slot?.name && one.key === key);
    return status === 'matched' && !lost && !blocked.some((one) => one.slot === slot?.name);
  });
}

const isNever = ({ check, severity, unknown, path }: Finding): boolean =>
  (check === 'S3' || check === 'S4') && severity === 'error' && !unknown && !path.startsWith('constraints');

describe('for every policy with constraints of the small world', () => {
  it('no "never" is contradicted by an order that keeps them, and every witness keeps them', () => {
    fc.assert(
      fc.property(constrainedPolicy, (policy) => {
        const kept = someOrders.filter((facts) => isKept(policy, facts));
        const findings = checkPolicy(policy);
        if (findings.some(({ message }) => message.includes('nothing would ever be decided')))
          expect(everyOrder.some((facts) => isKept(policy, facts))).toBe(false);
        for (const finding of findings) {
          const { witness } = finding;
          if (witness) expect([witness.verdict, isKept(policy, witness.facts)]).toEqual(['confirmed', true]);
          if (isNever(finding)) expect(happens(policy, finding, kept)).toBe(false);
        }
      }),
      { numRuns: 80 },
    );
  });

  it('a constraint that the analysis cannot look into makes no "never" wrong', () => {
    fc.assert(
      fc.property(openlyConstrainedPolicy, (policy) => {
        const kept = someOrders.filter((facts) => isKept(policy, facts));
        for (const finding of checkPolicy(policy)) {
          const { witness } = finding;
          if (finding.message.includes('nothing would ever be decided')) expect(kept).toEqual([]);
          if (witness?.verdict === 'confirmed') expect(isKept(policy, witness.facts)).toBe(true);
          if (isNever(finding)) expect(happens(policy, finding, kept)).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('a difference of two versions is proved or shown, also where only their constraints differ', () => {
    fc.assert(
      fc.property(constrainedPolicy, constrainedPolicy, fc.boolean(), (first, other, only) => {
        const second = only ? { ...first, constraints: other.constraints } : other;
        const { verdict, parts } = diffPolicies(first, second, () => undefined);
        const differs = someOrders.some((facts) => content(first, facts) !== content(second, facts));
        if (verdict === 'equivalent') expect(differs).toBe(false);
        for (const { facts } of parts.flatMap(({ changes }) => changes))
          expect(content(first, facts)).not.toBe(content(second, facts));
        if (only && differs)
          expect(parts.filter((part) => part.verdict !== 'equivalent').map(({ part }) => part)).toEqual([
            'constraints',
          ]);
      }),
      { numRuns: 120 },
    );
  });
});

/** What a decision comes to, whoever proposed it; without one, that there is none. */
function content(policy: RoutingPolicy, facts: Facts): string {
  if (!isKept(policy, facts)) return 'aborted';
  const { haltedBy, slots } = decide(policy, facts);
  const filled = Object.entries(slots).map(([name, slot]) => [name, [keysIn(slot)].flat().sort()]);
  return JSON.stringify([haltedBy !== null, filled.sort()]);
}

describe('a difference', () => {
  const rules = [{ id: 'held', when: 'order.onHold' }];
  const blocked = { id: 'blocked', when: 'order.riskStatus == "blocked"', must: 'order.onHold' };

  it('of constraints alone is told with an order that only one version decides', () => {
    const { verdict, parts } = diffPolicies(
      policyWith({ rules }),
      policyWith({ rules, constraints: [blocked] }),
      () => undefined,
    );
    expect(verdict).toBe('different');
    expect(parts.map(({ part, verdict: one, changes }) => [part, one, changes.length])).toEqual([
      ['constraints', 'different', 1],
      ['halted', 'equivalent', 0],
      ['warehouse', 'equivalent', 0],
    ]);
    expect(parts[0]?.changes).toMatchObject([
      {
        ...{ before: ['decided'], after: ['aborted by blocked'] },
        unusual: [['order.riskStatus', 'blocked']],
      },
    ]);
  });

  it('of words alone is none', () => {
    const reworded = { id: 'other', must: 'order.onHold || order.riskStatus in ["none", "review"]' };
    const before = policyWith({ rules, constraints: [blocked] });
    expect(diffPolicies(before, policyWith({ rules, constraints: [reworded] }), () => undefined).verdict).toBe(
      'equivalent',
    );
  });

  it('only of orders that neither decides is none of the rules', () => {
    const never = [...rules, { id: 'more', when: 'order.riskStatus == "blocked" && !order.onHold' }];
    const [before, after] = [rules, never].map((some) => policyWith({ rules: some, constraints: [blocked] }));
    expect(diffPolicies(before as RoutingPolicy, after as RoutingPolicy, () => undefined).verdict).toBe('equivalent');
  });
});
