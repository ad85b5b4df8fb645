// What a move makes happen: records whose id is their once-key, alerts, and news for the breakers.
import type { InWords } from '../../document-shapes.ts';
import type { Permit } from '../breaker.ts';
import type { ReturnTemplate } from './made-records.ts';

export type ReturnEffect =
  | { record: 'label'; id: string; returnId: string }
  | { record: 'refund'; id: string; returnId: string; seq: number; amountMinor: number }
  | { record: 'restock'; id: string; returnId: string; orderLine: string; quantity: number }
  | { record: 'clawback'; id: string; returnId: string; amountMinor: number }
  | { record: 'notification'; id: string; returnId: string; template: ReturnTemplate; text: InWords }
  | { record: 'task'; id: string; returnId: string; kind: TaskKind; role: string; options: readonly string[] };

export type TaskKind =
  | 'return_review'
  | 'return_refund_timing'
  | 'return_goods_differ'
  | 'return_lost'
  | 'return_exchange'
  | 'return_refund_failed'
  | 'return_clawback_withdrawn'
  | 'red_invoice';

/** Percent-encoded in paths only: here it stands as it is. */
export const onceKeys = {
  label: (id: string) => `label/${id}`,
  refund: (id: string, seq: number) => `refund/${id}/${seq}`,
  restock: (id: string, orderLine: string) => `restock/${id}/${orderLine}`,
  clawback: (id: string, number: number) => `clawback/${id}/${number}`,
  /** @param event that it is about: each asks or tells once */
  notification: (id: string, template: string, event: string) => `notify/${id}/${template}/${event}`,
  task: (id: string, kind: TaskKind, event: string) => `task/${id}/${kind}/${event}`,
};

export const taskOptions: Readonly<Record<TaskKind, { role: string; options: readonly string[] }>> = {
  return_review: { role: 'returns', options: ['approve', 'decline'] },
  return_refund_timing: { role: 'returns', options: ['release', 'keep'] },
  return_goods_differ: { role: 'returns', options: ['release', 'decline', 'claw_back', 'accept'] },
  return_lost: { role: 'returns', options: ['release', 'decline'] },
  return_exchange: { role: 'returns', options: ['sent'] },
  return_refund_failed: { role: 'finance', options: ['retry', 'done'] },
  return_clawback_withdrawn: { role: 'finance', options: ['withdrawn'] },
  red_invoice: { role: 'finance', options: ['reversed'] },
};

export type AlertKind =
  | 'return_decide_by_passed'
  | 'return_overdue'
  | 'return_refund_by_near'
  | 'return_refund_by_passed'
  | 'return_refund_failed'
  | 'return_refund_unknown';

/** For the breakers of the customer and the store; whether one trips is asked of the facts then. */
export type BreakerNews =
  | { kind: 'permit_returned'; permit: Permit }
  | { kind: 'inspected'; result: 'passed' | 'partial' | 'failed'; permits: readonly Permit[] }
  | { kind: 'overdue'; permits: readonly Permit[] };

export type EventOut =
  | 'return.approved'
  | 'return.declined'
  | 'return.cancelled'
  | 'return.expired'
  | 'return.evidence_requested'
  | 'return.identity_requested'
  | 'return.review_requested'
  | 'return.received'
  | 'return.inspected'
  | 'return.overdue'
  | 'return.closed'
  | 'refund.scheduled'
  | 'refund.succeeded'
  | 'refund.failed'
  | 'restock.done';
