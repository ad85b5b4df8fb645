// What an answer to a change request does: the change is made and what was pushed follows, or all is put back and a person is told.

import { remember } from '../../merge/merge.ts';
import { partOf, readSlot, slotsOf, writeSlot } from '../../merge/slots.ts';
import type { Unit } from '../../merge/types.ts';
import type { JsonObject } from '../../model/json.ts';
import { overlay } from '../../model/merge-tree.ts';
import type { ActiveRouting } from '../../policy/routing/active.ts';
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

export function accept(request: Request, routing: ActiveRouting, work: Work): Need {
  const { course, state } = request;
  const late = course.purpose === 'hold' ? undefined : tooLate(request);
  if (late !== undefined) return decline(request, 'rejected', late, work);
  const turned = turnRequest(state.row.id, { state: 'accepted', dueAt: null }, work);
  if (turned || course.purpose === 'hold') return turned;
  const inPlace = course.purpose === 'change' && (course.step === 'ask' || !isThere(request));
  return inPlace ? changeInPlace(request, work) : reissue(request, routing, work);
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
function changeInPlace(request: Request, work: Work): Need {
  const changed = applyProposal(request, work);
  if (changed) return changed;
  const { about, course, data } = request;
  if (about.row.type !== 'shipment') return undefined;
  const proposed = (data.proposed ?? {}) as JsonObject;
  const fields = ['shipTo', 'deliveryWindow'].filter((field) => Object.hasOwn(proposed, field));
  const patch = Object.fromEntries(
    fields.map((field) => [field, replacing(about.row.data[field], proposed[field])]),
  ) as JsonObject;
  const edited = editByPolicy(about, patch, work);
  if (!edited || 'need' in edited) return edited;
  if (isThere(request)) settleAsked(about, course.system, patch, work);
  return undefined;
}

/** What the system agreed to it holds: nothing is sent to it. One that was behind before still is. */
function settleAsked(before: RecordState, system: string, patch: JsonObject, { world, context, out }: Work): void {
  const replica = out.replicas.findLast((one) => one.recordId === before.row.id && one.system === system);
  if (!replica || before.replicas.get(system)?.state !== 'synced') return;
  const ended = { state: 'synced' as const, syncedSeq: replica.wantedSeq, behindSince: null, dueAt: null };
  out.replicas.push({ ...replica, ...ended });
  const known = before.image(system) ?? emptyImage();
  const { type, id } = before.row;
  const image = overlay(type, known.memory.image, patch);
  const sent = { image, version: replica.wantedVersion, sentAt: context.now, whole: false, older: [] };
  const memory = remember(known.memory, world.catalog.policy(type), sent, context.now);
  out.images.push({ system, recordId: id, image: { ...known, memory } });
}

/** As the one who asked for it, and not the hub, changed it. */
function applyProposal({ order, data }: Pick<Request, 'order' | 'data'>, work: Work): Need {
  const { world, context } = work;
  const unit = world.catalog.policy('order').unitNamed(String(data.unit));
  const current = drafted(work, order.row.id) ?? order;
  const { row } = current;
  const source = String(data.askedBy);
  const slots = slotsOf('order', unit);
  let after = row.data;
  for (const slot of slots) after = writeSlot(after, slot, readSlot((data.proposed ?? {}) as JsonObject, slot));
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
function reissue(request: Request, routing: ActiveRouting, work: Work): Need {
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
export function afterCancel(order: RecordState, routing: ActiveRouting, work: Work): Need {
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
  if (state === 'expired') sendAgain(request.about, request.course.system, request, work);
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
