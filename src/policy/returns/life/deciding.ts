// From request to approval: decisions, evidence, identity, and the person who can always be asked.

import { floors } from '../floor.ts';
import { isRefundFirst, type Need } from '../terms.ts';
import type { EventOf, Refusal } from './events.ts';
import { refuse } from './refuse.ts';
import type { Step } from './step.ts';

const identityValidMs = 30 * 86_400_000;

const waiting: readonly string[] = ['requested', 'awaiting_evidence', 'awaiting_identity'];

export function onDecided(step: Step, { decided }: EventOf<'decided'>): Refusal | undefined {
  if (step.state.regions.approval !== 'requested') return refuse('not_now');
  takeOver(step, decided);
  return proceed(step);
}

export function onIdentity(step: Step, { decided }: EventOf<'identity_verified'>): Refusal | undefined {
  const { approval } = step.state.regions;
  step.made.identityVerifiedUntil = step.at + identityValidMs;
  // Verified for the next return as well: for one that does not wait there is nothing to do.
  if (approval !== 'awaiting_identity' && approval !== 'awaiting_evidence') return undefined;
  const wasForAPerson = step.state.terms?.approval === 'manual';
  takeOver(step, wasForAPerson ? { ...decided, approval: 'manual' } : decided);
  return proceed(step);
}

export function onEvidence(step: Step, { outcome }: EventOf<'evidence_submitted'>): Refusal | undefined {
  const { regions, terms, resubmits } = step.state;
  if (regions.approval !== 'awaiting_evidence' || !terms) return refuse('not_now');
  if (outcome === 'resubmit' && resubmits < step.rules.evidence.resubmits) {
    step.set({ resubmits: resubmits + 1 });
    return void ask(step, 'evidence');
  }
  step.set({ terms: { ...terms, needs: terms.needs.filter((need) => need !== 'evidence') } });
  if (outcome !== 'pass') forAPerson(step);
  return proceed(step);
}

export function onReviewRequested(step: Step): Refusal | undefined {
  const { approval } = step.state.regions;
  if (approval === 'approved') return void step.task('return_refund_timing');
  if (approval === 'in_review' || approval === 'cancelled') return refuse('not_now');
  if (approval === 'declined' || approval === 'expired') reopen(step);
  return void toReview(step);
}

/** Whoever is to decide has the whole time again. */
function reopen(step: Step): void {
  const { rung } = step.state;
  const decideBy = step.at + step.rules.limits.decideWithinMs;
  step.set({ decideBy, rung: rung.filter((alarm) => alarm !== 'decide_by') });
}

export function onReviewed(step: Step, event: EventOf<'reviewed'>): Refusal | undefined {
  if (event.reason.trim() === '') return refuse('no_reason');
  return event.decision === 'approve' ? onApproved(step, event.refund) : onDeclined(step, event.reason);
}

function onApproved(step: Step, refund = step.state.terms?.refund ?? 'after_inspection'): Refusal | undefined {
  const { approval } = step.state.regions;
  if (approval !== 'in_review' && !waiting.includes(approval)) return refuse('not_now');
  step.giveBackPermits();
  if (!isRefundFirst(refund)) step.release();
  return void step.approve(refund);
}

/** Also after the approval, where the goods are not as they should be or never came and no money is out. */
function onDeclined(step: Step, reason: string): Refusal | undefined {
  const { regions, protectedBy } = step.state;
  const isBad = regions.inspection === 'failed' || regions.inspection === 'partial' || regions.logistics === 'lost';
  const isOpen = regions.approval === 'in_review' || (regions.approval === 'approved' && isBad);
  if (!isOpen) return refuse('not_now');
  if (regions.refund !== 'none') return refuse('refunded');
  if (protectedBy !== null && !floors[protectedBy].declineReasons.includes(reason)) return refuse('protected');
  step.move('approval', 'declined');
  step.set({ wasDeclined: true });
  step.release();
  step.giveBackPermits();
  step.expectNothing();
  step.made.events.push('return.declined');
  return undefined;
}

function takeOver(step: Step, { approval, refund, needs, protectedBy, permits }: EventOf<'decided'>['decided']): void {
  const { kind } = step.state;
  // Without goods there is nothing to wait for: what is not refunded at once, a person decides.
  const isTooEarly = kind === 'refund_only' && refund !== 'before_return';
  step.release();
  step.set({ protectedBy, permits, terms: { approval: isTooEarly ? 'manual' : approval, refund, needs } });
  if (approval === 'auto' && !isTooEarly && isRefundFirst(refund)) step.reserve();
  if (isTooEarly) step.giveBackPermits();
}

function proceed(step: Step): undefined {
  const { terms } = step.state;
  const need = (['evidence', 'identity'] as const).find((one) => terms?.needs.includes(one));
  if (need) return askFor(step, need);
  if (terms?.approval === 'auto') step.approve(terms.refund);
  else toReview(step);
  return undefined;
}

function askFor(step: Step, need: Need): undefined {
  const state = need === 'evidence' ? 'awaiting_evidence' : 'awaiting_identity';
  if (step.state.regions.approval === state) return;
  step.move('approval', state);
  ask(step, need);
}

function ask(step: Step, need: Need): void {
  step.made.events.push(need === 'evidence' ? 'return.evidence_requested' : 'return.identity_requested');
  step.notify(`return-${need}`, texts[need]);
}

const texts = {
  evidence: { en: 'Please upload photos of the goods', zh: '请上传商品凭证照片' },
  identity: { en: 'Please verify your identity', zh: '请完成身份验证' },
};

export function forAPerson(step: Step): void {
  const { terms } = step.state;
  if (terms) step.set({ terms: { ...terms, approval: 'manual' } });
  step.release();
  step.giveBackPermits();
}

export function toReview(step: Step): undefined {
  forAPerson(step);
  step.move('approval', 'in_review');
  step.task('return_review');
  step.made.events.push('return.review_requested');
  return undefined;
}

/** By its time nobody decided: the law's minimum for a return that it protects, a person for any other. */
export function onDecideBy(step: Step): undefined {
  const { protectedBy, wasDeclined, regions } = step.state;
  step.made.alerts.push('return_decide_by_passed');
  if (protectedBy !== null && !wasDeclined) {
    forAPerson(step);
    step.approve('after_inspection');
  } else if (regions.approval !== 'in_review') toReview(step);
  return undefined;
}
