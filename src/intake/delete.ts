// A deletion by a system: an order is proposed as cancelled, anything else becomes a tombstone.
import { covers } from '../core/catalog.ts';
import type { Reading } from '../mapping/mapping.ts';
import type { MergePolicy, Refusal } from '../merge/types.ts';
import { emptyImage, newReplica } from '../store/draft.ts';
import type { RecordRow } from '../store/rows.ts';
import type { Key, RecordState } from '../store/store.ts';
import { type CommittedEdit, commitEdit, type Work, wholeRecord } from './commit-edit.ts';
import { applyEdit } from './edit.ts';
import { fallBehind } from './fan-out.ts';
import type { Prepared } from './prepare.ts';
import type { ChangeResult } from './result.ts';

export function applyDeletion(
  prepared: Prepared,
  before: RecordState | undefined,
  work: Work,
): ChangeResult | { need: Key[] } {
  const { record } = prepared.arrival.change;
  if (!before || before.row.version === 0) return { status: 'unchanged', record };
  if (before.row.deleted) return { status: 'unchanged', record, id: before.row.id, version: before.row.version };
  if (record === 'order') return proposeCancelled(prepared, before, work);
  const refusal = refusalOf(prepared, before.row, work.world.catalog.policy(record));
  return refusal ? refuse(prepared, before, refusal, work) : entomb(prepared, before, work);
}

const cancelled = (prepared: Prepared): Reading => ({ ...prepared.reading, patch: { status: 'cancelled' } });

/** A system never deletes an order; where its word does not count, its copy is made again. */
function proposeCancelled(prepared: Prepared, before: RecordState, work: Work): ChangeResult | { need: Key[] } {
  const answer = applyEdit({ prepared, reading: cancelled(prepared), row: before.row, before }, work);
  if ('need' in answer || answer.status !== 'refused' || answer.seq === undefined) return answer;
  forget(prepared, before, { record: before.row, seq: Number(answer.seq) }, work);
  return answer;
}

/** Who may change nothing that is guarded may not make the whole go away; nor may an older word undo a newer one. */
function refusalOf({ arrival }: Prepared, row: RecordRow, policy: MergePolicy): Refusal | undefined {
  const source = arrival.system.id;
  const guarded = policy.units.filter(({ writers }) => writers !== undefined);
  if (guarded.length > 0 && !guarded.some(({ writers }) => writers?.has(source))) {
    return { unit: wholeRecord, reason: 'not_a_writer', message: `${source} may not delete a ${row.type}` };
  }
  const { at } = arrival.change;
  const newer = Object.entries(row.stamps).find(
    ([, stamp]) => stamp.source !== source && at !== undefined && stamp.at > at,
  );
  if (!newer) return undefined;
  const message = `${newer[1].source} changed ${newer[0]} after ${source} deleted it`;
  return { unit: wholeRecord, reason: 'lost', message };
}

function refuse(prepared: Prepared, before: RecordState, refusal: Refusal, work: Work): ChangeResult | { need: Key[] } {
  const { row } = before;
  const result = { data: row.data, stamps: row.stamps, applied: [], ambiguousEchoes: [], tasks: [] };
  const committed = commitEdit({ ...sourceOf(prepared, before), result, refused: [refusal] }, work);
  if ('need' in committed) return committed;
  forget(prepared, before, committed, work);
  return { status: 'refused', ...identified(committed), refused: [refusal] };
}

function entomb(prepared: Prepared, before: RecordState, work: Work): ChangeResult | { need: Key[] } {
  const { row } = before;
  const { system } = prepared.arrival;
  const result = { data: row.data, stamps: row.stamps, applied: [], ambiguousEchoes: [], tasks: [] };
  const committed = commitEdit({ ...sourceOf(prepared, before), result, refused: [], turned: 'deleted' }, work);
  if ('need' in committed) return committed;
  const { record, seq } = committed;
  const known = before.replicas.get(system.id) ?? newReplica(system.id, row.type, row.id);
  const gone = { ...known, externalId: prepared.externalId, wantedSeq: seq, wantedVersion: record.version };
  const isSettled = !before.inFlight(system.id);
  work.out.replicas.push(
    isSettled ? { ...gone, state: 'synced', syncedSeq: seq, behindSince: null, dueAt: null, parkedOn: null } : gone,
  );
  if (isSettled) work.out.images.push({ system: system.id, recordId: row.id, image: emptyImage() });
  return { status: 'accepted', ...identified(committed), applied: [wholeRecord] };
}

const sourceOf = ({ arrival }: Prepared, before: RecordState) => ({
  row: before.row,
  before,
  source: arrival.system.id,
  occurredAt: arrival.change.at,
  traceparent: arrival.traceparent,
});

const identified = ({ record, seq }: CommittedEdit) => ({
  record: record.type,
  id: record.id,
  version: record.version,
  seq: String(seq),
});

/** The system has no copy any more: it gets one again, as a new object. */
function forget(prepared: Prepared, before: RecordState, { record, seq }: CommittedEdit, work: Work): void {
  const { system } = prepared.arrival;
  const { mapping } = prepared;
  if (mapping.outward.length === 0 || !covers(system.writes, record.type) || before.inFlight(system.id)) return;
  const known = before.replicas.get(system.id) ?? newReplica(system.id, record.type, record.id);
  const wanted = { seq, version: record.version, pulls: system.pulls, now: work.context.now };
  work.out.replicas.push({ ...fallBehind(known, wanted, work.out), externalId: null });
  work.out.images.push({ system: system.id, recordId: record.id, image: emptyImage() });
}
