// An edit by a person on the canonical record itself.
import { invalid, problem } from '../core/problem.ts';
import { merge } from '../merge/merge.ts';
import type { Refusal } from '../merge/types.ts';
import { JsonFault, type JsonObject, parseJson, toJson } from '../model/json.ts';
import { pointer } from '../model/json-value.ts';
import { overlay } from '../model/merge-tree.ts';
import { isTree } from '../model/own.ts';
import { type RecordType, recordSchema } from '../model/records.ts';
import type { RecordState } from '../store/store.ts';
import { type CommittedEdit, commitEdit, type Work } from './commit-edit.ts';
import { askInstead } from './routing/ask-instead.ts';

/** @throws ProblemError 400 with every fault of the text */
export function parsePatch(text: string): JsonObject {
  try {
    const value = toJson(parseJson(text));
    if (isTree(value)) return value as JsonObject;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw invalid([{ path: error.path, message: error.message }]);
  }
  throw invalid([{ path: '', message: 'a patch must be an object of canonical fields' }]);
}

/** @throws ProblemError 400 listing every member that the record cannot hold */
export function checkPatch(type: RecordType, data: JsonObject, patch: JsonObject): void {
  const reading = recordSchema(type).safeParse(overlay(type, data, patch));
  if (reading.success) return;
  const touched = new Set(Object.keys(patch));
  const faults = reading.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ at: [...issue.path, key], message: `a ${type} has no such field` }));
    return [{ at: issue.path, message: issue.message }];
  });
  const ours = faults.filter(({ at }) => touched.has(String(at[0])));
  if (ours.length > 0)
    throw invalid(ours.map(({ at, message }) => ({ path: at.map(String).reduce(pointer, ''), message })));
}

/** The refusals when nothing of it was taken; undefined where the record already is as asked. */
export type Edited = CommittedEdit | { refused: Refusal[] } | { need: string[] } | undefined;

export function editByConsole(
  before: RecordState,
  patch: JsonObject,
  work: Work,
  more: { traceparent?: string | undefined } = {},
): Edited {
  const { row } = before;
  checkPatch(row.type, row.data, patch);
  const { now } = work.context;
  const result = merge({
    type: row.type,
    policy: work.world.catalog.policy(row.type),
    record: row,
    memory: undefined,
    inFlight: [],
    observation: { source: 'console', patch, at: now, trust: 'ntp', since: undefined, now, ours: false },
  });
  const asked = askInstead({ row, before, source: 'console' }, { result, refused: result.refused, pending: [] }, work);
  if ('need' in asked) return asked;
  const { refused, pending } = asked;
  if (result.applied.length === 0 && pending.length === 0) return refused.length === 0 ? undefined : { refused };
  const edit = { row, before, source: 'console', result: asked.result, refused, occurredAt: now };
  return commitEdit({ ...edit, traceparent: more.traceparent }, work);
}

/** @throws ProblemError 409 saying what was refused and why */
export function refuseWhole(refused: readonly Refusal[]): never {
  const detail = refused.map(({ unit, message }) => `${unit}: ${message}`).join('; ');
  throw problem('conflict', detail, { extra: { refused: refused.map((one) => ({ ...one })) } });
}
