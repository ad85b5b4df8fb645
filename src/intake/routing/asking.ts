// A change request on its way: the question as it is put, and what each answer leads to.
import { covers } from '../../core/catalog.ts';
import type { Asked, Asking } from '../../core/core.ts';
import { type JsonObject, stringifyJson } from '../../model/json.ts';
import { getPath } from '../../model/paths.ts';
import type { Key } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { accept, decline, type Means } from './answered.ts';
import { openRequest, type Request, turnRequest } from './change-request.ts';

/** A question that was handed out and never came back is put again. */
const leaseMs = 60_000;
/** Before a system that has not decided yet, or was not reached, is asked again. */
const againMs = 5_000;
/** Before it is looked whether the create that is under way has arrived. */
const settleMs = 1_000;

type Need = { need: Key[] } | undefined;

/** @returns the question, if there is one to put now */
export function beginAsking(id: string, means: Means, work: Work): { need: Key[] } | { asking?: Asking } {
  const request = openRequest(id, work);
  if (!request) {
    work.out.policy.push({ timer: { subject: id, kind: 'ask', dueAt: null } });
    return {};
  }
  if ('need' in request) return request;
  const { now } = work.context;
  if (now >= request.deadline) return decline(request, 'expired', whyExpired(request), work) ?? {};
  const replica = request.about.replicas.get(request.course.system);
  if (!replica || replica.externalId === null) return beforeItIsThere(request, means, work) ?? {};
  const { externalId, syncedSeq } = replica;
  if (request.course.step === 'update') return beginUpdate(request, { externalId, syncedSeq }, means, work);
  return ask(request, { asking: questionOf(request, externalId, work), syncedSeq }, work);
}

const whyExpired = ({ data, course }: Request): string =>
  data.state === 'proposed' ? `${course.system} could not be asked in time` : 'nobody answered in time';

/** Handed out: if it never comes back, it is put again. */
function ask(
  { state, data, course, deadline }: Request,
  { asking, syncedSeq }: { asking: Asking; syncedSeq: number },
  work: Work,
): { need: Key[] } | { asking: Asking } {
  const asked = data.state === 'proposed' ? { state: 'requested' as const } : {};
  const since = course.heard ? {} : { course: { syncedSeq } };
  const dueAt = Math.min(deadline, work.context.now + leaseMs);
  return turnRequest(state.row.id, { ...asked, ...since, dueAt }, work) ?? { asking };
}

/** What was heard is looked at. What is on its way to the system arrives first: never an older state after a newer one. */
function beginUpdate(
  request: Request,
  { externalId, syncedSeq }: { externalId: string; syncedSeq: number },
  means: Means,
  work: Work,
): { need: Key[] } | { asking?: Asking } {
  const { about, course, state } = request;
  const { type, id: recordId } = about.row;
  const key = `${course.system}:change_request:${state.row.id}:update:${syncedSeq}`;
  const question = { id: state.row.id, system: course.system, verb: 'update' as const, record: type, recordId };
  if (course.heard) return ask(request, { asking: { ...question, externalId, key, again: true }, syncedSeq }, work);
  if (about.replicas.get(course.system)?.state !== 'synced' || about.inFlight(course.system))
    return turnRequest(state.row.id, { dueAt: Math.min(request.deadline, work.context.now + settleMs) }, work) ?? {};
  const copy = means.copyOf(request, work);
  if (copy.kind === 'need') return { need: copy.keys };
  if (copy.kind === 'nothing') return accept(request, means, work) ?? {};
  if (copy.kind === 'impossible') return decline(request, 'rejected', copy.message, work) ?? {};
  const { body, match } = copy;
  return ask(request, { asking: { ...question, externalId, key, body, match, again: false }, syncedSeq }, work);
}

/** What the system has never seen it needs not be asked about; what is on its way there may arrive. */
function beforeItIsThere(request: Request, means: Means, work: Work): Need {
  const { about, course, state } = request;
  if (about.inFlight(course.system) === undefined) return accept(request, means, work);
  return turnRequest(state.row.id, { dueAt: work.context.now + settleMs }, work);
}

function questionOf({ state, data, course, about }: Request, externalId: string, work: Work): Asking {
  const { id } = state.row;
  const { system, step } = course;
  const recordId = about.row.id;
  const body = step === 'ask' ? proposedWords(system, about.row.type, data, work) : undefined;
  return {
    ...{
      id,
      system,
      verb: step,
      record: about.row.type,
      recordId,
      externalId,
      key: `${system}:change_request:${id}:${step}`,
    },
    ...(body !== undefined && { body }),
    again: course.heard,
  };
}

/** Only what is proposed, in the system's words. */
function proposedWords(system: string, type: 'order' | string, data: JsonObject, { world }: Work): string | undefined {
  const mapping = world.catalog.mapping(system, type as 'order');
  if (!mapping) return undefined;
  const proposed = (data.proposed ?? {}) as JsonObject;
  const said = mapping.outward.some((path) => getPath(proposed, path.split('.')) !== undefined) ? proposed : {};
  const written = mapping.write({ op: 'update', data: said, image: {}, base: undefined, lookup: () => undefined });
  return stringifyJson(written.changes);
}

export function concludeAsking(id: string, answer: Asked, means: Means, work: Work): Need {
  const request = openRequest(id, work);
  if (!request || 'need' in request) return request;
  const next = nextLook(request, answer, work);
  if ('found' in answer) return lookedAt(request, answer.found, next, means, work);
  if ('failure' in answer) {
    // Whether it was heard nobody knows: from now on it is only looked at.
    const heard = answer.sent ? { state: 'unknown' as const, course: { heard: true } } : {};
    return turnRequest(id, { ...heard, answer: answer.failure, dueAt: next }, work);
  }
  if (answer.verdict === 'no') return decline(request, 'rejected', saidNo(request, answer.said), work);
  if (answer.verdict === 'pending')
    return turnRequest(id, { state: 'requested', course: { heard: true }, dueAt: next }, work);
  if (request.course.step === 'hold' && request.course.purpose === 'change')
    return turnRequest(id, { course: { step: 'cancel', heard: false }, dueAt: work.context.now }, work);
  return accept(request, means, work);
}

const saidNo = ({ course }: Request, said: string | undefined): string =>
  said === undefined ? `${course.system} said no` : `${course.system} said no: ${said}`;

/** Where nothing can be looked at, nothing more will be heard of an update. */
function nextLook({ course, about, deadline }: Request, answer: Asked, { world, context }: Work): number {
  const isHeard = course.heard || ('failure' in answer && answer.sent);
  const fetches = world.catalog.system(course.system)?.fetches ?? [];
  if (course.step === 'update' && isHeard && !covers(fetches, about.row.type)) return deadline;
  return Math.min(deadline, context.now + againMs);
}

/** What the system holds tells what became of an update whose answer was lost. */
function lookedAt(request: Request, found: string | null, next: number, means: Means, work: Work): Need {
  const { course, state } = request;
  if (found === null) return decline(request, 'rejected', `${course.system} has it no more`, work);
  if (means.holds(request, found, work)) return accept(request, means, work);
  return turnRequest(state.row.id, { dueAt: next }, work);
}
