// An edit by a system: merged into the record, and the system's own replica put where it then belongs.

import { covers } from '../core/catalog.ts';
import { type Reading, withRemovedEntries } from '../mapping/mapping.ts';
import { merge } from '../merge/merge.ts';
import type { Memory, MergePolicy, MergeResult, Observation, Refusal, Unit } from '../merge/types.ts';
import { type LosslessObject, parseJson, stringifyJson } from '../model/json.ts';
import { mergePatch } from '../model/merge-patch.ts';
import { type Draft, emptyImage, newReplica } from '../store/draft.ts';
import type { ImageRow, InFlightRow, RecordRow, ReplicaRow } from '../store/rows.ts';
import type { Context, Key, RecordState } from '../store/store.ts';
import { type CommittedEdit, commitEdit, type Edit as RecordEdit, type Work, wholeRecord } from './commit-edit.ts';
import { putBehind, writesAny } from './fan-out.ts';
import type { Prepared } from './prepare.ts';
import type { ChangeResult } from './result.ts';
import { askInstead, type Merged } from './routing/ask-instead.ts';

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
  const merged = mergeEdit(edit, source, policy, work.context.now);
  const wanted = { result: merged, refused: refusedOf(edit.reading, policy, merged), pending: nothingWaits };
  const asked = merged.tasks.length === 0 ? wanted : askInstead(whoseEdit(edit), wanted, work);
  if ('need' in asked) return asked;
  const { result, refused, pending } = asked;
  const revived = revives(edit, result);
  const isKnown = edit.row.version > 0;
  if (!isKnown && result.applied.length === 0) return answerOf(edit, result, refused, undefined);
  if (edit.row.deleted && !revived)
    return { status: 'unchanged', record: edit.row.type, id: edit.row.id, version: edit.row.version };
  const says =
    result.applied.length > 0 ||
    refused.length > 0 ||
    pending.length > 0 ||
    result.ambiguousEchoes.length > 0 ||
    revived;
  const committed = says ? commitEdit(recordEdit(edit, { result, refused, revived }), work) : undefined;
  if (committed && 'need' in committed) return committed;
  placeSource(edit, { source, policy, result, committed, revived }, work);
  const answer = answerOf(
    edit,
    result,
    refused,
    committed ?? { record: edit.row, seq: source.replica?.wantedSeq ?? 0 },
  );
  return pending.length === 0 ? answer : { ...answer, ...whileAsked(answer.status, pending) };
}

const nothingWaits: Merged['pending'] = [];

const whoseEdit = ({ row, before, prepared }: SystemEdit) => ({ row, before, source: prepared.arrival.system.id });

interface Source {
  replica: ReplicaRow | undefined;
  image: ImageRow | undefined;
  memory: Memory | undefined;
  flight: InFlightRow | undefined;
}

function sourceOf({ prepared, before }: SystemEdit): Source {
  const { id } = prepared.arrival.system;
  const replica = before?.replicas.get(id);
  if (!before || !replica) return unknownSource;
  const image = before.image(id);
  return { replica, image, memory: image?.memory, flight: before.inFlight(id) };
}

const unknownSource: Source = { replica: undefined, image: undefined, memory: undefined, flight: undefined };

/** What the merge would make of it; nothing is written. */
export const wouldMerge = (edit: SystemEdit, policy: MergePolicy, now: number): MergeResult =>
  mergeEdit(edit, sourceOf(edit), policy, now);

function mergeEdit(
  { prepared, reading, row, before }: SystemEdit,
  { memory, flight }: Source,
  policy: MergePolicy,
  now: number,
): MergeResult {
  const { arrival, mapping } = prepared;
  const observation: Observation = {
    source: arrival.system.id,
    patch: withRemovedEntries(reading, memory?.image),
    at: arrival.change.at ?? reading.at,
    trust: mapping.trust,
    since: arrival.since,
    now,
    ours: reading.ours,
  };
  if (arrival.backfill) observation.backfill = true;
  return merge({
    type: row.type,
    policy,
    record: before && { version: row.version, data: row.deleted ? {} : row.data, stamps: row.stamps },
    memory,
    inFlight: flight && flight.op !== 'delete' ? [...flight.older, flight.image] : [],
    observation,
  });
}

/** The refusals of the merge, and what of the payload could not be read. */
function refusedOf(reading: Reading, policy: MergePolicy, { refused }: MergeResult): Refusal[] {
  if (reading.faults.length === 0) return refused;
  const unreadable = reading.faults.map(({ path, ours, message }) => {
    return { unit: policy.unitOf(ours).name, reason: 'unreadable' as const, message, path };
  });
  return [...refused, ...unreadable];
}

/** A deleted record comes back when somebody says something new of it, or the one who deleted it has it again. */
function revives({ prepared, reading, row }: SystemEdit, result: MergeResult): boolean {
  if (!row.deleted || result.applied.length === 0) return false;
  const deletion = row.stamps[wholeRecord];
  const at = prepared.arrival.change.at ?? reading.at;
  return at === undefined || deletion === undefined || at > deletion.at;
}

