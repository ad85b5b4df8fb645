// What an answer to a change request does: the change is made and what was pushed follows, or all is put back and a person is told.

import { doubt, remember } from '../../merge/merge.ts';
import { partOf, readSlot, slotsOf, writeSlot } from '../../merge/slots.ts';
import type { Unit } from '../../merge/types.ts';
import type { JsonObject } from '../../model/json.ts';
import { overlay } from '../../model/merge-tree.ts';
import type { RoutingInForce } from '../../policy/routing/active.ts';
import { emptyImage, resendRow } from '../../store/draft.ts';
import type { Key, RecordState } from '../../store/store.ts';
import { commitEdit, type Work } from '../commit-edit.ts';
import { fallBehind, writesAny } from '../fan-out.ts';
import { openTask } from '../task.ts';
import { openRequest, type Request, turnRequest } from './change-request.ts';
import { drafted } from './draft-state.ts';
import { replacing } from './follow-order.ts';
import { editByPolicy } from './policy-edit.ts';
import { reopen } from './reopen.ts';
import { hasLeft, isUnderWay } from './shipment-states.ts';

type Need = { need: Key[] } | undefined;

/** A system's copy with what is proposed in it: what an update that asks for it says, and what is held after a yes. */
export type ProposedCopy =
  | { kind: 'need'; keys: Key[] }
  | { kind: 'send'; body: string; image: JsonObject; payload: string | null; match: { field: string; value: string }[] }
  /** It holds what is proposed already. */
  | { kind: 'nothing' }
  | { kind: 'impossible'; message: string };

/** What decisions about a change request are made with. */
export interface Means {
  routing: RoutingInForce;
  copyOf(request: Request, work: Work): ProposedCopy;
  /** Whether an object of the system, as text, says what is proposed. */
  holds(request: Request, found: string, work: Work): boolean;
}

export function accept(request: Request, means: Means, work: Work): Need {
  const { course, state } = request;
  const late = course.purpose === 'hold' ? undefined : tooLate(request);
  if (late !== undefined) return declineLate(request, late, work);
  const turned = turnRequest(state.row.id, { state: 'accepted', dueAt: null }, work);
  if (turned || course.purpose === 'hold') return turned;
  const isMade = course.step === 'ask' || course.step === 'update' || !isThere(request);
  const inPlace = course.purpose === 'change' && isMade;
  return inPlace ? changeInPlace(request, means, work) : reissue(request, means.routing, work);
}

/** What agreed by changing its copy is told the old state. */
function declineLate(request: Request, late: string, work: Work): Need {
  if (request.course.step === 'update' && isThere(request)) takeBack(request, work);
  return decline(request, 'rejected', late, work);
}

/** What was heard of meanwhile, and leaves nothing to agree to. */
function tooLate({ about, order, course }: Request): string | undefined {
  const { type, data } = about.row;
  if (hasLeft(data.status) || isUnderWay(order.row.data.fulfillmentStatus)) return 'the parcel has left meanwhile';
  // That what shall be cancelled is cancelled already is no reason to say no.
  if (type !== 'shipment' || course.purpose === 'cancel') return undefined;
  const isPresent = Number(data.generation ?? 0) === Number(order.row.data.fulfillmentGeneration ?? 0);
  return isPresent && data.status !== 'cancelled' ? undefined : 'the parcel was cancelled meanwhile';
}

const isThere = ({ about, course }: Request): boolean => about.replicas.get(course.system)?.externalId != null;

/** Same generation: the order changes, the shipment follows, and the system that said yes has it already. */
function changeInPlace(request: Request, { copyOf }: Means, work: Work): Need {
  const { about } = request;
  // Before it is changed: what the system holds is what was there, with what was asked for.
  const copy = isThere(request) ? copyOf(request, work) : undefined;
  if (copy?.kind === 'need') return { need: copy.keys };
  const changed = applyProposal(request, work);
  if (changed) return changed;
  const edited = about.row.type === 'shipment' ? editByPolicy(about, proposedPatch(request), work) : undefined;
  if (edited && 'need' in edited) return edited;
  if (copy) settleAsked(request, copy, work);
  return undefined;
}

/** The record that is asked about, as it is once what is proposed is in it. */
export function withProposal(request: Request, work: Work): JsonObject {
  const { about, data } = request;
  const { type } = about.row;
  if (type === 'shipment') return overlay(type, about.row.data, proposedPatch(request));
  return proposedIn(about.row.data, data, work);
}

