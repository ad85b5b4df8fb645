// What a candidate would decide of the same facts: a difference is kept with the decision, and nothing else comes of it.
import type { JsonObject } from '../../model/json.ts';
import { changesOf } from '../../policy/content.ts';
import type { Facts } from '../../policy/facts.ts';
import type { ShadowRouting } from '../../policy/routing/active.ts';
import { contentOfRouting } from '../../policy/routing/content.ts';
import { type Decision, decide } from '../../policy/routing/decide.ts';
import { isInScope } from '../../policy/sound-policy.ts';
import type { DecisionRow } from '../../store/rows.ts';
import type { Work } from '../commit-edit.ts';

export function decideBeside(
  { facts, decision }: { facts: Facts; decision: Decision },
  { id, subject, at }: DecisionRow,
  { world: { shadow }, out }: Work,
): void {
  if (!shadow || !isInScope(shadow.policy, facts as unknown as JsonObject)) return;
  shadow.seen++;
  const detail = differenceTo(decision, facts, shadow);
  if (!detail) return;
  shadow.different++;
  out.policy.push({ shadow: { policy: 'routing', version: shadow.version, decision: id, subject, at, detail } });
}

/** A candidate that fails is a difference too, and never the order's trouble. */
function differenceTo(decision: Decision, facts: Facts, { policy }: ShadowRouting): JsonObject | undefined {
  try {
    const changes = changesOf(contentOfRouting(decision), contentOfRouting(decide(policy, facts)));
    return changes.length === 0 ? undefined : ({ changes } as unknown as JsonObject);
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}