function recordEdit(
  { prepared, reading, row, before }: SystemEdit,
  { result, refused, revived }: { result: MergeResult; refused: Refusal[]; revived: boolean },
): RecordEdit {
  const { arrival } = prepared;
  const edit: RecordEdit = {
    row,
    before,
    source: arrival.system.id,
    result,
    refused,
    occurredAt: arrival.change.at ?? reading.at,
    traceparent: arrival.traceparent,
  };
  if (revived) edit.turned = 'revived';
  return edit;
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
  const system = prepared.arrival.system.id;
  const { source, committed } = placing;
  const record = committed?.record ?? row;
  const known = source.replica ?? newReplica(system, record.type, record.id);
  const isNew = known.externalId === null;
  const placed = replicaAfter(copyWithId(known, prepared.externalId), { edit, placing, context, out });
  if (!source.replica || !sameReplica(placed, known)) out.replicas.push(placed);
  const image = imageAfter(edit, placing, placed);
  if (image) out.images.push({ system, recordId: record.id, image });
  if (isNew) out.unpark.push({ system, recordId: record.id, moves: prepared.arrival.system.pulls });
}

function copyWithId(replica: ReplicaRow, externalId: string): ReplicaRow {
  const copy = { ...replica };
  copy.externalId = externalId;
  return copy;
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

/** @param row a copy of its own; @returns it */
function replicaAfter(row: ReplicaRow, { edit, placing, context, out }: Place): ReplicaRow {
  const { committed, source } = placing;
  const { now } = context;
  const { pulls } = edit.prepared.arrival.system;
  if (row.state === 'unclear' && source.flight?.op === 'create') {
    // The object is there: the create whose answer was lost has arrived.
    row.state = 'behind';
    row.dueAt = pulls ? null : now;
  }
  if (!committed) return row;
  const { record, seq } = committed;
  const wrong = mustBePutRight(edit, placing);
  if (record.version === edit.row.version && !wrong) return row;
  if (wrong || row.state !== 'synced' || source.flight)
    return putBehind(row, { seq, version: record.version, pulls, now }, out);
  row.wantedSeq = seq;
  row.wantedVersion = record.version;
  row.syncedSeq = seq;
  return row;
}

/** Something stands there now that is not what it should be, and this system takes it from us. */
function mustBePutRight({ prepared, row }: SystemEdit, { policy, result }: Placing): boolean {
  const { mapping, arrival } = prepared;
  if (mapping.outward.length === 0 || !covers(arrival.system.writes, row.type)) return false;
  const wrong: Unit[] = result.restore.map((name) => policy.unitNamed(name));
  for (const { unit: name, ambiguous } of result.applied) {
    const unit = policy.unitNamed(name);
    if (ambiguous || unit.resolve === 'union') wrong.push(unit);
  }
  return writesAny(mapping, wrong);
}

function imageAfter(edit: SystemEdit, placing: Placing, placed: ReplicaRow): ImageRow | undefined {
  const { source, result, committed } = placing;
  const record = committed?.record ?? edit.row;
  const before = source.image ?? emptyImage();
  const memory = result.memory ?? before.memory;
  const syncedVersion = placed.state === 'synced' ? record.version : memory.syncedVersion;
  const payload = payloadAfter(edit.prepared, before.payload);
  const same = memory === before.memory && syncedVersion === memory.syncedVersion && payload === before.payload;
  if (same && source.image) return undefined;
  return { memory: syncedVersion === memory.syncedVersion ? memory : { ...memory, syncedVersion }, payload };
}

/** The payload that the system holds, where the mapping writes it back. */
export function payloadAfter({ mapping, arrival }: Prepared, before: string | null): string | null {
  const { data } = arrival.change;
  if (!mapping.keepsPayload || !data) return before;
  if (mapping.payload === 'snapshot' || before === null) return stringifyJson(data);
  return stringifyJson(mergePatch(parseJson(before) as LosslessObject, data));
}

function answerOf(
  { row }: SystemEdit,
  { applied, ambiguousEchoes }: MergeResult,
  refused: Refusal[],
  committed: CommittedEdit | undefined,
): ChangeResult {
  const answer: ChangeResult = { status: statusOf(applied.length > 0, refused), record: row.type };
  if (committed) {
    answer.id = committed.record.id;
    answer.version = committed.record.version;
    answer.seq = String(committed.seq);
  }
  if (applied.length > 0) answer.applied = applied.map(({ unit }) => unit);
  if (refused.length > 0) answer.refused = refused;
  if (ambiguousEchoes.length > 0) answer.ambiguous = ambiguousEchoes;
  return answer;
}

/** What waits is neither taken nor refused. */
const whileAsked = (
  status: ChangeResult['status'],
  pending: { unit: string; request: string }[],
): Pick<ChangeResult, 'status' | 'pending'> => ({ status: status === 'unchanged' ? 'pending' : 'partial', pending });

function statusOf(isApplied: boolean, refused: readonly Refusal[]): ChangeResult['status'] {
  if (isApplied) return refused.length > 0 ? 'partial' : 'accepted';
  return refused.every(({ reason }) => reason === 'stale') ? 'unchanged' : 'refused';
}
