// The five regions of a return and which state of each may follow which: every move of every event is one of these.

export const legalMoves = {
  approval: {
    requested: ['awaiting_evidence', 'awaiting_identity', 'in_review', 'approved', 'cancelled'],
    awaiting_evidence: ['awaiting_identity', 'in_review', 'approved', 'cancelled'],
    awaiting_identity: ['awaiting_evidence', 'in_review', 'approved', 'cancelled'],
    in_review: ['approved', 'declined', 'cancelled'],
    approved: ['declined', 'cancelled', 'expired'],
    declined: ['in_review'],
    cancelled: [],
    expired: ['in_review'],
  },
  logistics: {
    none: ['label_issued', 'not_required'],
    label_issued: ['none', 'in_transit', 'received', 'overdue'],
    in_transit: ['received', 'lost'],
    received: [],
    lost: ['received'],
    overdue: ['in_transit', 'received', 'lost'],
    not_required: [],
  },
  inspection: { none: ['pending'], pending: ['passed', 'partial', 'failed'], passed: [], partial: [], failed: [] },
  refund: {
    none: ['scheduled'],
    scheduled: ['none', 'submitted'],
    submitted: ['succeeded', 'failed', 'unknown'],
    succeeded: ['scheduled', 'clawback_open'],
    failed: ['submitted'],
    unknown: ['succeeded', 'failed'],
    clawback_open: ['succeeded', 'recovered', 'written_off'],
    recovered: ['scheduled'],
    written_off: [],
  },
  restock: { none: ['expected'], expected: ['none', 'done', 'scrapped'], done: [], scrapped: [] },
} as const;

export type Region = keyof typeof legalMoves;
export type Regions = { readonly [R in Region]: keyof (typeof legalMoves)[R] };

export const newRegions: Regions = {
  approval: 'requested',
  logistics: 'none',
  inspection: 'none',
  refund: 'none',
  restock: 'none',
};

/** @throws Error for a move that is not in the table: the event that asked for it has let too much pass */
export function movedTo<R extends Region>(regions: Regions, region: R, to: Regions[R]): Regions {
  const from = regions[region];
  const legal = (legalMoves[region] as Record<PropertyKey, readonly PropertyKey[]>)[from];
  if (!legal?.includes(to)) throw new Error(`${region} of a return does not go from ${String(from)} to ${String(to)}`);
  return { ...regions, [region]: to };
}

export type ReturnStatus = 'requested' | 'open' | 'closed' | 'declined' | 'cancelled';

/** Expired counts as cancelled: the customer let it lapse, nobody declined, and it can be requested again. */
export function statusOf(
  { approval, logistics, inspection, refund, restock }: Regions,
  isExchange: boolean,
): ReturnStatus {
  if (approval === 'declined') return 'declined';
  if (approval === 'cancelled' || approval === 'expired') return 'cancelled';
  if (approval !== 'approved') return 'requested';
  const isPaid = ['succeeded', 'recovered', 'written_off'].includes(refund) || (isExchange && refund === 'none');
  const isBack = ['received', 'lost', 'not_required'].includes(logistics);
  const isDone = inspection !== 'pending' && (restock !== 'expected' || logistics === 'lost');
  return isPaid && isBack && isDone ? 'closed' : 'open';
}
