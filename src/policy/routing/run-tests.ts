// Runs the tests that a policy carries, and tells what differs from what was expected.
import { factsHash } from '../facts-hash.ts';
import { type Decision, decide } from './decide.ts';
import { type Effect, effectsOf } from './effects.ts';
import type { EmbeddedTest, Placed, RoutingPolicy, Rule } from './policy.ts';

export interface TestResult {
  name: string;
  path: string;
  passed: boolean;
  /** Empty when it passed. */
  differences: Difference[];
  decision: Decision & { policy: 'routing'; factsHash: string; effects: Effect[]; facts: EmbeddedTest['facts'] };
}

export interface Difference {
  /** Below the test: `expect.warehouse`, `haltedBy`. */
  path: string;
  /** null: nothing. */
  expected: string | readonly string[] | null;
  found: string | readonly string[] | null;
}

export const runTests = (policy: RoutingPolicy): TestResult[] => policy.tests.map((test) => runTest(policy, test));

function runTest(policy: RoutingPolicy, { name, path, facts, expect, haltedBy }: EmbeddedTest): TestResult {
  const decision = decide(policy, facts);
  const slots = policy.slots.map((slot) => ({
    path: `expect.${slot.name}`,
    expected: expectedOf(expect[slot.name]),
    found: keysIn(decision.slots[slot.name]),
  }));
  const differences = [{ path: 'haltedBy', expected: haltedBy, found: decision.haltedBy }, ...slots].filter(differs);
  const hash = factsHash(policy.reads, facts);
  return {
    name,
    path,
    passed: differences.length === 0,
    differences,
    decision: { policy: 'routing', factsHash: hash, ...decision, effects: effectsOf(policy, decision, facts), facts },
  };
}

const expectedOf = (keys: string | readonly string[] | undefined): Difference['expected'] =>
  keys === undefined || keys.length === 0 ? null : keys;

/** What a test would have to expect of a slot. */
export function keysIn(slot: Placed | readonly Placed[] | undefined): string | readonly string[] | null {
  if (slot === undefined) return null;
  return 'key' in slot ? slot.key : slot.map(({ key }) => key);
}

/** The order of a set's keys does not count. */
function differs({ expected, found }: Difference): boolean {
  if (typeof expected !== 'object' || typeof found !== 'object' || !expected || !found) return expected !== found;
  return JSON.stringify([...expected].sort()) !== JSON.stringify([...found].sort());
}

/** Rules that match in none of the tests. */
export function untestedRules({ rules }: RoutingPolicy, results: readonly TestResult[]): Rule[] {
  const matched = new Set(
    results.flatMap(({ decision }) =>
      decision.trace.filter(({ status }) => status === 'matched').map(({ rule }) => rule),
    ),
  );
  return rules.filter(({ id }) => !matched.has(id));
}
