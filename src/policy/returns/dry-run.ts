// A situation by facts alone: breakers closed unless these facts trip them, nothing used of the limits, nothing shown.
import type { Facts } from '../facts.ts';
import type { Standing } from './breaker.ts';
import type { ReturnsPolicy } from './policy.ts';
import type { Situation } from './situation.ts';

export const dryRun = ({ breakers, define }: ReturnsPolicy, facts: Facts): Situation => ({
  facts,
  breakers: Object.fromEntries(
    breakers.map(({ id, when }): [string, Standing] => [id, when.holds(facts) ? 'open' : 'closed']),
  ),
  limits: { overdueRefundFirst: 0, currency: define.lifetimeSpend.currency },
  // Facts say nothing of the law: no floor protects a return that is only thought of.
  claim: { shipCountry: '', returnable: [] },
  met: [],
});
