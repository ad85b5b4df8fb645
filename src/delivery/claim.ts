// Decides one due replica: repeat what is in flight, send the newest state, or find that nothing is to be sent.
import { keepsEvery, type SystemSetup, type World } from '../core/catalog.ts';
import type { Send } from '../core/core.ts';
import { type Owed, owedTo, withOwed } from '../merge/owed.ts';
import type { JsonObject } from '../model/json.ts';
import { valueAt } from '../model/paths.ts';
import { isRecordType } from '../model/records.ts';
import { type Draft, draft } from '../store/draft.ts';
import type { InFlightRow, ReplicaRow } from '../store/rows.ts';
import type { Context, Key, RecordState, State, Writes } from '../store/store.ts';
import { giveUp } from './dead.ts';
import { type Rendering, render } from './render.ts';
import { resend } from './resend.ts';

type Claimed = { need: Key[] } | { write: Writes; send?: Send };

type Sendable = Rendering & { kind: 'send' };

interface Case {
  world: World;
  state: State;
  context: Context;
  replica: ReplicaRow;
  record: RecordState;
  flight: InFlightRow | undefined;
}

export function claimWith(world: World): (state: State, replica: ReplicaRow, context: Context) => Claimed {
  return (state, replica, context) => {
    if (!isRecordType(replica.type)) return leaveAlone(replica, context);
    const record = state.record(replica.recordId);
    if (!record) throw new Error(`the replica of ${replica.recordId} for ${replica.system} has no record`);
    const one = { world, state, context, replica, record, flight: record.inFlight(replica.system) };
    return isRepeated(one) ? repeat(one) : renew(one);
  };
}

/** ms. For a process of the newer program to take it. */
const leftAloneFor = 5_000;

/** A newer program among the processes knows more types: what is of such a type waits for it, and is never given up here. */
const leaveAlone = (replica: ReplicaRow, { now }: Context): Claimed => ({
  write: { replicas: [{ ...replica, dueAt: now + leftAloneFor }] },
});

/** A create or delete must be settled before anything newer starts; the same update is the same bytes. */
function isRepeated({ flight, replica, world }: Case): boolean {
  if (!flight) return false;
  if (flight.op === 'update') return flight.seq === replica.wantedSeq || keepsEvery(world.catalog, replica.type);
  return flight.op === 'delete' || replica.externalId === null;
}

function repeat({ world, context, replica, record, flight }: Case): Claimed {
  if (!flight) throw new Error('nothing is in flight');
  const row = { ...flight, sentAt: context.now, token: world.newToken() };
  return { write: { inFlight: [row] }, send: sendOf(world, { flight: row, replica, record, repeat: true }) };
}

function renew(one: Case): Claimed {
  const { world, state, replica, record, flight } = one;
  const system = world.catalog.system(replica.system);
  if (!system) throw new Error(`the system ${replica.system} is not configured`);
  const unsettled = flight ? [...flight.older, flight.image] : [];
  const owed =
    keepsEvery(world.catalog, replica.type) && !record.row.deleted ? sendOwed(one, system, unsettled) : undefined;
  if (owed) return owed;
  const rendering = render({ catalog: world.catalog, system, replica, record, unsettled }, state);
  if (rendering.kind === 'need') return { need: rendering.keys };
  const out = draft();
  if (rendering.kind === 'send') return send(one, rendering, unsettled, out);
  if (rendering.kind === 'nothing') settleUnsent(one, out);
  if (rendering.kind === 'parked') park(one, rendering, out);
  if (rendering.kind === 'invalid') refuse(one, rendering.message, out);
  return { write: out };
}

/** The oldest state that the system is owed and has something to write of; undefined: none, so the newest is sent. */
function sendOwed(one: Case, system: SystemSetup, unsettled: InFlightRow['older']): Claimed | undefined {
  const { world, state, context, replica, record } = one;
  const image = record.image(replica.system);
  const owed = owedTo(image?.memory, replica.syncedSeq);
  if (!image || owed.length === 0) return undefined;
  const keep = (left: readonly Owed[], out: Draft): void =>
    void out.images.push({ ...idsOf(replica), image: { ...image, memory: withOwed(image.memory, left) } });
  for (const [at, step] of owed.entries()) {
    const row = { ...record.row, version: step.version, data: step.data };
    const then = { row, replicas: record.replicas, image: () => image, inFlight: () => one.flight };
    const rendering = render({ catalog: world.catalog, system, replica, record: then, unsettled }, state);
    if (rendering.kind === 'need') return { need: rendering.keys };
    if (rendering.kind === 'nothing') continue;
    const out = draft();
    if (rendering.kind === 'parked') park(one, rendering, out);
    else keep(owed.slice(at + 1), out);
    if (rendering.kind === 'invalid') refuse(one, rendering.message, out);
    if (rendering.kind !== 'send') return { write: out };
    if (replica.mapping !== rendering.mapping) out.replicas.push({ ...replica, mapping: rendering.mapping });
    const flight = flightRow(
      { world, context, replica: { ...replica, wantedSeq: step.seq }, record: then },
      rendering,
      unsettled,
    );
    out.inFlight.push(flight);
    return { write: out, send: sendOf(world, { flight, replica, record: then, repeat: false }) };
  }
  return undefined;
}

