// The returns policy that the project ships, as it is read, and facts to ask it about.
import { type Facts, readPartialFacts } from '../../../src/policy/facts.ts';
import { dryRun } from '../../../src/policy/returns/dry-run.ts';
import { returnFacts } from '../../../src/policy/returns/facts.ts';
import { loadReturnsPolicy } from '../../../src/policy/returns/load.ts';
import type { ReturnsPolicy } from '../../../src/policy/returns/policy.ts';
import type { Situation } from '../../../src/policy/returns/situation.ts';
import { read } from '../../architecture/sources.ts';

export const shippedReturnsText = read('policies/returns.yaml');

/** @throws Error with every fault */
export function returnsPolicyOf(document: unknown): ReturnsPolicy {
  const loaded = loadReturnsPolicy(document);
  if ('faults' in loaded) throw new Error(JSON.stringify(loaded.faults, null, 1));
  return loaded.policy;
}

/** @param edit turns the text into that of another version */
export const shippedReturnsPolicy = (edit: (text: string) => string = (text) => text): ReturnsPolicy =>
  returnsPolicyOf(edit(shippedReturnsText));

export interface Said {
  customer?: Record<string, unknown>;
  store?: Record<string, unknown>;
  request?: Record<string, unknown>;
}

export function returnWith(said: Said): Facts {
  const read = readPartialFacts(returnFacts, said);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.facts;
}

/** By facts alone, unless more is said. */
export const situationWith = (policy: ReturnsPolicy, said: Said, more: Partial<Situation> = {}): Situation => {
  const situation = dryRun(policy, returnWith(said));
  return { ...situation, ...more, breakers: { ...situation.breakers, ...more.breakers } };
};
