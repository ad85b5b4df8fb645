// An edit by a system: merged into the record, and the system's own replica put where it then belongs.

import { covers } from '../core/catalog.ts';
import { type Reading, withRemovedEntries } from '../mapping/mapping.ts';
import { merge } from '../merge/merge.ts';
import type { Memory, MergePolicy, MergeResult, Refusal } from '../merge/types.ts';
import { type LosslessObject, parseJson, stringifyJson } from '../model/json.ts';
import { mergePatch } from '../model/merge-patch.ts';
import { type Draft, emptyImage, newReplica } from '../store/draft.ts';
import type { ImageRow, InFlightRow, RecordRow, ReplicaRow } from '../store/rows.ts';
import type { Context, Key, RecordState } from '../store/store.ts';
import { type CommittedEdit, commitEdit, type Work, wholeRecord } from './commit-edit.ts';
import { fallBehind, writesUnit } from './fan-out.ts';
import type { Prepared } from './prepare.ts';
import type { ChangeResult } from './result.ts';

export interface SystemEdit {
  prepared: Prepared;
  reading: Reading;
  /** As it is before; version 0 and not yet stored for one that nobody knew. */
  row: RecordRow;
  before: RecordState | undefined;
}

/** @returns the keys that it needs first, if there are such */
export function applyEdit(edit: SystemEdit, work: Work): ChangeResult | { need: Key[] } {
  const source = sourceOf(edit);
  const policy = work.world.catalog.policy(edit.row.type);
  const result = mergeEdit(edit, source, policy, work);
  const refused = [...result.refused, ...unreadable(edit.reading, policy)];
  const revived = revives(edit, result);
  const isKnown = edit.row.version > 0;
  if (!isKnown && result.applied.length === 0) return answerOf(edit, result, refused, undefined);
  if (edit.row.deleted && !revived)
    return { status: 'unchanged', record: edit.row.type, id: edit.row.id, version: edit.row.version };
  const says = result.applied.length > 0 || refused.length > 0 || result.ambiguousEchoes.length > 0 || revived;
  const committed = says ? commitEdit(recordEdit(edit, { result, refused, revived }), work) : undefined;
  if (committed && 'need' in committed) return committed;
  placeSource(edit, { source, policy, result, committed, revived }, work);
  return answerOf(edit, result, refused, committed ?? { record: edit.row, seq: source.replica?.wantedSeq ?? 0 });
}

interface Source {
  replica: ReplicaRow | undefined;
  image: ImageRow | undefined;
  memory: Memory | undefined;
  flight: InFlightRow | undefined;
}

function sourceOf({ prepared, before }: SystemEdit): Source {
  const { id } = prepared.arrival.system;
  const replica = before?.replicas.get(id);
  const image = replica && before?.image(id);
  return { replica, image, memory: image?.memory, flight: replica && before?.inFlight(id) };
}

function mergeEdit(
  { prepared, reading, row, before }: SystemEdit,
  source: Source,
  policy: MergePolicy,
  work: Work,
): MergeResult {
  const { arrival, mapping } = prepared;
  const { memory, flight } = source;
  return merge({
    type: row.type,
    policy,
    record: before && { version: row.version, data: row.deleted ? {} : row.data, stamps: row.stamps },
    memory,
    inFlight: flight && flight.op !== 'delete' ? [...flight.older, flight.image] : [],
    observation: {
      source: arrival.system.id,
      patch: withRemovedEntries(reading, memory?.image),
      at: arrival.change.at ?? reading.at,
      trust: mapping.trust,
      since: arrival.since,
      now: work.context.now,
      ours: reading.ours,
      ...(arrival.backfill && { backfill: true }),
    },
  });
}

const unreadable = (reading: Reading, policy: MergePolicy): Refusal[] =>
  reading.faults.map(({ path, ours, message }) => ({
    unit: policy.unitOf(ours).name,
    reason: 'unreadable',
    message,
    path,
  }));

/** A deleted record comes back when somebody says something new of it, or the one who deleted it has it again. */
function revives({ prepared, reading, row }: SystemEdit, result: MergeResult): boolean {
  if (!row.deleted || result.applied.length === 0) return false;
  const deletion = row.stamps[wholeRecord];
  const at = prepared.arrival.change.at ?? reading.at;
  return at === undefined || deletion === undefined || at > deletion.at;
}

function recordEdit(edit: SystemEdit, more: { result: MergeResult; refused: Refusal[]; revived: boolean }) {
  const { prepared, reading, row, before } = edit;
  const { arrival } = prepared;
  return {
    row,
    before,
    source: arrival.system.id,
    result: more.result,
    refused: more.refused,
    ...(more.revived && { turned: 'revived' as const }),
    occurredAt: arrival.change.at ?? reading.at,
    traceparent: arrival.traceparent,
  };
}

