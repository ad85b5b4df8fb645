// Deadlines of a return: when which alarm is due, from its stored times; whoever has the clock sets them off.
import type { AlarmKind } from './events.ts';
import type { ReturnState } from './state.ts';

export interface Alarm {
  kind: AlarmKind;
  /** ms since 1970. */
  at: number;
}

const day = 86_400_000;

/** Every alarm that is set, the earliest first. */
export const alarmsOf = (state: ReturnState): Alarm[] =>
  [...undecided(state), ...unsent(state), ...unpaid(state)].sort((a, b) => a.at - b.at);

function* undecided({ regions: { approval }, decideBy, rung }: ReturnState): Iterable<Alarm> {
  const isOpen = ['requested', 'awaiting_evidence', 'awaiting_identity', 'in_review'].includes(approval);
  if (isOpen && !rung.includes('decide_by')) yield { kind: 'decide_by', at: decideBy };
}

function* unsent({ regions, approvedAt, shipBackBy, rung }: ReturnState): Iterable<Alarm> {
  if (regions.approval !== 'approved' || regions.logistics !== 'label_issued') return;
  const isPaid = regions.refund !== 'none' && regions.refund !== 'scheduled';
  if (isPaid && approvedAt !== null && !rung.includes('ship_back_reminder'))
    yield { kind: 'ship_back_reminder', at: approvedAt + 3 * day };
  if (shipBackBy !== null) yield { kind: 'ship_back_by', at: shipBackBy };
}

function* unpaid({ regions, refunds, refundBy, rung }: ReturnState): Iterable<Alarm> {
  const part = refunds.at(-1);
  if (regions.refund === 'scheduled' && part) yield { kind: 'refund_due', at: part.dueAt };
  if (regions.approval !== 'approved' || refundBy === null) return;
  if (regions.refund === 'none' && !rung.includes('refund_by_near'))
    yield { kind: 'refund_by_near', at: refundBy - day };
  const isPaid = !['none', 'scheduled', 'submitted', 'failed', 'unknown'].includes(regions.refund);
  if (!isPaid && !rung.includes('refund_by')) yield { kind: 'refund_by', at: refundBy };
}
