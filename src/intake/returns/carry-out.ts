// Writes what an event has made of a return: its record, what follows from it, and what of limits and breakers it moves.
import { instant } from '../../clock.ts';
import type { JsonObject } from '../../model/json.ts';
import type { RecordType } from '../../model/records.ts';
import type { ActiveReturns } from '../../policy/returns/active.ts';
import type { BreakerState } from '../../policy/returns/breaker.ts';
import { type FloorId, floors } from '../../policy/returns/floor.ts';
import { alarmsOf } from '../../policy/returns/life/alarms.ts';
import type { ReturnEffect } from '../../policy/returns/life/effects.ts';
import type { ReturnEvent } from '../../policy/returns/life/events.ts';
import type { Made } from '../../policy/returns/life/step.ts';
import { matchKey } from '../../store/draft.ts';
import type { Key } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { drafted, unasked } from '../routing/draft-state.ts';
import { editByPolicy, makeByPolicy } from '../routing/policy-edit.ts';
import { openTask } from '../task.ts';
import { effectRecord } from './effect-records.ts';
import { countIncoming, incomingKeys } from './incoming.ts';
import { lifeTree, type ReturnLife, recordData, returnFact } from './life.ts';
import { statesAfter, storeBreakers } from './move-breakers.ts';
import { type AtHand, lookAt } from './situation.ts';

type Need = { need: Key[] } | undefined;

export interface Carrying {
  /** undefined: the return is made by this. */
  before: ReturnLife | undefined;
  after: ReturnLife;
  made: Made;
  event: ReturnEvent;
  active: ActiveReturns;
  /** What the pre-check of its evidence has found. */
  found?: readonly string[];
  /** Where a decision was made in the same step: what it has read, and how it leaves the breakers. */
  decided?: { hand: AtHand; states: Readonly<Record<string, BreakerState>> };
}

/** @returns the keys that it needs first, if there are such: then it is to be called again, and nothing counts */
export function carryOut(carrying: Carrying, work: Work): Need {
  const hand = handOf(carrying, work);
  const missing = [...unasked(work, idsOf(carrying, work)), ...(hand && 'need' in hand ? hand.need : [])];
  if (missing.length > 0) return { need: missing };
  if (hand && 'states' in hand) moveBreakers(carrying, hand, work);
  return (
    makeEffects(carrying, work) ??
    followRefund(carrying, work) ??
    tellCustomer(carrying, work) ??
    endTasks(carrying, work) ??
    countIncoming(carrying.after, work) ??
    keep(carrying, work)
  );
}

/** All at once, since a decision may ask a few times only. Of a return that this makes no record can be there yet. */
function idsOf({ before, after, made, event }: Carrying, work: Work): Key[] {
  const records = made.effects.flatMap((one) => (one.record === 'task' ? [] : [effectRecord(one, after.about)]));
  const names = records.flatMap(({ type, data }) => namesOf(type, data, work));
  const stock = incomingKeys(after);
  if (!before) return [...names, ...stock, ...namesOf('return', recordData(after), work)];
  const refund = refundOf(event, after);
  const customer = made.identityVerifiedUntil === null ? [] : [after.about.customerId];
  const ids = [...records.map(({ id }) => id), ...(refund ? [refund.id] : []), ...customer];
  return [...ids, ...names, ...stock, ...endedTasks(before, after)];
}

/** Names that the record will be found by must be free. */
function namesOf(type: RecordType, data: JsonObject, { world }: Work): Key[] {
  return world.catalog.matchFields(type).flatMap((field) => {
    const value = data[field];
    return typeof value === 'string' ? [matchKey(type, field, value)] : [];
  });
}

/** Of the customer and the store, where something moves their breakers. */
function handOf({ after, made, active, event, decided }: Carrying, work: Work): { need: Key[] } | AtHand | undefined {
  if (decided) return decided.hand;
  if (made.news.length === 0 && made.releasedMinor === 0) return undefined;
  const { customerId, storeId } = after.about;
  return lookAt({ at: event.at, returnId: after.state.id, customerId, storeId }, active, work);
}

function moveBreakers({ after, made, active, decided }: Carrying, hand: AtHand, work: Work): void {
  const states = statesAfter(made.news, returnFact(after), { hand, active, states: decided?.states ?? hand.states });
  storeBreakers(hand.states, states, { rules: active.policy.breakers, subject: hand.subject, work });
}

function makeEffects(carrying: Carrying, work: Work): Need {
  const { made, after } = carrying;
  for (const effect of made.effects) {
    if (effect.record === 'task') {
      ask(effect, carrying, work);
      continue;
    }
    const { type, id, data } = effectRecord(effect, after.about);
    // The once-key is taken: whatever asks again makes nothing.
    if (work.state.asked(id) && drafted(work, id)) continue;
    const done = makeByPolicy(type, id, data, work);
    if ('need' in done) return done;
  }
  return undefined;
}

const questions: Readonly<Record<Extract<ReturnEffect, { record: 'task' }>['kind'], string>> = {
  return_review: 'waits for a decision',
  return_refund_timing: 'is approved, and its customer asks that a person looks at when it is refunded',
  return_goods_differ: 'brought other goods than were asked for, or not as they should be',
  return_lost: 'was lost on its way',
  return_exchange: 'is an exchange whose goods are in order: other goods are to be sent',
  return_refund_failed: 'could not be refunded',
  return_clawback_withdrawn: 'came after its refund was asked back: that is withdrawn',
  red_invoice: 'was refunded, and its order had an invoice: it is to be reversed',
};

