// An edit of what only another system can still allow is not refused: that system is asked, and the edit waits.

import type { MergeResult, Refusal, Unit } from '../../merge/types.ts';
import { getPath } from '../../model/paths.ts';
import type { RecordRow } from '../../store/rows.ts';
import type { Key, RecordState } from '../../store/store.ts';
import type { Work } from '../commit-edit.ts';
import { writesAny } from '../fan-out.ts';
import { type Course, canBeAsked, makeRequest, openRequest, turnRequest } from './change-request.ts';
import { pushedShipment } from './pushed-shipment.ts';

export interface Merged {
  result: MergeResult;
  refused: Refusal[];
  /** Units that wait for an answer, each with its request. */
  pending: { unit: string; request: string }[];
}

interface Edit {
  row: RecordRow;
  before: RecordState | undefined;
  source: string;
}

/** As it was merged, but for the units about which a system is asked. */
export function askInstead(edit: Edit, merged: Merged, work: Work): Merged | { need: Key[] } {
  const { before, row } = edit;
  if (!work.world.routing || !before || row.type !== 'order' || merged.result.tasks.length === 0) return merged;
  let after = merged;
  for (const task of merged.result.tasks) {
    const unit = work.world.catalog.policy('order').unitNamed(task.unit);
    const asked = task.reason === 'frozen' ? freedomOf(unit, row) : undefined;
    if (!asked) continue;
    const request = ask({ edit: { ...edit, before }, unit, said: task.said, ...asked }, work);
    if (request && 'need' in request) return request;
    if (request) after = waiting(after, unit.name, request.id);
  }
  return after;
}

/** Whom to ask, and for how long; undefined where nobody may allow it any more. */
function freedomOf({ frozen }: Unit, { data }: RecordRow): { ask: string; timeout: number } | undefined {
  const stage = frozen && getPath(data, frozen.by.split('.'));
  const freedom = typeof stage === 'string' ? frozen?.table[stage] : undefined;
  return typeof freedom === 'object' ? freedom : undefined;
}

interface Proposal {
  edit: Edit & { before: RecordState };
  unit: Unit;
  said: Parameters<typeof makeRequest>[0]['proposed'];
  ask: string;
  timeout: number;
}

/** @returns undefined where it cannot be asked: then it is refused as ever */
function ask(
  { edit, unit, said, ask: system, timeout }: Proposal,
  work: Work,
): { id: string } | { need: Key[] } | undefined {
  const shipment = pushedShipment(edit.before, work);
  if (shipment && 'need' in shipment) return shipment;
  const about = shipment ?? edit.before;
  const course = courseFor(system, about.row, unit, work);
  if (!course) return undefined;
  const cleared = supersede(edit.row.stamps[unit.name]?.pending, work);
  if (cleared !== 'clear') return cleared;
  const proposal = { order: edit.row, unit: unit.name, proposed: said, askedBy: edit.source };
  return makeRequest({ ...proposal, deadline: work.context.now + timeout, course }, work);
}

/** Asked in place, where the system can; what it cannot change is cancelled and issued anew; else the change is the question. */
function courseFor(system: string, { id, type }: RecordRow, unit: Unit, work: Work): Course | undefined {
  const course = { system, about: id, purpose: 'change' as const, heard: false };
  if (canBeAsked(work, system, 'ask', type)) return { ...course, step: 'ask' };
  if (canBeAsked(work, system, 'update', type) && isWritten(system, type, unit, work))
    return { ...course, step: 'update' };
  if (type !== 'shipment' || !canBeAsked(work, system, 'cancel', type)) return undefined;
  return { ...course, step: canBeAsked(work, system, 'hold', type) ? 'hold' : 'cancel' };
}

/** An update that cannot say what is proposed asks for nothing. */
function isWritten(system: string, type: RecordRow['type'], unit: Unit, { world }: Work): boolean {
  const mapping = world.catalog.mapping(system, type);
  const policy = world.catalog.policy(type);
  return mapping !== undefined && unit.paths.every((path) => writesAny(mapping, [policy.unitOf(path)]));
}

/** A newer proposal takes the place of one that nobody was asked yet. */
function supersede(pending: string | undefined, work: Work): 'clear' | { need: Key[] } | undefined {
  const request = pending === undefined ? undefined : openRequest(pending, work);
  if (!request) return 'clear';
  if ('need' in request) return request;
  if (request.data.state !== 'proposed') return undefined;
  return turnRequest(request.state.row.id, { state: 'superseded', dueAt: null }, work) ?? 'clear';
}

function waiting({ result, refused, pending }: Merged, unit: string, request: string): Merged {
  const stamp = result.stamps[unit] ?? { source: 'policy', at: 0, version: 0 };
  return {
    result: {
      ...result,
      stamps: { ...result.stamps, [unit]: { ...stamp, pending: request } },
      tasks: result.tasks.filter((one) => one.unit !== unit),
      restore: result.restore.filter((name) => name !== unit),
    },
    refused: refused.filter((one) => one.unit !== unit),
    pending: [...pending, { unit, request }],
  };
}
