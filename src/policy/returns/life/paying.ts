// The money: parts of the refund under their numbers, what a person releases, and what is clawed back.
import { onceKeys } from './effects.ts';
import type { EventOf, Refusal } from './events.ts';
import { refuse } from './refuse.ts';
import { outstanding, type RefundPart, refundable } from './state.ts';
import type { Step } from './step.ts';

export function onRefundDue(step: Step): undefined {
  const part = last(step);
  if (!part) return undefined;
  const { seq, amountMinor } = part;
  const { id } = step.state;
  step.move('refund', 'submitted');
  step.markRefunds('scheduled', 'submitted');
  step.made.effects.push({ record: 'refund', id: onceKeys.refund(id, seq), returnId: id, seq, amountMinor });
  return undefined;
}

export function onRefundSucceeded(step: Step, { seq }: EventOf<'refund_succeeded'>): Refusal | undefined {
  const part = last(step);
  if (part?.seq !== seq || !isOut(part)) return refuse('not_now');
  // A provider may say so after it has said the opposite: the money is out.
  if (part.status === 'failed') step.move('refund', 'submitted');
  step.move('refund', 'succeeded');
  step.markRefunds(part.status, 'succeeded');
  step.made.events.push('refund.succeeded');
  if (step.state.invoiceIssued) step.task('red_invoice');
  if (step.state.regions.logistics === 'overdue') clawBack(step);
  else step.topUp();
  return undefined;
}

export function onRefundFailed(step: Step, { seq }: EventOf<'refund_failed'>): Refusal | undefined {
  const part = last(step);
  if (part?.seq !== seq || (part.status !== 'submitted' && part.status !== 'unknown')) return refuse('not_now');
  step.move('refund', 'failed');
  step.markRefunds(part.status, 'failed');
  step.made.alerts.push('return_refund_failed');
  step.made.events.push('refund.failed');
  return void step.task('return_refund_failed');
}

export function onRefundUnknown(step: Step, { seq }: EventOf<'refund_unknown'>): Refusal | undefined {
  const part = last(step);
  if (part?.seq !== seq || part.status !== 'submitted') return refuse('not_now');
  step.move('refund', 'unknown');
  step.markRefunds('submitted', 'unknown');
  step.made.alerts.push('return_refund_unknown');
  return undefined;
}

/** Under the same number: a provider that has it already does it once. */
export function onRefundRetried(step: Step, { seq }: EventOf<'refund_retried'>): Refusal | undefined {
  const part = last(step);
  if (part?.seq !== seq || part.status !== 'failed') return refuse('not_now');
  step.move('refund', 'submitted');
  step.markRefunds('failed', 'submitted');
  return undefined;
}

const releasable: readonly string[] = ['none', 'succeeded', 'recovered'];

export function onReleased(step: Step, { amountMinor, reason }: EventOf<'refund_released'>): Refusal | undefined {
  const { regions } = step.state;
  if (reason.trim() === '') return refuse('no_reason');
  if (regions.approval !== 'approved' || !releasable.includes(regions.refund)) return refuse('not_now');
  if (amountMinor <= 0 || amountMinor > refundable(step.state) - outstanding(step.state)) return refuse('too_much');
  return void step.schedule(amountMinor);
}

export function onClawbackOpened(step: Step, { reason }: EventOf<'clawback_opened'>): Refusal | undefined {
  if (reason.trim() === '') return refuse('no_reason');
  if (step.state.regions.refund !== 'succeeded') return refuse('not_now');
  return clawBack(step);
}

export function onRecovered(step: Step, { amountMinor }: EventOf<'clawback_recovered'>): Refusal | undefined {
  if (step.state.regions.refund !== 'clawback_open') return refuse('not_now');
  if (amountMinor <= 0 || amountMinor > outstanding(step.state)) return refuse('too_much');
  step.move('refund', 'recovered');
  step.set({ recoveredMinor: step.state.recoveredMinor + amountMinor });
  return giveUpGoods(step);
}

export function onWrittenOff(step: Step, { reason }: EventOf<'clawback_written_off'>): Refusal | undefined {
  if (reason.trim() === '') return refuse('no_reason');
  if (step.state.regions.refund !== 'clawback_open') return refuse('not_now');
  step.move('refund', 'written_off');
  return giveUpGoods(step);
}

/** Before the goods are on their way, and after a refund only once it was reversed. */
export function onCancelled(step: Step): Refusal | undefined {
  const { regions, refunds } = step.state;
  const isUnsent = ['none', 'label_issued', 'not_required'].includes(regions.logistics);
  if (['declined', 'cancelled', 'expired'].includes(regions.approval) || !isUnsent) return refuse('not_now');
  if (outstanding({ ...step.state, refunds: refunds.filter(({ status }) => status !== 'scheduled') }) > 0)
    return refuse('refunded');
  end(step, 'cancelled');
  step.made.events.push('return.cancelled');
  return undefined;
}

/** The goods did not come in time: it lapses where no money is out, else the money is asked back. */
export function onShipBackBy(step: Step): undefined {
  const { refunds, permits, regions } = step.state;
  if (!refunds.some(isOut) && !refunds.some(({ status }) => status === 'succeeded')) {
    end(step, 'expired');
    step.made.events.push('return.expired');
    return undefined;
  }
  step.move('logistics', 'overdue');
  step.made.alerts.push('return_overdue');
  step.made.events.push('return.overdue');
  step.made.news.push({ kind: 'overdue', permits });
  step.set({ permits: [] });
  if (regions.refund === 'succeeded') clawBack(step);
  return undefined;
}

function end(step: Step, approval: 'cancelled' | 'expired'): void {
  step.takeBackRefund();
  step.move('approval', approval);
  if (step.state.regions.logistics === 'label_issued') step.move('logistics', 'none');
  step.expectNothing();
  step.release();
  step.giveBackPermits();
}

function clawBack(step: Step): undefined {
  const { id } = step.state;
  const clawbacks = step.state.clawbacks + 1;
  step.move('refund', 'clawback_open');
  step.set({ clawbacks });
  const amountMinor = outstanding(step.state);
  step.made.effects.push({ record: 'clawback', id: onceKeys.clawback(id, clawbacks), returnId: id, amountMinor });
  return undefined;
}

function giveUpGoods(step: Step): undefined {
  step.release();
  if (step.state.regions.logistics !== 'overdue') return undefined;
  step.move('logistics', 'lost');
  step.expectNothing();
  return undefined;
}

const last = ({ state: { refunds } }: Step): RefundPart | undefined => refunds.at(-1);

/** Sent, whatever became of it: money may be out. */
const isOut = ({ status }: RefundPart): boolean =>
  status === 'submitted' || status === 'unknown' || status === 'failed';
