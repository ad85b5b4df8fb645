// Which orders a policy is for: what may be written, which scopes share orders, and what the checks make of it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPolicy } from '../../src/policy/analysis/check-policy.ts';
import { diffPolicies } from '../../src/policy/analysis/diff-policies.ts';
import { activeRouting, routingInForce, versionFor } from '../../src/policy/routing/active.ts';
import { decide } from '../../src/policy/routing/decide.ts';
import { loadRoutingPolicy } from '../../src/policy/routing/load.ts';
import { covers, isSameScope, overlap, readScope, type Scope, scopeOfText, scopeText } from '../../src/policy/scope.ts';
import { shippedPolicy, shippedText, warehouses } from './routing/shipped.ts';
import { orderWith } from './small-world.ts';

const scoped = (scope: string) => (text: string) => text.replace(/^slots:/m, `scope: ${scope}\nslots:`);
const values = ['*', 'a', 'b'];
const places = ['a', 'b', 'c'].flatMap((channel) => ['a', 'b', 'c'].map((store) => ({ channel, store })));
const scope: fc.Arbitrary<Scope> = fc.record({
  channel: fc.constantFrom(...values),
  store: fc.constantFrom(...values),
});

describe('scopes', () => {
  it('share an order exactly where some place is in both', () => {
    fc.assert(
      fc.property(scope, scope, (a, b) => {
        const both = places.some((place) => covers(a, place) && covers(b, place));
        expect(overlap(a, b)).toBe(both);
        const alike = places.every((place) => covers(a, place) === covers(b, place));
        expect(isSameScope(a, b)).toBe(alike);
      }),
    );
  });

  it('are told in words, and read from a stored document; none is every order', () => {
    expect(scopeText(scopeOfText(scoped('{ channel: tmall }')(shippedText)))).toBe('channel "tmall"');
    expect(scopeText({ channel: 'tmall', store: 'S1' })).toBe('channel "tmall", store "S1"');
    expect(scopeText(scopeOfText(shippedText))).toBe('every order');
    expect(readScope({ channel: '*' })).toEqual({ channel: '*', store: '*' });
    expect(scopeText(scopeOfText('{ no: policy'))).toBe('every order');
  });
});

describe('a policy with a scope', () => {
  const tmall = shippedPolicy(scoped('{ channel: tmall, store: "S 1" }'));

  it('tells faults of it by their place', () => {
    const faultsOf = (text: string) => {
      const loaded = loadRoutingPolicy(text, { warehouses });
      return 'faults' in loaded ? loaded.faults.map(({ path, message }) => `${path}: ${message}`) : [];
    };
    expect(faultsOf(scoped('{ chanel: tmall, store: 7 }')(shippedText))).toEqual([
      'scope.store: must be text',
      'scope.chanel: is not a member that is known here',
    ]);
    const named = scoped('{ channel: tmall }\nconstraints: [{ id: scope, must: order.onHold }]')(shippedText);
    expect(faultsOf(named)).toContain('constraints[0].id: "scope" is what the scope is called already');
  });

  it('has tests and witnesses from there, and decides about nothing else', () => {
    expect(checkPolicy(tmall)).toEqual([]);
    expect(decide(tmall, orderWith({ channel: 'tmall', storeId: 'S 1' })).haltedBy).toBeNull();
    expect(() => decide(tmall, orderWith({ channel: 'tmall' }))).toThrow(
      'the facts break the constraint scope: it demands order.channel == "tmall" && order.storeId == "S 1"',
    );
  });

  it('has rules dead that are for others', () => {
    const other = shippedPolicy((text) =>
      scoped('{ channel: tmall }')(text).replace('when: order.paymentStatus == "paid"', 'when: order.channel == "jd"'),
    );
    expect(checkPolicy(other)).toContainEqual(
      expect.objectContaining({
        check: 'S3',
        message: 'its condition is never true, whatever the order: the rule is dead, by the constraint scope',
      }),
    );
  });

  it('differs from one without in the orders that it leaves', () => {
    const { parts } = diffPolicies(shippedPolicy(), tmall, () => undefined);
    expect(
      parts.filter(({ verdict }) => verdict !== 'equivalent').map(({ part, changes }) => [part, changes[0]?.after]),
    ).toEqual([['constraints', ['aborted by scope']]]);
  });

  it('is chosen by where the order is from; a rule for its facts looks at a change of that', () => {
    const [one, other] = [scoped('{ channel: tmall }'), scoped('{ channel: jd, store: S2 }')].map((edit, at) =>
      activeRouting(shippedPolicy(edit), at + 1, []),
    );
    if (!one || !other) throw new Error('two versions');
    const set = routingInForce([{ ...one, until: 5 }, other]);
    const version = (channel?: string, storeId?: string) => versionFor(set, { channel, storeId }, 1)?.version;
    expect([version('tmall'), version('tmall', 'S9'), version('jd', 'S2'), version('jd'), version()]).toEqual([
      ...[1, 1, 2, undefined, undefined],
    ]);
    expect(set.fields).toEqual(expect.arrayContaining(['channel', 'storeId']));
    const next = { ...one, version: 3 };
    expect(versionFor(routingInForce([{ ...one, until: 5 }, next]), { channel: 'tmall' }, 6)?.version).toBe(3);
  });
});
