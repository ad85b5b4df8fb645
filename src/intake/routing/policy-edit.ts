// Edits by the policy itself: what it decided is what the record says from now on.

import { partOf, readSlot, slotsOf, writeSlot } from '../../merge/slots.ts';
import type { Applied, Stamps } from '../../merge/types.ts';
import type { JsonObject } from '../../model/json.ts';
import { overlay } from '../../model/merge-tree.ts';
import { put } from '../../model/own.ts';
import type { RecordType } from '../../model/records.ts';
import { newRecord } from '../../store/draft.ts';
import type { RecordRow } from '../../store/rows.ts';
import type { Key, RecordState } from '../../store/store.ts';
import { type CommittedEdit, commitEdit, type Work } from '../commit-edit.ts';

/** @returns undefined where the record is so already; the keys that it needs first, if there are such */
export function editByPolicy(
  before: RecordState,
  patch: JsonObject,
  work: Work,
): CommittedEdit | { need: Key[] } | undefined {
  const { row } = before;
  const { data, applied, stamps } = changed(row, patch, work);
  if (applied.length === 0) return undefined;
  return commit(row, before, { data, applied, stamps }, work);
}

/** @param id that no record has */
export function makeByPolicy(
  type: RecordType,
  id: string,
  data: JsonObject,
  work: Work,
): CommittedEdit | { need: Key[] } {
  const row = newRecord(type, id, work.context.now);
  return commit(row, undefined, changed(row, data, work), work);
}

interface Changed {
  data: JsonObject;
  applied: Applied[];
  stamps: Stamps;
}

/** A unit that is held stays as it is, whoever asks. */
function changed(row: RecordRow, patch: JsonObject, { world, context }: Work): Changed {
  const { type } = row;
  const policy = world.catalog.policy(type);
  let data = overlay(type, row.data, patch);
  const stamps: Stamps = { ...row.stamps };
  const applied: Applied[] = [];
  for (const unit of policy.differing(row.data, data)) {
    const slots = slotsOf(type, unit);
    if (row.stamps[unit.name]?.held !== undefined) {
      for (const slot of slots) data = writeSlot(data, slot, readSlot(row.data, slot));
      continue;
    }
    applied.push({ unit: unit.name, from: partOf(slots, row.data), to: partOf(slots, data), ambiguous: false });
    put(stamps, unit.name, { source: 'policy', at: context.now, version: row.version + 1 });
  }
  return { data, applied, stamps };
}

function commit(
  row: RecordRow,
  before: RecordState | undefined,
  result: Changed,
  work: Work,
): CommittedEdit | { need: Key[] } {
  const whole = { ...result, ambiguousEchoes: [], tasks: [] };
  return commitEdit({ row, before, source: 'policy', result: whole, refused: [], occurredAt: work.context.now }, work);
}
