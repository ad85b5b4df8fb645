// Writes what a merge has decided: the record, its change row, its match keys, the replicas that fall behind, the tasks.
import type { World } from '../core/catalog.ts';
import type { MergeResult, Refusal } from '../merge/types.ts';
import { put } from '../model/own.ts';
import type { Draft } from '../store/draft.ts';
import type { ChangeOp, ChangeRow, RecordRow } from '../store/rows.ts';
import type { Context, Key, RecordState, State } from '../store/store.ts';
import { fanOut } from './fan-out.ts';
import { keyChanges, keysOf, stockChange, writeKeys } from './match-keys.ts';
import { openTask } from './task.ts';

/** What stands for the whole record among units: its deletion and its return. */
export const wholeRecord = '*';

export interface Edit {
  /** As it is before the edit; version 0 for one that is made by it. */
  row: RecordRow;
  before: RecordState | undefined;
  source: string;
  result: Pick<MergeResult, 'data' | 'stamps' | 'applied' | 'ambiguousEchoes' | 'tasks'>;
  refused: Refusal[];
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
export function commitEdit(edit: Edit, work: Work): CommittedEdit | { need: Key[] } {
  const { world, state, context, out } = work;
  const record = recordAfter(edit, context.now);
  const changedKeys = [
    ...keyChanges(world.catalog, edit.row, record),
    ...stockChange(edit.row, record, world.returns !== undefined),
  ];
  if (changedKeys.length > 0) {
    const missing = keysOf(changedKeys, record).filter((key) => !state.asked(key));
    if (missing.length > 0) return { need: missing };
    writeKeys(changedKeys, record, state, out);
  }
  const seq = context.nextSeq();
  if (record !== edit.row) out.records.push(record);
  out.changes.push(changeRow(edit, record, seq, context.now));
  if (record.version !== edit.row.version) spread(edit, record, seq, work);
  for (const task of edit.result.tasks) ask(edit, record, task, work);
  world.traces.put(seq, edit.traceparent);
  return { record, seq };
}

function recordAfter({ row, result, source, turned, occurredAt }: Edit, now: number): RecordRow {
  const isChanged = result.applied.length > 0 || turned !== undefined;
  if (!isChanged) return result.stamps === row.stamps ? row : { ...row, stamps: result.stamps };
  const version = row.version + 1;
  const stamps = turned
    ? { ...result.stamps, [wholeRecord]: { source, at: occurredAt ?? now, version } }
    : result.stamps;
  const deleted = turned ? turned === 'deleted' : row.deleted;
  return { ...row, version, data: result.data, stamps, deleted, updatedAt: now };
}

const mostAhead = 60_000;

function changeRow(edit: Edit, record: RecordRow, seq: number, now: number): ChangeRow {
  const { result, source, refused, traceparent, occurredAt = now } = edit;
  const units: ChangeRow['units'] = {};
  const ambiguous = [...result.ambiguousEchoes];
  for (const one of result.applied) {
    put(units, one.unit, [one.from, one.to]);
    if (one.ambiguous) ambiguous.push(one.unit);
  }
  return {
    seq,
    type: record.type,
    recordId: record.id,
    version: record.version,
    source,
    op: opOf(edit, record),
    units,
    refused,
    ambiguous,
    resend: null,
    occurredAt: occurredAt > now + mostAhead ? now : occurredAt,
    recordedAt: now,
    traceparent: traceparent ?? null,
  };
}

function opOf({ row, turned }: Edit, record: RecordRow): ChangeOp {
  if (record.version === row.version) return 'none';
  if (turned === 'deleted') return 'deleted';
  return row.version === 0 || turned === 'revived' ? 'created' : 'updated';
}

function spread(edit: Edit, record: RecordRow, seq: number, { world, context, out }: Work): void {
  const { before, source, result, turned } = edit;
  const policy = world.catalog.policy(record.type);
  const units = result.applied.map(({ unit }) => policy.unitNamed(unit));
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
