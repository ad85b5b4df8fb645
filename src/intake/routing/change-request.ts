// A change request: a question to a system about something that it holds already, as a record of its own.
import type { JsonObject } from '../../model/json.ts';
import { isTree } from '../../model/own.ts';
import type { RecordType } from '../../model/records.ts';
import type { RecordRow } from '../../store/rows.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { drafted, unasked } from './draft-state.ts';
import { editByPolicy, makeByPolicy } from './policy-edit.ts';

/** `update`: the change itself is sent, and its refusal is the no. */
export type Step = 'ask' | 'update' | 'hold' | 'cancel';

/** What the question is for. */
export type Purpose =
  /** A unit of the order shall change; it does once the answer is yes. */
  | 'change'
  /** The order is held: the warehouse shall hold the parcel. */
  | 'hold'
  /** The order is cancelled: the warehouse shall cancel the parcel. */
  | 'cancel';

/** Kept beside the fields of the model: how the question is put. */
export interface Course {
  system: string;
  /** The shipment, or the order where it was not pushed. */
  about: string;
  purpose: Purpose;
  /** Which verb is next; a change by re-issue is held first, where the system can. */
  step: Step;
  /** The system may have heard this step's question. */
  heard: boolean;
  /** What was settled there when the question was put: has anything been since, nobody knows which came last. */
  syncedSeq?: number;
}

export interface NewRequest {
  order: RecordRow;
  unit: string;
  proposed: JsonObject;
  askedBy: string;
  deadline: number;
  course: Course;
}

/** @returns the request's id */
export function makeRequest(
  { order, unit, proposed, askedBy, deadline, course }: NewRequest,
  work: Work,
): { id: string } | { need: Key[] } {
  const { context, out } = work;
  const id = context.newId('crq_');
  const data: JsonObject = {
    ...{ record: 'order', recordId: order.id, unit, proposed, askedBy, state: 'proposed' },
    deadlineAt: new Date(deadline).toISOString(),
    x: { syncline: { ...course } },
  };
  const made = makeByPolicy('change_request', id, data, work);
  if ('need' in made) return made;
  out.policy.push({ timer: { subject: id, kind: 'ask', dueAt: context.now } });
  return { id };
}

export interface Request {
  state: RecordState;
  data: JsonObject;
  course: Course;
  deadline: number;
  order: RecordState;
  about: RecordState;
}

const open: ReadonlySet<unknown> = new Set(['proposed', 'requested', 'unknown']);

/** @returns undefined where there is none that waits; the keys that it needs first, if there are such */
export function openRequest(id: string, work: Work): Request | { need: Key[] } | undefined {
  const first = unasked(work, [id]);
  if (first.length > 0) return { need: first };
  const state = drafted(work, id);
  if (!state || !open.has(state.row.data.state)) return undefined;
  const { data } = state.row;
  const course = courseOf(data);
  const orderId = String(data.recordId);
  const missing = unasked(work, [orderId, course.about]).filter((key) => !work.state.reaches(key));
  if (missing.length > 0) return { need: missing };
  const [order, about] = [drafted(work, orderId), drafted(work, course.about)];
  if (!order || !about) return undefined;
  return { state, data, course, deadline: Date.parse(String(data.deadlineAt)), order, about };
}

function courseOf({ x }: JsonObject): Course {
  const kept = isTree(x) ? (x as JsonObject).syncline : undefined;
  return kept as unknown as Course;
}

export interface Turn {
  state?: 'requested' | 'accepted' | 'rejected' | 'unknown' | 'expired' | 'superseded';
  answer?: string;
  course?: Partial<Course>;
  /** When it is looked at again; null: never. */
  dueAt: number | null;
}

export function turnRequest(
  id: string,
  { state, answer, course, dueAt }: Turn,
  work: Work,
): { need: Key[] } | undefined {
  work.out.policy.push({ timer: { subject: id, kind: 'ask', dueAt } });
  const record = drafted(work, id);
  if (!record) return undefined;
  const patch: JsonObject = {
    ...(state !== undefined && { state }),
    ...(answer !== undefined && { answer }),
    ...(course && { x: { syncline: { ...course } } }),
  };
  const edited = editByPolicy(record, patch, work);
  return edited && 'need' in edited ? edited : undefined;
}

/** Whether the system can be asked so about records of that type. */
export function canBeAsked(work: Work, system: string, verb: Step, type: RecordType): boolean {
  return work.world.catalog.system(system)?.verbs?.[verb]?.includes(type) ?? false;
}
