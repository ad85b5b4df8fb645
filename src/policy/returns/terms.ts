// The terms of a return as a lattice: grants relax them, flags tighten them, and the order of either does not matter.

export const approvals = ['auto', 'manual'] as const;
/** When the refund may go out, the most generous first. */
export const refundTimings = ['before_return', 'on_carrier_scan', 'on_receipt', 'after_inspection'] as const;
export const needs = ['evidence', 'identity'] as const;
/** Colours of flags, the mildest first. */
export const levels = ['none', 'yellow', 'orange', 'red'] as const;

export type Approval = (typeof approvals)[number];
export type RefundTiming = (typeof refundTimings)[number];
export type Need = (typeof needs)[number];
export type Level = (typeof levels)[number];

export interface Terms {
  approval: Approval;
  refund: RefundTiming;
  /** What the customer must show first, in the order of `needs`. */
  needs: readonly Need[];
}

/** What a grant gives or a flag caps: members that it leaves out stay as they are. */
export interface Bounds {
  approval?: Approval | undefined;
  refund?: RefundTiming | undefined;
}

export const relax = (terms: Terms, { approval = terms.approval, refund = terms.refund }: Bounds): Terms => ({
  approval: least(approvals, terms.approval, approval),
  refund: least(refundTimings, terms.refund, refund),
  needs: terms.needs,
});

export const tighten = (
  terms: Terms,
  { approval = terms.approval, refund = terms.refund, needs: more = [] }: Bounds & { needs?: readonly Need[] },
): Terms => ({
  approval: most(approvals, terms.approval, approval),
  refund: most(refundTimings, terms.refund, refund),
  needs: union(terms.needs, more),
});

/** Whether `a` is in no member stricter than `b`. */
export const isWithin = (a: Terms, b: Terms): boolean =>
  least(approvals, a.approval, b.approval) === a.approval &&
  least(refundTimings, a.refund, b.refund) === a.refund &&
  a.needs.every((need) => b.needs.includes(need));

export const sameTerms = (a: Terms, b: Terms): boolean => isWithin(a, b) && isWithin(b, a);

export const worst = (found: readonly Level[]): Level => found.reduce((a, b) => most(levels, a, b), 'none');

/** Before the goods are back: what the limits and the store's loss breaker are about. */
export const isRefundFirst = (refund: RefundTiming): boolean =>
  refund === 'before_return' || refund === 'on_carrier_scan';

export const union = (a: readonly Need[], b: readonly Need[]): readonly Need[] =>
  needs.filter((need) => a.includes(need) || b.includes(need));

const least = <T>(order: readonly T[], a: T, b: T): T => (order.indexOf(b) < order.indexOf(a) ? b : a);
const most = <T>(order: readonly T[], a: T, b: T): T => (order.indexOf(b) > order.indexOf(a) ? b : a);
