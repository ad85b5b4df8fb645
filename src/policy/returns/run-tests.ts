// Runs the tests that a returns policy carries, and tells what differs from what was expected.
import { factsHash } from '../facts-hash.ts';
import { decideReturn, type ReturnDecision } from './decide.ts';
import { dryRun } from './dry-run.ts';
import type { AnyRule, EmbeddedTest, ReturnsPolicy } from './policy.ts';
import { rulesOf } from './policy.ts';

export interface ReturnTestResult {
  name: string;
  path: string;
  passed: boolean;
  /** Empty when it passed. */
  differences: { path: string; expected: string | readonly string[]; found: string | readonly string[] }[];
  decision: ReturnDecision & { policy: 'returns'; factsHash: string; facts: EmbeddedTest['facts'] };
}

export const runReturnTests = (policy: ReturnsPolicy): ReturnTestResult[] =>
  policy.tests.map((test) => runTest(policy, test));

function runTest(policy: ReturnsPolicy, { name, path, facts, breakers, expect }: EmbeddedTest): ReturnTestResult {
  const situation = dryRun(policy, facts);
  const decision = decideReturn(policy, { ...situation, breakers: { ...situation.breakers, ...breakers } });
  const found = { ...decision, flags: decision.flags.map(({ id }) => id) };
  const members = [
    'approval',
    'refund',
    'needs',
    'level',
    'flags',
    ...(expect.grants ? (['grants'] as const) : []),
  ] as const;
  const differences = members
    .map((member) => ({ path: `expect.${member}`, expected: expect[member] ?? [], found: found[member] }))
    .filter(({ expected, found }) => inOrder(expected) !== inOrder(found));
  const hash = factsHash(policy.reads, facts);
  return {
    ...{ name, path, passed: differences.length === 0, differences },
    decision: { policy: 'returns', factsHash: hash, ...decision, facts },
  };
}

/** The order of a list does not count. */
const inOrder = (value: string | readonly string[]): string =>
  typeof value === 'string' ? value : JSON.stringify([...value].sort());

/** Rules that count in none of the tests. */
export function untestedReturnRules(policy: ReturnsPolicy, results: readonly ReturnTestResult[]): AnyRule[] {
  const idle = new Set(['no_match', 'closed', 'withheld']);
  const counted = new Set(
    results.flatMap(({ decision }) => decision.trace.filter(({ status }) => !idle.has(status)).map(({ rule }) => rule)),
  );
  return rulesOf(policy).filter(({ id }) => !counted.has(id));
}