function ask(effect: Extract<ReturnEffect, { record: 'task' }>, carrying: Carrying, work: Work): void {
  const { kind, options, role } = effect;
  const { after } = carrying;
  const { about, state } = after;
  const question = {
    ...{ kind, role, record: 'return' as const, recordId: state.id, unit: 'regions' },
    title: `return ${about.number} ${questions[kind]}`,
    reason: reasonOf(kind, carrying),
    options: [...options],
    ...(kind === 'return_review' && { dueAt: state.decideBy }),
  };
  openTask(question, work.world, work.context, work.out);
  const task = work.out.records.at(-1)?.id;
  if (task !== undefined) after.about = { ...about, tasks: { ...about.tasks, [kind]: task } };
}

/** Why a person is asked, and what the customer has said. */
function reasonOf(kind: string, { event, after: { about, state }, found = [] }: Carrying): string {
  const law = state.protectedBy === null ? [] : [`${state.protectedBy} protects it: ${declinable(state.protectedBy)}`];
  const why = kind === 'return_review' ? [...(asked[event.type] ?? []), ...found, ...(about.why ?? []), ...law] : [];
  return [...why, `the customer's reason: ${about.reason}`].join('; ');
}

const declinable = (floor: FloorId): string => `it is declined only for ${floors[floor].declineReasons.join(' or ')}`;

const asked: Readonly<Partial<Record<ReturnEvent['type'], readonly string[]>>> = {
  review_requested: ['a person was asked for'],
  alarm: ['nobody has decided in time'],
};

/** What is said of a refund stands in its record too; one that is tried again is sent again. */
function followRefund({ event, after }: Carrying, work: Work): Need {
  const refund = refundOf(event, after);
  const record = refund && drafted(work, refund.id);
  if (!refund || !record) return undefined;
  const edited = editByPolicy(record, { status: refund.status }, work);
  return edited && 'need' in edited ? edited : undefined;
}

const refundStatus: Readonly<Record<string, string>> = {
  refund_succeeded: 'succeeded',
  refund_failed: 'failed',
  refund_unknown: 'unknown',
  refund_retried: 'submitted',
};

function refundOf(event: ReturnEvent, { state }: ReturnLife): { id: string; status: string } | undefined {
  const status = refundStatus[event.type];
  return status !== undefined && 'seq' in event ? { id: `refund/${state.id}/${event.seq}`, status } : undefined;
}

/** A verified identity counts for other returns too. */
function tellCustomer({ made, after }: Carrying, work: Work): Need {
  const until = made.identityVerifiedUntil;
  const customer = until === null ? undefined : drafted(work, after.about.customerId);
  if (until === null || !customer) return undefined;
  const edited = editByPolicy(customer, { identityVerifiedUntil: instant(until) }, work);
  return edited && 'need' in edited ? edited : undefined;
}

/** A question that was answered otherwise is no longer open. */
function endTasks({ before, after }: Carrying, work: Work): Need {
  for (const id of endedTasks(before, after)) {
    const task = drafted(work, id);
    if (task?.row.data.state !== 'open') continue;
    const edited = editByPolicy(task, { state: 'done', decision: after.state.regions.approval }, work);
    if (edited && 'need' in edited) return edited;
  }
  return undefined;
}

function endedTasks(before: ReturnLife | undefined, { state }: ReturnLife): string[] {
  if (!before || before.state.regions.approval === state.regions.approval) return [];
  const { return_review: review, return_error: failed } = before.about.tasks;
  const ended = [before.state.regions.approval === 'in_review' ? review : undefined, failed];
  return ended.flatMap((task) => task ?? []);
}

function keep({ before, after, made, event }: Carrying, work: Work): Need {
  const { state } = after;
  if (event.type === 'refund_succeeded' && after.about.refundedAt === null)
    after.about = { ...after.about, refundedAt: event.at };
  const edited = writeRecord(before, after, work);
  if (edited) return edited;
  const { out } = work;
  out.returns.push({ return: returnFact(after) }, { life: { returnId: state.id, life: lifeTree(after) } });
  const byMinor = (state.reservedMinor ?? 0) - (before?.state.reservedMinor ?? 0);
  if (byMinor !== 0) out.returns.push({ exposure: { storeId: after.about.storeId, byMinor } });
  out.policy.push({ timer: { subject: state.id, kind: 'return', dueAt: alarmsOf(state)[0]?.at ?? null } });
  for (const kind of made.alerts)
    work.world.notes.alert({ kind, record: state.id, message: `return ${after.about.number}: ${alerts[kind]}` });
  return undefined;
}

const alerts: Readonly<Record<Made['alerts'][number], string>> = {
  return_decide_by_passed: 'nobody has decided in time; the default was taken',
  return_overdue: 'it was refunded first, and its goods did not come in time',
  return_refund_by_near: 'the law wants the money back within a day',
  return_refund_by_passed: 'the money is not back although the law wants it',
  return_refund_failed: 'the refund failed; a task is open',
  return_refund_unknown: 'nobody knows whether the refund was made; look at the provider',
};

function writeRecord(before: ReturnLife | undefined, after: ReturnLife, work: Work): Need {
  const type: RecordType = 'return';
  const data: JsonObject = recordData(after);
  if (!before) {
    const made = makeByPolicy(type, after.state.id, data, work);
    return 'need' in made ? made : undefined;
  }
  const record = drafted(work, after.state.id);
  const edited = record && editByPolicy(record, data, work);
  return edited && 'need' in edited ? edited : undefined;
}