const idsOf = ({ system, recordId }: ReplicaRow) => ({ system, recordId });

function send(one: Case, rendering: Sendable, unsettled: InFlightRow['older'], out: Draft): Claimed {
  const { world, context, record } = one;
  const replica = underNewNumber(one, rendering.mapping, out);
  const flight = flightRow({ world, context, replica, record }, rendering, unsettled);
  out.inFlight.push(flight);
  return { write: out, send: sendOf(world, { flight, replica, record, repeat: false }) };
}

/** A key stands for its bytes: other bytes of the same state, as when a lost create turned out to have arrived, need another. */
function underNewNumber({ context, replica, record, flight }: Case, mapping: string, out: Draft): ReplicaRow {
  const isUsed = flight?.seq === replica.wantedSeq;
  if (!isUsed && replica.mapping === mapping) return replica;
  const wantedSeq = isUsed ? resend(record.row, 'policy', 'repair', context, out) : replica.wantedSeq;
  const row = { ...replica };
  row.mapping = mapping;
  row.wantedSeq = wantedSeq;
  out.replicas.push(row);
  return row;
}

/** Images of older sends whose fate nobody knows. */
const mostOlder = 16;

export function flightRow(
  { world, context, replica, record }: Pick<Case, 'world' | 'context' | 'replica' | 'record'>,
  rendering: Sendable,
  unsettled: InFlightRow['older'],
): InFlightRow {
  const { system, type, recordId, wantedSeq: seq } = replica;
  const { op, body, image, payload } = rendering;
  return {
    system,
    type,
    recordId,
    key: `${system}:${type}:${recordId}:${seq}`,
    seq,
    version: record.row.version,
    op,
    body,
    image,
    payload,
    older: unsettled.length > mostOlder ? unsettled.slice(-mostOlder) : unsettled,
    sentAt: context.now,
    token: world.newToken(),
  };
}

function sendOf(
  { catalog, traces }: World,
  {
    flight,
    replica,
    record,
    repeat,
  }: { flight: InFlightRow; replica: ReplicaRow; record: RecordState; repeat: boolean },
): Send {
  const { system, type, recordId, op, key, seq, body, token } = flight;
  return {
    system,
    record: type,
    recordId,
    externalId: replica.externalId,
    op,
    key,
    seq,
    body,
    match: matchesOf(catalog.matchFields(type), record.row.data),
    traceparent: traces.get(seq),
    repeat,
    token,
    attempts: replica.attempts,
    lastAttemptAt: replica.lastAttemptAt,
    lastError: replica.lastError?.kind ?? null,
  };
}

export function matchesOf(fields: readonly string[], data: JsonObject): Send['match'] {
  const matches: Send['match'] = [];
  for (const field of fields) {
    const value = valueAt(data, field);
    if (typeof value === 'string') matches.push({ field, value });
  }
  return matches;
}

/** The system already holds what is wanted, or wants nothing of it. */
export function settleUnsent(
  { world, context, replica, flight }: Pick<Case, 'world' | 'context' | 'replica' | 'flight'>,
  out: Draft,
): void {
  const { system, type, recordId, wantedSeq, behindSince } = replica;
  const mapping = world.catalog.mapping(system, type)?.digest ?? null;
  const synced = { state: 'synced' as const, syncedSeq: wantedSeq, behindSince: null, dueAt: null, parkedOn: null };
  out.replicas.push({ ...replica, ...synced, mapping, attempts: 0, lastError: null });
  if (flight) out.settled.push({ system, recordId });
  if (behindSince !== null) world.notes.synced(system, type, (context.now - behindSince) / 1000);
}

function park(one: Case, { on, reference }: Rendering & { kind: 'parked' }, out: Draft): void {
  const { world, state, context, replica } = one;
  const { system, type, recordId, wantedSeq } = replica;
  const target = state.record(on);
  if (!target || target.row.deleted) {
    refuse(one, `${reference.ours} names ${reference.record} ${on}, which is deleted`, out);
    return;
  }
  const message = `waits for ${reference.record} ${on} to exist in ${system} (${reference.ours})`;
  out.replicas.push({ ...replica, state: 'parked', parkedOn: on, dueAt: null });
  const attempt = { at: context.now, system, type, recordId, seq: wantedSeq, outcome: 'parked', message };
  out.attempts.push({ ...attempt, status: null, durationMs: null });
  world.notes.attempt(system, 'parked');
}

function refuse({ world, context, replica, flight }: Case, message: string, out: Draft): void {
  const { system, type, recordId, wantedSeq: seq } = replica;
  giveUp(replica, { kind: 'invalid', message, seq, payload: null, response: null }, context, out);
  const attempt = { at: context.now, system, type, recordId, seq, outcome: 'invalid', message };
  out.attempts.push({ ...attempt, status: null, durationMs: null });
  if (flight && flight.op === 'update') out.settled.push({ system, recordId });
  world.notes.attempt(system, 'invalid');
  world.notes.alert({ kind: 'dead_letter', system, record: recordId, message: `${type} ${recordId}: ${message}` });
}
