// Facts that were stored with a decision, read by a version that may ask for others.
import type { JsonObject } from '../model/json.ts';
import { isTree, own } from '../model/own.ts';
import { allFacts, type Facts, type FactTable, readPartialFacts } from './facts.ts';

/**
 * Facts that were not stored have their usual value where the version does not read them; those that are no facts any more
 * are left out.
 * @param reads paths of the facts that the version reads
 * @returns the facts, or which of those that it reads were not stored, or are now out of bounds
 */
export function readSnapshot(
  table: FactTable,
  reads: readonly string[],
  stored: JsonObject,
): { facts: Facts } | { missing: string[] } {
  const given: Record<string, Record<string, unknown>> = {};
  const missing: string[] = [];
  const asked = new Set(reads);
  for (const { path, group, member } of allFacts(table)) {
    const values: unknown = own(stored, group);
    const value: unknown = isTree(values) ? own(values, member) : undefined;
    if (value !== undefined) given[group] = { ...given[group], [member]: value };
    else if (asked.has(path)) missing.push(path);
  }
  if (missing.length > 0) return { missing };
  const read = readPartialFacts(table, given);
  return 'facts' in read ? read : { missing: [...new Set(read.faults.map(({ path }) => path))] };
}
