// One change from one system: identify, read, merge, write. Pure: state in, rows and an answer out.
import type { World } from '../core/catalog.ts';
import type { Reading } from '../mapping/mapping.ts';
import { requiredFields } from '../model/fields.ts';
import { idPrefix } from '../model/ids.ts';
import { own } from '../model/own.ts';
import { isEmpty } from '../model/tree.ts';
import { type Draft, draft, newRecord } from '../store/draft.ts';
import type { Context, Decision, Key, State } from '../store/store.ts';
import { type Work, wholeRecord } from './commit-edit.ts';
import { applyDeletion } from './delete.ts';
import { applyEdit } from './edit.ts';
import { follow } from './follow.ts';
import { foldStub, type Identity, identify } from './identify.ts';
import type { Prepared } from './prepare.ts';
import { resolveReferences } from './references.ts';
import { type ChangeResult, KeyReused } from './result.ts';
import { openTask } from './task.ts';

/** @throws KeyReused when the key stands for another body */
export function accept(prepared: Prepared, world: World, state: State, context: Context): Decision<ChangeResult> {
  const repeated = answerGivenBefore(prepared, state);
  if (repeated) return { write: {}, answer: repeated };
  const { change, system, waited } = prepared.arrival;
  if (change.op === 'upsert' && change.data === undefined) return waitFor('fetch', prepared, world, context);
  const identity = identify(prepared, state, () =>
    world.createsUnsettled(system.id, change.record, waited?.createsUpTo),
  );
  if (identity.kind === 'need') return { need: identity.keys };
  if (identity.kind === 'wait') return waitFor('create', prepared, world, context);
  const out = draft();
  const answer = take(prepared, identity, { world, state, context, out });
  if ('need' in answer) return answer;
  const needed = prepared.arrival.backfill ? undefined : follow({ world, state, context, out });
  if (needed) return needed;
  return finish(prepared, answer, context, out);
}

function answerGivenBefore(prepared: Prepared, state: State): ChangeResult | undefined {
  const { once, system } = prepared.arrival;
  const row = once && state.intakeKey(`key:${system.id}:${once.key}`);
  if (!row) return undefined;
  if (row.fingerprint !== once.fingerprint) throw new KeyReused(once.key);
  return { ...(JSON.parse(row.answer) as ChangeResult), repeated: true };
}

function waitFor(
  reason: 'create' | 'fetch',
  prepared: Prepared,
  world: World,
  context: Context,
): Decision<ChangeResult> {
  const { arrival, externalId } = prepared;
  const out = draft();
  const row = {
    id: context.newId('wait_'),
    system: arrival.system.id,
    type: arrival.change.record,
    externalId,
    reason,
  };
  const createsUpTo = reason === 'create' ? context.nextSeq() : 0;
  out.waiting.push({ ...row, item: arrival.text(), at: context.now, dueAt: context.now, attempts: 0, createsUpTo });
  if (reason === 'fetch') world.notes.fetch();
  else world.notes.wait(arrival.system.id, arrival.change.record);
  return finish(prepared, { status: 'pending', record: arrival.change.record, pending: { reason } }, context, out);
}

/** The key's row goes into the same commit as what it stands for. */
function finish(prepared: Prepared, answer: ChangeResult, context: Context, out: Draft): Decision<ChangeResult> {
  const { once, system, waited } = prepared.arrival;
  if (once && answer.status !== 'invalid') {
    out.intakeKeys.push({ system: system.id, ...once, answer: JSON.stringify(answer), at: context.now });
  }
  if (waited) out.waited.push(waited.id);
  return { write: out, answer };
}

function take(
  prepared: Prepared,
  identity: Exclude<Identity, { kind: 'need' | 'wait' }>,
  work: Work,
): ChangeResult | { need: Key[] } {
  const { change, system } = prepared.arrival;
  if (identity.kind === 'ambiguous') return refuseAmbiguous(prepared, identity.message, work);
  const before = identity.kind === 'known' ? identity.state : undefined;
  if (change.op === 'delete') return applyDeletion(prepared, before, work);
  const reading = readWithReferences(prepared, work);
  if (!reading.accepted) return { status: 'unchanged', record: change.record, ...(before && identified(before.row)) };
  if (isEmpty(reading.patch) && reading.faults.length === 0) {
    const message = `no member of it is mapped for ${system.id} ${change.record}`;
    return { status: 'invalid', record: change.record, faults: [{ path: '/data', message }] };
  }
  const missing = before && before.row.version > 0 ? [] : missingFields(prepared, reading);
  if (missing.length > 0) return { status: 'invalid', record: change.record, faults: missing };
  const { context, state, out } = work;
  if (before) foldStub(prepared, state, before, context, out);
  const row = before?.row ?? newRecord(change.record, context.newId(idPrefix(change.record)), context.now);
  return applyEdit({ prepared, reading, row, before }, work);
}

const identified = (row: { id: string; version: number }) => ({ id: row.id, version: row.version });

function readWithReferences(prepared: Prepared, { state, context, out, world }: Work): Reading {
  const { arrival, mapping, reading, references } = prepared;
  if (references.length === 0 || !arrival.change.data || !reading.accepted) return reading;
  return mapping.read(arrival.change.data, resolveReferences(prepared, { state, context, out, world }));
}

/** What a record of this type needs when a payload makes it. */
function missingFields({ arrival }: Prepared, { patch, faults }: Reading): { path: string; message: string }[] {
  const { change, system } = arrival;
  const missing: { path: string; message: string }[] = [];
  for (const field of requiredFields(change.record)) {
    if ((own(patch, field) ?? null) !== null) continue;
    const fault = faults.find((one) => one.ours === field);
    const why = fault ? `${fault.path}: ${fault.message}` : `the payload of ${system.id} says nothing for it`;
    missing.push({ path: '/data', message: `a new ${change.record} needs ${field}; ${why}` });
  }
  return missing;
}

function refuseAmbiguous(prepared: Prepared, message: string, { world, context, out }: Work): ChangeResult {
  const { change, system } = prepared.arrival;
  const question = {
    kind: 'ambiguous_identity' as const,
    record: change.record,
    recordId: prepared.externalId,
    unit: wholeRecord,
    title: `${system.id} ${change.record} ${prepared.externalId} fits more than one record`,
    reason: message,
    options: ['sorted_out_by_hand'],
  };
  openTask(question, world, context, out);
  return {
    status: 'refused',
    record: change.record,
    refused: [{ unit: wholeRecord, reason: 'ambiguous_identity', message }],
  };
}
