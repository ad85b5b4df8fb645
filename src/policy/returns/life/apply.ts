// The life of a return as one pure function: state and event in, the next state and what it makes happen out.

import { alarmsOf } from './alarms.ts';
import { onDecideBy, onDecided, onEvidence, onIdentity, onReviewed, onReviewRequested } from './deciding.ts';
import { type EventOf, mayBy, type Refusal, type ReturnEvent } from './events.ts';
import { onInspected, onLost, onReceived, onScanned } from './moving.ts';
import {
  onCancelled,
  onClawbackOpened,
  onRecovered,
  onRefundDue,
  onRefundFailed,
  onRefundRetried,
  onRefundSucceeded,
  onRefundUnknown,
  onReleased,
  onShipBackBy,
  onWrittenOff,
} from './paying.ts';
import { explained, refuse } from './refuse.ts';
import { statusOf } from './regions.ts';
import { type ReturnState, worthOf } from './state.ts';
import { type LifeRules, type Made, Step } from './step.ts';

export type Applied = ({ state: ReturnState } & Made) | { repeated: true } | { refused: Refusal };

/** A refusal and a repeat change nothing. */
export function applyEvent(state: ReturnState, event: ReturnEvent, rules: LifeRules): Applied {
  if (state.seen.includes(event.id)) return { repeated: true };
  if (!mayBy[event.type].includes(event.by)) return { refused: refuse('not_by') };
  const step = new Step(state, rules, event);
  const refused = happen(step, event);
  if (refused) return { refused: explained(refused, state, event) };
  if (isClosed(step.state) && !isClosed(state)) onClosed(step);
  return { state: step.state, ...step.made };
}

const isClosed = ({ regions, kind }: ReturnState): boolean => statusOf(regions, kind === 'exchange') === 'closed';

/** Nothing is waited for any more, whether goods came, were lost, or were never asked for. */
function onClosed(step: Step): void {
  step.release();
  step.made.events.push('return.closed');
}

function happen(step: Step, event: ReturnEvent): Refusal | undefined {
  switch (event.type) {
    case 'decided':
      return onDecided(step, event);
    case 'evidence_submitted':
      return onEvidence(step, event);
    case 'identity_verified':
      return onIdentity(step, event);
    case 'review_requested':
      return onReviewRequested(step);
    case 'reviewed':
      return onReviewed(step, event);
    case 'cancelled':
      return onCancelled(step);
    case 'carrier_scanned':
      return onScanned(step);
    case 'received':
      return onReceived(step, event);
    case 'inspected':
      return onInspected(step, event);
    case 'lost':
      return onLost(step);
    case 'refund_released':
      return onReleased(step, event);
    case 'refund_succeeded':
      return onRefundSucceeded(step, event);
    case 'refund_failed':
      return onRefundFailed(step, event);
    case 'refund_unknown':
      return onRefundUnknown(step, event);
    case 'refund_retried':
      return onRefundRetried(step, event);
    case 'clawback_opened':
      return onClawbackOpened(step, event);
    case 'clawback_recovered':
      return onRecovered(step, event);
    case 'clawback_written_off':
      return onWrittenOff(step, event);
    case 'alarm':
      return onAlarm(step, event);
  }
}

function onAlarm(step: Step, { alarm, at }: EventOf<'alarm'>): Refusal | undefined {
  if (!alarmsOf(step.state).some((one) => one.kind === alarm && one.at <= at)) return refuse('not_due');
  step.set({ rung: [...step.state.rung, alarm] });
  switch (alarm) {
    case 'decide_by':
      return onDecideBy(step);
    case 'ship_back_reminder':
      return void step.notify('return-ship-back', {
        en: 'Please send the goods back: the refund was made in advance',
        zh: '已先行退款，请尽快寄回商品',
      });
    case 'ship_back_by':
      return onShipBackBy(step);
    case 'refund_due':
      return onRefundDue(step);
    case 'refund_by_near':
      return onRefundByNear(step);
    case 'refund_by':
      return void step.made.alerts.push('return_refund_by_passed');
  }
}

/** The law counts from the goods or the proof of their dispatch, not from their inspection: what is still looked at is paid. */
function onRefundByNear(step: Step): undefined {
  const { regions, lines } = step.state;
  step.made.alerts.push('return_refund_by_near');
  if (step.state.kind === 'exchange') return;
  if (regions.logistics === 'in_transit') step.schedule(lines.reduce((sum, line) => sum + line.refundableMinor, 0));
  if (regions.inspection === 'pending') step.schedule(worthOf(lines, () => true));
}