interface Placing {
  source: Source;
  policy: MergePolicy;
  result: MergeResult;
  committed: CommittedEdit | undefined;
  revived: boolean;
}

function placeSource(edit: SystemEdit, placing: Placing, { context, out }: Work): void {
  const { prepared, row } = edit;
  const { system } = prepared.arrival;
  const { source, committed } = placing;
  const record = committed?.record ?? row;
  const known = source.replica ?? newReplica(system.id, record.type, record.id);
  const placed = replicaAfter({ ...known, externalId: prepared.externalId }, { edit, placing, context, out });
  if (!source.replica || !sameReplica(placed, known)) out.replicas.push(placed);
  const image = imageAfter(edit, placing, placed);
  if (image) out.images.push({ system: system.id, recordId: record.id, image });
  if (known.externalId === null) out.unpark.push({ system: system.id, recordId: record.id, moves: system.pulls });
}

function sameReplica(a: ReplicaRow, b: ReplicaRow): boolean {
  return (
    a.externalId === b.externalId &&
    a.state === b.state &&
    a.wantedSeq === b.wantedSeq &&
    a.syncedSeq === b.syncedSeq &&
    a.dueAt === b.dueAt
  );
}

interface Place {
  edit: SystemEdit;
  placing: Placing;
  context: Context;
  out: Draft;
}

function replicaAfter(replica: ReplicaRow, { edit, placing, context, out }: Place): ReplicaRow {
  const { committed, source } = placing;
  const { now } = context;
  const { pulls } = edit.prepared.arrival.system;
  // The object is there: the create whose answer was lost has arrived.
  const arrived = replica.state === 'unclear' && source.flight?.op === 'create';
  const known = arrived ? { ...replica, state: 'behind' as const, dueAt: pulls ? null : now } : replica;
  if (!committed) return known;
  const { record, seq } = committed;
  const wrong = mustBePutRight(edit, placing);
  if (record.version === edit.row.version && !wrong) return known;
  const wanted = { seq, version: record.version, pulls, now };
  if (wrong || known.state !== 'synced' || source.flight) return fallBehind(known, wanted, out);
  return { ...known, wantedSeq: seq, wantedVersion: record.version, syncedSeq: seq };
}

/** Something stands there now that is not what it should be, and this system takes it from us. */
function mustBePutRight({ prepared, row }: SystemEdit, { policy, result }: Placing): boolean {
  const { mapping, arrival } = prepared;
  if (mapping.outward.length === 0 || !covers(arrival.system.writes, row.type)) return false;
  const unitNamed = (name: string) => policy.units.find((unit) => unit.name === name) ?? policy.unitOf(name);
  const merged = result.applied.filter(({ unit, ambiguous }) => ambiguous || unitNamed(unit).resolve === 'union');
  return [...result.restore, ...merged.map(({ unit }) => unit)].some((name) => writesUnit(mapping, unitNamed(name)));
}

function imageAfter(edit: SystemEdit, placing: Placing, placed: ReplicaRow): ImageRow | undefined {
  const { source, result, committed } = placing;
  const record = committed?.record ?? edit.row;
  const before = source.image ?? emptyImage();
  const memory = result.memory ?? before.memory;
  const syncedVersion = placed.state === 'synced' ? record.version : memory.syncedVersion;
  const payload = payloadAfter(edit, before.payload);
  const same = memory === before.memory && syncedVersion === memory.syncedVersion && payload === before.payload;
  if (same && source.image) return undefined;
  return { memory: syncedVersion === memory.syncedVersion ? memory : { ...memory, syncedVersion }, payload };
}

/** The payload that the system holds, where the mapping writes it back. */
function payloadAfter({ prepared }: SystemEdit, before: string | null): string | null {
  const { mapping, arrival } = prepared;
  const { data } = arrival.change;
  if (!mapping.keepsPayload || !data) return before;
  if (mapping.payload === 'snapshot' || before === null) return stringifyJson(data);
  return stringifyJson(mergePatch(parseJson(before) as LosslessObject, data));
}

function answerOf(
  edit: SystemEdit,
  result: MergeResult,
  refused: Refusal[],
  committed: CommittedEdit | undefined,
): ChangeResult {
  const applied = result.applied.map(({ unit }) => unit);
  const stands = committed && {
    id: committed.record.id,
    version: committed.record.version,
    seq: String(committed.seq),
  };
  return {
    status: statusOf(applied, refused),
    record: edit.row.type,
    ...stands,
    ...(applied.length > 0 && { applied }),
    ...(refused.length > 0 && { refused }),
    ...(result.ambiguousEchoes.length > 0 && { ambiguous: result.ambiguousEchoes }),
  };
}

function statusOf(applied: string[], refused: Refusal[]): ChangeResult['status'] {
  if (applied.length > 0) return refused.length > 0 ? 'partial' : 'accepted';
  return refused.every(({ reason }) => reason === 'stale') ? 'unchanged' : 'refused';
}
