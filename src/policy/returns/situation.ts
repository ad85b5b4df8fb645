// What a decision is given: facts, how breakers stand, what of the limits is used, what the law says of the goods.
import type { Facts } from '../facts.ts';
import type { Standing } from './breaker.ts';
import type { Claim } from './floor.ts';
import type { Need } from './terms.ts';

/** All that a decision depends on: stored beside it, it is decided again bit for bit. */
export interface Situation {
  facts: Facts;
  /** By id of the breaker. One that is left out is closed; one that could not be read must be given as open. */
  breakers: Readonly<Record<string, Standing>>;
  limits: LimitsUsed;
  claim: Omit<Claim, 'deliveredDaysAgo'>;
  /** What this return has shown already. */
  met: readonly Need[];
}

export interface LimitsUsed {
  /** Refund-first returns of the customer that are past their time: while there is one, no other is granted. */
  overdueRefundFirst: number;
  /** ISO 4217, of the return's amount. */
  currency: string;
}
