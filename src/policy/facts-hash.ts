// The hash of what a decision depended on: two decisions of one version with the same hash are the same decision.
import { createHash } from 'node:crypto';
import type { Fact, Facts } from './facts.ts';

/** @param reads in the order of the fact table, which makes the text canonical */
export function factsHash(reads: readonly Fact[], facts: Facts): string {
  const values = reads.map(({ path, group, member }) => [path, facts[group]?.[member]]);
  return createHash('sha256').update(JSON.stringify(values)).digest('hex');
}
