// What can happen to a return, and who may say so.
import type { InWords } from '../../document-shapes.ts';
import type { Permit } from '../breaker.ts';
import type { FloorId } from '../floor.ts';
import type { RefundTiming, Terms } from '../terms.ts';

/** policy: a decision or a pre-check. orders, wms: a system that reports. clock: an alarm that is due. */
export type Actor = 'policy' | 'customer' | 'person' | 'orders' | 'wms' | 'clock';

/** What a decision hands on. */
export interface Decided extends Terms {
  protectedBy: FloorId | null;
  permits: readonly Permit[];
}

export type AlarmKind =
  | 'decide_by'
  | 'ship_back_reminder'
  | 'ship_back_by'
  | 'refund_due'
  | 'refund_by_near'
  | 'refund_by';

interface LineCount {
  orderLine: string;
  quantity: number;
}

interface LineResult {
  orderLine: string;
  result: 'ok' | 'not_ok' | 'partial';
  disposition: 'restock' | 'hold' | 'refurbish' | 'scrap' | 'donate' | 'vendor' | 'missing';
}

export type ReturnFact =
  | { type: 'decided'; decided: Decided }
  | { type: 'evidence_submitted'; outcome: 'pass' | 'review' | 'resubmit' }
  /** With the decision that was made again in the same transaction. */
  | { type: 'identity_verified'; decided: Decided }
  | { type: 'review_requested' }
  | { type: 'reviewed'; decision: 'approve'; reason: string; refund?: RefundTiming }
  | { type: 'reviewed'; decision: 'decline'; reason: string }
  | { type: 'cancelled' }
  | { type: 'carrier_scanned' }
  | { type: 'received'; lines: readonly LineCount[] }
  | { type: 'inspected'; lines: readonly LineResult[] }
  | { type: 'lost' }
  | { type: 'refund_released'; amountMinor: number; reason: string }
  | { type: 'refund_succeeded'; seq: number }
  | { type: 'refund_failed'; seq: number }
  | { type: 'refund_unknown'; seq: number }
  | { type: 'refund_retried'; seq: number }
  | { type: 'clawback_opened'; reason: string }
  | { type: 'clawback_recovered'; amountMinor: number }
  | { type: 'clawback_written_off'; reason: string }
  | { type: 'alarm'; alarm: AlarmKind };

export type ReturnEvent = ReturnFact & { id: string; at: number; by: Actor };
export type EventType = ReturnEvent['type'];
export type EventOf<T extends EventType> = Extract<ReturnEvent, { type: T }>;

const reporters = ['orders', 'wms', 'person'] as const;

/** Deciding is the policy's, declining a person's, and time nobody's. */
export const mayBy: Readonly<Record<EventType, readonly Actor[]>> = {
  decided: ['policy'],
  evidence_submitted: ['policy'],
  identity_verified: ['orders', 'person'],
  review_requested: ['customer', 'orders', 'person'],
  reviewed: ['person'],
  cancelled: ['customer', 'orders', 'person'],
  carrier_scanned: reporters,
  received: reporters,
  inspected: ['wms', 'person'],
  lost: reporters,
  refund_released: ['person'],
  refund_succeeded: ['orders', 'person'],
  refund_failed: ['orders', 'person'],
  refund_unknown: ['orders', 'person'],
  refund_retried: ['policy', 'person'],
  clawback_opened: ['person'],
  clawback_recovered: ['orders', 'person'],
  clawback_written_off: ['person'],
  alarm: ['clock'],
};

export type RefusalReason =
  | 'not_by'
  | 'not_now'
  | 'refunded'
  | 'protected'
  | 'no_reason'
  | 'unknown_line'
  | 'too_much'
  | 'not_due';

export interface Refusal {
  reason: RefusalReason;
  message: InWords;
}
