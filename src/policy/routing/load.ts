// Reads a routing policy: its text becomes something that decides, or every fault that keeps it from that.

import { isTree } from '../../model/own.ts';
import { factsRead } from '../condition/expression.ts';
import { celParser } from '../condition/library.ts';
import { type Constraint, readConstraints } from '../constraints.ts';
import { checkEffective } from '../effective.ts';
import { allFacts, type Fact } from '../facts.ts';
import { type Fault, teller } from '../fault.ts';
import { constraintOfScope, readScope, scopeId } from '../scope.ts';
import { readYaml } from '../yaml-source.ts';
import { actionKinds } from './actions.ts';
import { routingFacts } from './facts.ts';
import type { RoutingPolicy, Rule, Slot } from './policy.ts';
import { readTiers } from './read-rules.ts';
import { readSlots, settlingOrder } from './read-slots.ts';
import { readTests } from './read-tests.ts';
import { soundParts } from './sound-parts.ts';
import { factsOf } from './template.ts';

const parse = celParser(routingFacts);

/**
 * @param document YAML text, or the tree that it would be
 * @param warehouses ids that a rule may lock; undefined where they are not known, and any id passes
 */
export function loadRoutingPolicy(
  document: unknown,
  { warehouses }: { warehouses: readonly string[] | undefined },
): { policy: RoutingPolicy } | { faults: Fault[] } {
  const source = typeof document === 'string' ? readYaml(document) : { tree: document };
  return 'faults' in source ? source : readTree(source.tree, warehouses);
}

function readTree(
  tree: unknown,
  warehouses: readonly string[] | undefined,
): { policy: RoutingPolicy } | { faults: Fault[] } {
  const faults: Fault[] = [];
  const parts = soundParts(tree, faults);
  const reading = { table: routingFacts, parse, warehouses, faults };
  const scope = readScope(isTree(tree) ? tree.scope : undefined);
  const written = readConstraints(tree, reading);
  for (const { id, path } of written)
    if (id === scopeId) teller(faults, path, { check: 'S1' })('id', `"${id}" is what the scope is called already`);
  const constraints = [...constraintOfScope(scope, reading), ...written];
  const named = readSlots(parts, reading);
  const slots = [...named.values()];
  const settling = settlingOrder(slots, faults);
  const tiers = readTiers(parts, named, reading);
  const rules = tiers.flatMap((tier) => tier.rules);
  const tests = readTests(parts, { slots: named, scope, constraints }, reading);
  checkEffective(parts.head, faults);
  if (faults.length > 0) return { faults };
  const reads = readsOf(slots, rules, constraints);
  return { policy: { ...parts.head, scope, constraints, slots, settling, tiers, rules, tests, reads } };
}

function readsOf(slots: readonly Slot[], rules: readonly Rule[], constraints: readonly Constraint[]): Fact[] {
  const read = new Set<Fact>();
  const add = (facts: Iterable<Fact>): void => {
    for (const fact of facts) read.add(fact);
  };
  for (const { expression } of constraints) add(factsRead(expression));
  for (const { once } of slots) if (once) add(factsOf(once));
  for (const { when } of rules) if (when !== 'otherwise') add(factsRead(when.expression));
  const byEffects = new Set(rules.flatMap(({ actions }) => actions.flatMap(({ action }) => actionKinds[action].reads)));
  return allFacts(routingFacts).filter((fact) => read.has(fact) || byEffects.has(fact.path));
}
