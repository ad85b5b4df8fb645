// All static checks of one routing policy, the gravest finding first.
import { routingFacts } from '../routing/facts.ts';
import type { RoutingPolicy } from '../routing/policy.ts';
import { checkConditions, checkUnproven, waived } from './conditions.ts';
import { checkConstraints, checkContradiction } from './constraints.ts';
import { byGravity, type Finding } from './finding.ts';
import { checkGaps } from './gaps.ts';
import { checkOnceAboveHalt } from './once-above-halt.ts';
import { checkOverlaps } from './overlaps.ts';
import { PolicyUnderTest } from './policy-under-test.ts';
import { checkReached, checkUnused } from './reached.ts';
import { checkTests } from './tested.ts';

export function checkPolicy(policy: RoutingPolicy): Finding[] {
  const test = new PolicyUnderTest(policy, routingFacts);
  const contradiction = checkContradiction(test, 'order');
  if (contradiction) return [contradiction];
  const judged = test.outcome.rules.map((outcome) => ({ ...outcome, below: '.when' }));
  const written = judged.filter(({ rule }) => rule.when !== 'otherwise');
  const conditions = checkConditions(written, 'order', test);
  const dead = new Set(
    conditions.flatMap(({ severity, unknown, rule }) => (severity === 'error' && !unknown && rule ? [rule] : [])),
  );
  const found = [
    ...checkConstraints(test, 'order'),
    ...conditions,
    ...checkReached(test, dead),
    ...checkUnused(test),
    ...checkOverlaps(test),
    ...checkGaps(test),
    ...checkOnceAboveHalt(test),
    ...checkTests(test),
  ];
  return [...found, ...checkUnproven(judged, waived(found))].sort(byGravity);
}