function proposedPatch({ about, data }: Request): JsonObject {
  const proposed = (data.proposed ?? {}) as JsonObject;
  const fields = ['shipTo', 'deliveryWindow'].filter((field) => Object.hasOwn(proposed, field));
  return Object.fromEntries(fields.map((field) => [field, replacing(about.row.data[field], proposed[field])]));
}

function proposedIn(order: JsonObject, { unit, proposed }: JsonObject, { world }: Work): JsonObject {
  const slots = slotsOf('order', world.catalog.policy('order').unitNamed(String(unit)));
  let after = order;
  for (const slot of slots) after = writeSlot(after, slot, readSlot((proposed ?? {}) as JsonObject, slot));
  return after;
}

/**
 * What the system agreed to it holds: nothing is sent to it. One that was behind before still is, and one that was sent
 * something since it was asked is told again: which of the two came last there nobody knows.
 */
function settleAsked({ about, course }: Request, copy: ProposedCopy, { world, context, out }: Work): void {
  const { system, syncedSeq } = course;
  const before = about.replicas.get(system);
  const replica = out.replicas.findLast((one) => one.recordId === about.row.id && one.system === system);
  if (!replica || before?.state !== 'synced' || before.syncedSeq !== syncedSeq) return;
  const ended = { state: 'synced' as const, syncedSeq: replica.wantedSeq, behindSince: null, dueAt: null };
  out.replicas.push({ ...replica, ...ended });
  if (copy.kind !== 'send') return;
  const known = about.image(system) ?? emptyImage();
  const { type, id } = about.row;
  const { image, payload } = copy;
  const sent = { image, version: replica.wantedVersion, sentAt: context.now, whole: false, older: [] };
  const memory = remember(known.memory, world.catalog.policy(type), sent, context.now);
  out.images.push({ system, recordId: id, image: { memory, payload } });
}

/** As the one who asked for it, and not the hub, changed it. */
function applyProposal({ order, data }: Pick<Request, 'order' | 'data'>, work: Work): Need {
  const { world, context } = work;
  const unit = world.catalog.policy('order').unitNamed(String(data.unit));
  const current = drafted(work, order.row.id) ?? order;
  const { row } = current;
  const source = String(data.askedBy);
  const slots = slotsOf('order', unit);
  const after = proposedIn(row.data, data, work);
  const stamps = { ...row.stamps, [unit.name]: { source, at: context.now, version: row.version + 1 } };
  const applied = [{ unit: unit.name, from: partOf(slots, row.data), to: partOf(slots, after), ambiguous: false }];
  const result = { data: after, stamps, applied, ambiguousEchoes: [], tasks: [] };
  const committed = commitEdit({ row, before: current, source, result, refused: [], occurredAt: context.now }, work);
  if ('need' in committed) return committed;
  // What was sent to the asker while it waited held the old value: it gets the new one, unless it holds that still.
  wantAt(drafted(work, row.id) ?? current, source, { unit, seq: committed.seq }, work);
  return undefined;
}

function wantAt(record: RecordState, system: string, { unit, seq }: { unit: Unit; seq: number }, work: Work): boolean {
  const { row, replicas } = record;
  const replica = replicas.get(system);
  const receiver = work.world.catalog.receivers(row.type).find((one) => one.system.id === system);
  if (!replica || replica.externalId === null || !receiver || !writesAny(receiver.mapping, [unit])) return false;
  const wanted = { seq, version: row.version, pulls: receiver.system.pulls, now: work.context.now };
  work.out.replicas.push(fallBehind(replica, wanted, work.out));
  return true;
}

/** The shipment is cancelled for certain. */
function reissue(request: Request, routing: RoutingInForce, work: Work): Need {
  const { about, order } = request;
  if (about.row.data.status !== 'cancelled') {
    const edited = editByPolicy(about, { status: 'cancelled' }, work);
    if (edited && 'need' in edited) return edited;
  }
  const isPresent = Number(about.row.data.generation ?? 0) === Number(order.row.data.fulfillmentGeneration ?? 0);
  if (request.course.purpose === 'change') {
    const changed = applyProposal(request, work);
    if (changed) return changed;
  }
  return isPresent ? afterCancel(drafted(work, order.row.id) ?? order, routing, work) : undefined;
}

