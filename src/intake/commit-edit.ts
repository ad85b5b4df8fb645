// Writes what a merge has decided: the record, its change row, its match keys, the replicas that fall behind, the tasks.
import type { World } from '../core/catalog.ts';
import type { MergeResult, Refusal } from '../merge/types.ts';
import type { Draft } from '../store/draft.ts';
import type { ChangeOp, RecordRow } from '../store/rows.ts';
import type { Context, Key, RecordState, State } from '../store/store.ts';
import { fanOut } from './fan-out.ts';
import { keyChanges, keysOf, writeKeys } from './match-keys.ts';
import { openTask } from './task.ts';

/** What stands for the whole record among units: its deletion and its return. */
export const wholeRecord = '*';

export interface Edit {
  /** As it is before the edit; version 0 for one that is made by it. */
  row: RecordRow;
  before: RecordState | undefined;
  source: string;
  result: Pick<MergeResult, 'data' | 'stamps' | 'applied' | 'ambiguousEchoes' | 'tasks'>;
  refused: readonly Refusal[];
  /** Deleted or brought back by it. */
  turned?: 'deleted' | 'revived';
  occurredAt: number | undefined;
  traceparent?: string | undefined;
}

export interface Work {
  world: World;
  state: State;
  context: Context;
  out: Draft;
}

export interface CommittedEdit {
  record: RecordRow;
  seq: number;
}

/** @returns the keys that it needs first, if there are such */
export function commitEdit(edit: Edit, { world, state, context, out }: Work): CommittedEdit | { need: Key[] } {
  const record = recordAfter(edit, context.now);
  const changedKeys = keyChanges(world.catalog, edit.row, record);
  const missing = keysOf(changedKeys, record).filter((key) => !state.asked(key));
  if (missing.length > 0) return { need: missing };
  const seq = context.nextSeq();
  if (record !== edit.row) out.records.push(record);
  writeChange(edit, record, seq, context.now, out);
  writeKeys(changedKeys, record, state, out);
  if (record !== edit.row) spread(edit, record, seq, { world, state, context, out });
  for (const task of edit.result.tasks) ask(edit, record, task, { world, state, context, out });
  world.traces.put(seq, edit.traceparent);
  return { record, seq };
}

function recordAfter({ row, result, source, turned, occurredAt }: Edit, now: number): RecordRow {
  if (result.applied.length === 0 && result.stamps === row.stamps && !turned) return row;
  if (result.applied.length === 0 && !turned) return { ...row, stamps: result.stamps };
  const version = row.version + 1;
  const stamps = turned
    ? { ...result.stamps, [wholeRecord]: { source, at: occurredAt ?? now, version } }
    : result.stamps;
  const deleted = turned ? turned === 'deleted' : row.deleted;
  return { ...row, version, data: result.data, stamps, deleted, updatedAt: now };
}

const mostAhead = 60_000;

function writeChange(edit: Edit, record: RecordRow, seq: number, now: number, out: Draft): void {
  const { result, source, refused, traceparent, occurredAt = now } = edit;
  out.changes.push({
    seq,
    type: record.type,
    recordId: record.id,
    version: record.version,
    source,
    op: opOf(edit, record),
    units: Object.fromEntries(result.applied.map(({ unit, from, to }) => [unit, [from, to]])),
    refused: [...refused],
    ambiguous: [...result.ambiguousEchoes, ...result.applied.filter((one) => one.ambiguous).map(({ unit }) => unit)],
    resend: null,
    occurredAt: occurredAt > now + mostAhead ? now : occurredAt,
    recordedAt: now,
    traceparent: traceparent ?? null,
  });
}

function opOf({ row, turned }: Edit, record: RecordRow): ChangeOp {
  if (record.version === row.version) return 'none';
  if (turned === 'deleted') return 'deleted';
  return row.version === 0 || turned === 'revived' ? 'created' : 'updated';
}

function spread(edit: Edit, record: RecordRow, seq: number, { world, context, out }: Work): void {
  const { before, source, result, turned } = edit;
  if (record.version === edit.row.version) return;
  const policy = world.catalog.policy(record.type);
  const units = result.applied.map(({ unit }) => policy.units.find(({ name }) => name === unit) ?? policy.unitOf(unit));
  const whole = turned !== undefined;
  fanOut({ catalog: world.catalog, record, before, units, source, seq, now: context.now, whole }, out);
}

function ask(edit: Edit, record: RecordRow, task: MergeResult['tasks'][number], { world, context, out }: Work): void {
  const { unit, reason, said } = task;
  const pingPong = reason === 'ping_pong';
  const why = edit.refused.find((refusal) => refusal.unit === unit)?.message ?? reason;
  openTask(
    {
      kind: pingPong ? 'ping_pong' : 'refused_edit',
      record: record.type,
      recordId: record.id,
      unit,
      title: pingPong
        ? `${unit} of ${record.type} ${record.id} goes to and fro and is held`
        : `${edit.source} wanted to change ${unit} of ${record.type} ${record.id}`,
      reason: why,
      options: ['keep', 'changed_by_hand'],
      said,
    },
    world,
    context,
    out,
  );
}
