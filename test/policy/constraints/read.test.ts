// What may be written as a constraint, and every fault of it by its place.
import { describe, expect, it } from 'vitest';
import { loadReturnsPolicy } from '../../../src/policy/returns/load.ts';
import { activeRouting } from '../../../src/policy/routing/active.ts';
import { decide } from '../../../src/policy/routing/decide.ts';
import { loadRoutingPolicy } from '../../../src/policy/routing/load.ts';
import { read } from '../../architecture/sources.ts';
import { shippedPolicy, shippedText, warehouses } from '../routing/shipped.ts';
import { orderWith } from '../small-world.ts';

const withConstraints = (list: string, text = shippedText): string =>
  text.replace(/^(slots|timezone):/m, (word) => `constraints:\n${list}\n${word}`);
const faultsOf = (text: string, load: (document: string) => object): string[] => {
  const loaded = load(text) as { faults?: { path: string; message: string; check?: string }[] };
  return (loaded.faults ?? []).map(({ path, check, message }) => `${path} ${check}: ${message}`);
};
const ofRouting = (list: string): string[] =>
  faultsOf(withConstraints(list), (text) => loadRoutingPolicy(text, { warehouses }));
const ofReturns = (list: string): string[] =>
  faultsOf(withConstraints(list, read('policies/returns.yaml')), loadReturnsPolicy);

describe('constraints with faults', () => {
  it('tell every one: shape, ids, facts, types, the white list', () => {
    const list = [
      '  - { id: a, must: order.totl == 3 }',
      '  - { id: b, when: order.lineCount, must: "true" }',
      '  - { id: c, must: order.lineCount + 1 > 1 }',
      '  - { id: d, when: order.onHold }',
      '  - { id: a, must: "true", because: of }',
      '  - { id: Upper, must: order.riskStatus == "blokced" }',
      '  - { must: matches("x") }',
    ].join('\n');
    expect(ofRouting(list)).toEqual([
      'constraints[3].must S1: is missing',
      'constraints[4].because S1: is not a member that is known here',
      'constraints[5].id S1: must be a-z first, then a-z, 0-9 or "-", 64 characters at most',
      'constraints[6].id S1: is missing',
      'constraints[0].must S2: is no fact: order.totl',
      'constraints[1].when S2: must be true or false, and is int',
      'constraints[2].must S2: arithmetic may not stand in a condition: order.lineCount + 1',
      'constraints[4].id S1: "a" is the id of constraints[0] already',
      'constraints[5].must S2: order.riskStatus never says "blokced"',
      'constraints[6].must S2: matches() may not stand in a condition: matches("x")',
    ]);
  });

  it('of a returns policy are told the same way', () => {
    expect(ofReturns('  - { id: a, when: customer.isNew, must: customer.returnRateBp == 0 }')).toEqual([
      'constraints[0].when S2: is no fact: customer.isNew',
      'constraints[0].must S2: customer.returnRateBp is a share rounded down, of which only < and >= are exact',
    ]);
  });

  it('that are no list, or none of trees, are faults of shape', () => {
    expect(ofRouting('  a: b')).toEqual(['constraints S1: must be a list']);
    expect(ofRouting('  - blocked')).toEqual(['constraints[0] S1: must be an object']);
  });

  it('that exclude an embedded test are a fault of the test', () => {
    const told = /^tests\[2\]\.facts S13: the facts break the constraint held: order\.riskStatus == "blocked" demands/;
    expect(ofRouting('  - { id: held, when: order.riskStatus == "blocked", must: order.onHold }')).toEqual([
      expect.stringMatching(told),
    ]);
    expect(ofReturns('  - { id: known, must: customer.returnRateKnown }')).toContainEqual(
      expect.stringMatching(/^tests\[\d+\]\.facts S13: the facts break the constraint known: it demands/),
    );
  });
});

describe('a constraint', () => {
  const constrained = shippedPolicy((text) =>
    withConstraints('  - { id: few, when: order.hoursSincePaid >= 5, must: order.customerTier != "none" }', text),
  );

  it('reads facts: they are hashed, watched and waited for as those of the rules', () => {
    const before = activeRouting(shippedPolicy(), 1, []);
    const { policy, readsCustomer, hours } = activeRouting(constrained, 1, []);
    expect(policy.reads.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['order.customerTier', 'order.hoursSincePaid']),
    );
    expect([before.readsCustomer, before.hours]).toEqual([false, []]);
    expect([readsCustomer, hours]).toEqual([true, [5]]);
  });

  it('that is broken aborts the whole decision, and says by what', () => {
    expect(() => decide(constrained, orderWith({ hoursSincePaid: 5, customerTier: 'none' }))).toThrow(
      'the facts break the constraint few: order.hoursSincePaid >= 5 demands order.customerTier != "none", and order.hoursSincePaid is 5, order.customerTier is "none"; correct them, or the constraint',
    );
    expect(decide(constrained, orderWith({ hoursSincePaid: 5, customerTier: 'gold' })).haltedBy).toBeNull();
    expect(decide(constrained, orderWith({ hoursSincePaid: 4, customerTier: 'none' })).haltedBy).toBeNull();
  });
});
