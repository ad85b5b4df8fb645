// Random policies over the small world: tiers of both kinds, halts, otherwise, atomic rules, needs.
import fc from 'fast-check';
import { loadRoutingPolicy } from '../../src/policy/routing/load.ts';
import type { RoutingPolicy } from '../../src/policy/routing/policy.ts';
import { condition, openCondition } from './small-world.ts';

const slots = {
  flow: { kind: 'exclusive' },
  warehouse: { kind: 'exclusive' },
  tags: { kind: 'set' },
  logistics: { kind: 'exclusive', once: 'logistics/{order.id}', needs: ['warehouse'] },
};

const actions = fc
  .record({
    flow: fc.option(fc.constantFrom('a', 'b')),
    warehouse: fc.option(fc.constantFrom('W1', 'W2', 'W3')),
    tags: fc.option(fc.constantFrom('t', 'u')),
    logistics: fc.boolean(),
  })
  .map(({ flow, warehouse, tags, logistics }) => [
    ...(flow ? [{ slot: 'flow', action: 'hold', key: flow }] : []),
    ...(warehouse ? [{ slot: 'warehouse', action: 'warehouse.lock', key: warehouse }] : []),
    ...(tags ? [{ slot: 'tags', action: 'tag.add', key: tags }] : []),
    ...(logistics ? [{ slot: 'logistics', action: 'logistics.push', key: 'default' }] : []),
  ]);

const rarely = fc.constantFrom(false, false, false, true);

const rule = fc
  .record({ when: condition, isOtherwise: rarely, actions, halt: rarely, atomic: fc.boolean() })
  .filter((one) => one.actions.length > 0)
  .map(({ when, isOtherwise, actions, halt, atomic }) => ({
    when: isOtherwise && actions.some(({ slot }) => slot !== 'tags') ? 'otherwise' : when,
    do: actions,
    halt,
    atomic,
    reason: { en: 'because', zh: '因为' },
  }));

const tier = fc.record({
  hit: fc.constantFrom('all' as const, 'first' as const),
  rules: fc.array(rule, { minLength: 1, maxLength: 4 }),
});

/** Every slot has a last rule, so that none stands unused. */
const rest = {
  rules: [
    {
      when: 'order.lineCount > 3',
      do: [
        { slot: 'flow', action: 'hold', key: 'a' },
        { slot: 'warehouse', action: 'warehouse.lock', key: 'W1' },
        { slot: 'tags', action: 'tag.add', key: 't' },
        { slot: 'logistics', action: 'logistics.push', key: 'default' },
      ],
      reason: { en: 'because', zh: '因为' },
    },
  ],
};

const tiers = fc.array(tier, { minLength: 1, maxLength: 3 });
type Tiers = ReturnType<typeof tiers.generate>['value'];

export const policy: fc.Arbitrary<RoutingPolicy> = tiers.map((tiers) => policyWith(tiers));

const constraint = (of: fc.Arbitrary<string>) =>
  fc.oneof(fc.record({ when: of, must: of }), fc.record({ must: of })).map((one) => ({ ...one }));

const constrained = (of: fc.Arbitrary<string>): fc.Arbitrary<RoutingPolicy> =>
  fc
    .tuple(tiers, fc.array(constraint(of), { minLength: 1, maxLength: 3 }))
    .map(([tiers, constraints]) => policyWith(tiers, constraints));

/** With what its facts never contradict; a set of these may contradict itself. */
export const constrainedPolicy = constrained(condition);

/** Also with constraints that the analysis cannot look into. */
export const openlyConstrainedPolicy = constrained(openCondition);

function policyWith(tiers: Tiers, constraints: readonly object[] = []): RoutingPolicy {
  const all = [...tiers, rest].map((one, at) => ({
    id: `t${at}`,
    ...one,
    rules: one.rules.map((rule, index) => ({ id: `r${at}-${index}`, ...rule })),
  }));
  const named = constraints.map((one, at) => ({ id: `c${at}`, ...one }));
  return policyOf({ policy: 'routing', ...(named.length > 0 && { constraints: named }), slots, tiers: all });
}

/** @throws Error with every fault */
export function policyOf(document: unknown): RoutingPolicy {
  const loaded = loadRoutingPolicy(document, { warehouses: ['W1', 'W2', 'W3'] });
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults, null, 1));
  return loaded.policy;
}
