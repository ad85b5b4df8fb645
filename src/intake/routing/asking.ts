// A change request on its way: the question as it is put, and what each answer leads to.
import type { Asked, Asking } from '../../core/core.ts';
import { type JsonObject, stringifyJson } from '../../model/json.ts';
import { getPath } from '../../model/paths.ts';
import type { ActiveRouting } from '../../policy/routing/active.ts';
import type { Key } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { accept, decline } from './answered.ts';
import { openRequest, type Request, turnRequest } from './change-request.ts';

/** A question that was handed out and never came back is put again. */
const leaseMs = 60_000;
/** Before a system that has not decided yet, or was not reached, is asked again. */
const againMs = 5_000;
/** Before it is looked whether the create that is under way has arrived. */
const settleMs = 1_000;

type Need = { need: Key[] } | undefined;

/** @returns the question, if there is one to put now */
export function beginAsking(id: string, routing: ActiveRouting, work: Work): { need: Key[] } | { asking?: Asking } {
  const request = openRequest(id, work);
  if (!request) {
    work.out.policy.push({ timer: { subject: id, kind: 'ask', dueAt: null } });
    return {};
  }
  if ('need' in request) return request;
  const { now } = work.context;
  if (now >= request.deadline) return decline(request, 'expired', 'nobody answered in time', work) ?? {};
  const { course, about, data } = request;
  const externalId = about.replicas.get(course.system)?.externalId ?? null;
  if (externalId === null) return beforeItIsThere(request, routing, work) ?? {};
  const state = data.state === 'proposed' ? { state: 'requested' as const } : {};
  const turned = turnRequest(id, { ...state, dueAt: Math.min(request.deadline, now + leaseMs) }, work);
  return turned ?? { asking: questionOf(request, externalId, work) };
}

/** What the system has never seen it needs not be asked about; what is on its way there may arrive. */
function beforeItIsThere(request: Request, routing: ActiveRouting, work: Work): Need {
  const { about, course, state } = request;
  if (about.inFlight(course.system) === undefined) return accept(request, routing, work);
  return turnRequest(state.row.id, { dueAt: work.context.now + settleMs }, work);
}

function questionOf({ state, data, course, about }: Request, externalId: string, work: Work): Asking {
  const { id } = state.row;
  const { system, step } = course;
  const body = step === 'ask' ? proposedWords(system, about.row.type, data, work) : undefined;
  return {
    ...{ id, system, verb: step, record: about.row.type, externalId, key: `${system}:change_request:${id}:${step}` },
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

export function concludeAsking(id: string, answer: Asked, routing: ActiveRouting, work: Work): Need {
  const request = openRequest(id, work);
  if (!request || 'need' in request) return request;
  const next = Math.min(request.deadline, work.context.now + againMs);
  if ('failure' in answer) {
    // Whether it was heard nobody knows: from now on it is only looked at.
    const heard = answer.sent ? { state: 'unknown' as const, course: { heard: true } } : {};
    return turnRequest(id, { ...heard, answer: answer.failure, dueAt: next }, work);
  }
  if (answer.verdict === 'no') return decline(request, 'rejected', `${request.course.system} said no`, work);
  if (answer.verdict === 'pending')
    return turnRequest(id, { state: 'requested', course: { heard: true }, dueAt: next }, work);
  if (request.course.step === 'hold' && request.course.purpose === 'change')
    return turnRequest(id, { course: { step: 'cancel', heard: false }, dueAt: work.context.now }, work);
  return accept(request, routing, work);
}
