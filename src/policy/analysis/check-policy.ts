// All static checks of one routing policy, the gravest finding first.
import { routingFacts } from '../routing/facts.ts';
import type { RoutingPolicy } from '../routing/policy.ts';
import { checkConditions, checkUnproven } from './conditions.ts';
import { byGravity, type Finding } from './finding.ts';
import { checkGaps } from './gaps.ts';
import { checkOnceAboveHalt } from './once-above-halt.ts';
import { checkOverlaps } from './overlaps.ts';
import { PolicyUnderTest } from './policy-under-test.ts';
import { checkReached, checkUnused } from './reached.ts';
import { checkTests } from './tested.ts';

export function checkPolicy(policy: RoutingPolicy): Finding[] {
  const test = new PolicyUnderTest(policy, routingFacts);
  const judged = test.outcome.rules.map((outcome) => ({ ...outcome, below: '.when' }));
  const written = judged.filter(({ rule }) => rule.when !== 'otherwise');
  const conditions = checkConditions(written, 'order', test);
  const dead = new Set(
    conditions.flatMap(({ severity, unknown, rule }) => (severity === 'error' && !unknown && rule ? [rule] : [])),
  );
  const found = [
    ...conditions,
    ...checkReached(test, dead),
    ...checkUnused(test),
    ...checkOverlaps(test),
    ...checkGaps(test),
    ...checkOnceAboveHalt(test),
    ...checkTests(test),
  ];
  const unknown = new Set(found.flatMap((one) => (one.unknown && one.rule !== undefined ? [one.rule] : [])));
  return [...found, ...checkUnproven(judged, unknown)].sort(byGravity);
}