/** Everything that has waited for the cancel is applied, and the order pushed anew, in one transaction. */
export function afterCancel(order: RecordState, routing: RoutingInForce, work: Work): Need {
  const waits = requestsForCancel(order, work);
  if ('need' in waits) return waits;
  for (const request of waits.requests) {
    const turned =
      turnRequest(request.state.row.id, { state: 'accepted', dueAt: null }, work) ?? applyProposal(request, work);
    if (turned) return turned;
  }
  return reopen(drafted(work, order.row.id) ?? order, {}, routing, work);
}

/** Changes that are made once what was pushed is cancelled. */
export function requestsForCancel({ row }: RecordState, work: Work): { need: Key[] } | { requests: Request[] } {
  const requests: Request[] = [];
  for (const { pending } of Object.values(row.stamps)) {
    const request = pending === undefined ? undefined : openRequest(pending, work);
    if (request && 'need' in request) return request;
    if (request && request.course.step !== 'ask') requests.push(request);
  }
  return { requests };
}

/** The order stays as it is, whoever holds something else is put right, and a person is told. */
export function decline(request: Request, state: 'rejected' | 'expired', why: string, work: Work): Need {
  const turned = turnRequest(request.state.row.id, { state, answer: why, dueAt: null }, work);
  if (turned) return turned;
  if (request.course.purpose === 'change') {
    release(request, work);
    sendAgain(request.order, String(request.data.askedBy), request, work);
  }
  // What it heard of the question, and may have done, nobody knows.
  if (state === 'expired' && request.data.state !== 'proposed') takeBack(request, work);
  tell(request, why, work);
  return undefined;
}

/** The unit waits no more. */
function release({ order, data, state }: Request, work: Work): void {
  const current = drafted(work, order.row.id) ?? order;
  const unit = String(data.unit);
  const stamp = current.row.stamps[unit];
  if (stamp?.pending !== state.row.id) return;
  const { pending: _, ...rest } = stamp;
  work.out.records.push({ ...current.row, stamps: { ...current.row.stamps, [unit]: rest } });
}

/** The system may hold what was proposed, so it is told what the record says. */
function takeBack(request: Request, work: Work): void {
  const { about, course } = request;
  const { type, id } = about.row;
  sendAgain(about, course.system, request, work);
  const known = about.image(course.system);
  if (!known || course.purpose !== 'change') return;
  const held =
    type === 'shipment'
      ? overlay(type, known.memory.image, proposedPatch(request))
      : proposedIn(known.memory.image, request.data, work);
  const memory = doubt(known.memory, work.world.catalog.policy(type), [held]);
  work.out.images.push({ system: course.system, recordId: id, image: { ...known, memory } });
}

function sendAgain(record: RecordState, system: string, { data }: Request, work: Work): void {
  const { world, context, out } = work;
  const current = drafted(work, record.row.id) ?? record;
  const unit = world.catalog.policy(record.row.type).unitNamed(String(data.unit));
  const seq = context.nextSeq();
  if (!wantAt(current, system, { unit, seq }, work)) return;
  out.changes.push(resendRow(current.row, { seq, source: 'policy', reason: 'repair', now: context.now }));
}

const what = { change: 'cannot change', hold: 'is not held', cancel: 'is not cancelled' } as const;

function tell({ order, data, course }: Request, why: string, { world, context, out }: Work): void {
  const { row } = order;
  const unit = String(data.unit);
  const number = String(row.data.number ?? row.id);
  const title =
    course.purpose === 'change'
      ? `${unit} of order ${number} ${what.change}: ${course.system} has it already`
      : `the parcel of order ${number} ${what[course.purpose]} by ${course.system}`;
  const held = course.purpose === 'change' && course.step === 'cancel' && canHold(course.system, world);
  const reason = held ? `${why}; it may hold the parcel since it was asked to` : why;
  const question = {
    kind: 'request_declined' as const,
    record: 'order' as const,
    recordId: row.id,
    unit,
    title,
    reason,
  };
  const said = (data.proposed ?? {}) as JsonObject;
  openTask({ ...question, options: ['keep', 'changed_by_hand'], said }, world, context, out);
}

const canHold = (system: string, { catalog }: Work['world']): boolean =>
  catalog.system(system)?.verbs?.hold?.includes('shipment') ?? false;
