// Settles one send: what its outcome means for the replica, its image and those who wait for it.
import { covers, keepsEvery, type World } from '../core/catalog.ts';
import type { Settled, Settlement } from '../core/core.ts';
import { doubt, remember } from '../merge/merge.ts';
import { owedTo, withOwed } from '../merge/owed.ts';
import type { Memory } from '../merge/types.ts';
import { withoutPersonal } from '../model/personal-text.ts';
import { type Draft, draft, emptyImage, extKey } from '../store/draft.ts';
import type { InFlightRow, RecordRow, ReplicaRow } from '../store/rows.ts';
import type { Context, Decide, Key, RecordState, State } from '../store/store.ts';
import { retryIn } from './backoff.ts';
import { giveUp } from './dead.ts';
import { type Fate, fateOf } from './fate.ts';
import { resend } from './resend.ts';

export interface SettleAnswer extends Settled {
  /** A create has its answer: changes that waited for it can be taken. */
  created: boolean;
  type: RecordRow['type'] | undefined;
}

interface Case {
  world: World;
  /** Between 0 and 1. */
  chance: number;
  settlement: Settlement;
  replica: ReplicaRow;
  record: RecordState;
  flight: InFlightRow;
  state: State;
  context: Context;
  out: Draft;
}

export function settleWith(world: World, settlement: Settlement, chance: number): Decide<SettleAnswer> {
  return (state, context) => {
    const { system, recordId, token } = settlement;
    const record = state.record(recordId);
    const replica = record?.replicas.get(system);
    const flight = record?.inFlight(system);
    if (!record || !replica || flight?.token !== token) {
      return {
        write: {},
        answer: { system, recordId, state: undefined, outcome: 'stale', created: false, type: undefined },
      };
    }
    const out = draft();
    const one: Case = { world, chance, settlement, replica, record, flight, state, context, out };
    const outcome = isDelivered(settlement) ? delivered(one, settlement.outcome) : failed(one);
    if (typeof outcome !== 'string') return outcome;
    const after = out.replicas.at(-1)?.state ?? replica.state;
    const created = flight.op === 'create' && out.settled.length > 0;
    return { write: out, answer: { system, recordId, state: after, outcome, created, type: replica.type } };
  };
}

type Delivered = Extract<Settlement['outcome'], { kind: 'delivered' }>;
type Failed = Exclude<Settlement['outcome'], Delivered>;

const isDelivered = (settlement: Settlement): settlement is Settlement & { outcome: Delivered } =>
  settlement.outcome.kind === 'delivered';

function delivered(one: Case, outcome: Delivered): string | { need: Key[] } {
  const { system, type, recordId } = one.replica;
  if (one.flight.op === 'delete') return deleted(one);
  const externalId = outcome.externalId ?? one.replica.externalId;
  if (externalId !== null && externalId !== one.replica.externalId) {
    const key = extKey(system, type, externalId);
    if (!one.state.asked(key)) return { need: [key] };
    const rival = one.state.resolve(key);
    if (rival !== undefined && rival !== recordId && !fold(one, rival)) return contested(one, externalId, rival);
    one.out.unpark.push({ system, recordId, moves: false });
  }
  arrived(one, externalId);
  return 'delivered';
}

/** Whoever is known from this system alone is the object that we made, heard of before the answer came. */
function fold({ state, replica, record, context, out }: Case, rivalId: string): boolean {
  const rival = state.record(rivalId);
  const others = [...(rival?.replicas.values() ?? [])].filter(
    ({ system, externalId, deliveries }) => system !== replica.system && (externalId !== null || deliveries > 0),
  );
  if (!rival || others.length > 0) return false;
  out.records.push({ ...rival.row, mergedInto: record.row.id, updatedAt: context.now });
  for (const row of rival.replicas.values()) {
    const ended = {
      state: 'synced' as const,
      syncedSeq: row.wantedSeq,
      behindSince: null,
      dueAt: null,
      parkedOn: null,
    };
    out.replicas.push({ ...row, ...ended, externalId: null });
    if (rival.inFlight(row.system)) out.settled.push({ system: row.system, recordId: rivalId });
  }
  return true;
}

function contested(one: Case, externalId: string, rival: string): string {
  const { replica, flight, context, out, world } = one;
  const { system, type, recordId } = replica;
  const message = `${system} answers with the id ${externalId}, which is ${type} ${rival} already; join the two in ${system}, then replay`;
  giveUp(replica, { kind: 'rejected', message, seq: flight.seq, payload: flight.body, response: null }, context, out);
  out.settled.push({ system, recordId });
  note(one, 'rejected', message);
  world.notes.alert({ kind: 'dead_letter', system, record: recordId, message });
  return 'rejected';
}

type Sending = Pick<Case, 'world' | 'replica' | 'record' | 'flight' | 'context' | 'out'>;

/** The system has what was sent: it is in the image from now on, and no longer in flight. */
export function rememberSent({ world, replica, record, flight, context, out }: Sending): Memory {
  const { system, type, recordId } = replica;
  const before = record.image(system) ?? emptyImage();
  const whole = flight.op === 'create' || covers(world.catalog.system(system)?.whole ?? [], type);
  const { image, version, sentAt, older, payload } = flight;
  const sent = { image, version, sentAt, whole, older };
  const memory = remember(before.memory, world.catalog.policy(type), sent, context.now);
  out.images.push({ system, recordId, image: { memory, payload } });
  out.settled.push({ system, recordId });
  return memory;
}

function arrived(one: Case, externalId: string | null): void {
  const { world, replica, record, flight, context, out } = one;
  const memory = rememberSent(one);
  // What crossed this send may have been overwritten by it, so the same state goes out again under a new number.
  const unsure = (memory.unsure?.length ?? 0) > 0 && replica.wantedSeq === flight.seq;
  const wantedSeq = unsure ? resend(record.row, 'policy', 'repair', context, out) : replica.wantedSeq;
  const isSame = externalId === replica.externalId && wantedSeq === replica.wantedSeq;
  const [next] = owedTo(memory, flight.seq);
  const since = next === undefined ? undefined : { waitingSince: next.at };
  settleAt({
    world,
    replica: isSame ? replica : { ...replica, externalId, wantedSeq },
    flight,
    context,
    out,
    ...since,
  });
}

/** The replica as it stands once the system has what was sent. */
export function settleAt({
  world,
  replica,
  flight,
  context,
  out,
  waitingSince,
}: Pick<Case, 'world' | 'replica' | 'flight' | 'context' | 'out'> & { waitingSince?: number }): void {
  const { now } = context;
  const row = { ...replica };
  row.syncedSeq = Math.max(replica.syncedSeq, flight.seq);
  row.attempts = 0;
  row.lastError = null;
  row.lastAttemptAt = now;
  row.lastDeliveredAt = now;
  row.deliveries = replica.deliveries + 1;
  const since = replica.behindSince ?? now;
  world.notes.synced(replica.system, replica.type, (now - since) / 1000);
  if (replica.wantedSeq <= row.syncedSeq) {
    if (row.state !== 'held') row.state = 'synced';
    row.behindSince = null;
    row.dueAt = null;
    row.parkedOn = null;
  } else if (row.state !== 'held') {
    row.state = 'behind';
    // Whatever is still missing was committed after this send was made.
    row.behindSince = waitingSince ?? Math.max(since, flight.sentAt);
    row.dueAt = world.catalog.system(replica.system)?.pulls ? null : now;
  }
  out.replicas.push(row);
}

/** As if it had never been there: what comes back is a new object. */
export const gone = (replica: ReplicaRow): ReplicaRow => ({ ...replica, externalId: null, deliveries: -1 });

function deleted(one: Case): string {
  const { world, replica, flight, context, out } = one;
  const { system, recordId } = replica;
  out.settled.push({ system, recordId });
  out.images.push({ system, recordId, image: emptyImage() });
  settleAt({ world, replica: gone(replica), flight, context, out });
  return 'delivered';
}

function failed(one: Case): string {
  const outcome = inPublicWords(one, one.settlement.outcome as Failed);
  if (outcome.stopped) return stopped(one, outcome);
  const { fate, outcome: word } = fateOf(outcome.kind, one.flight.op);
  note(one, word, outcome.message, outcome.status);
  fates[fate](one, outcome);
  return word;
}

/** A message is logged and shown to whoever may read; the system's answer, word for word, only with the scope pii. */
function inPublicWords({ record, flight }: Case, outcome: Failed): Failed {
  const { type, data } = record.row;
  return { ...outcome, message: withoutPersonal(type, [data, flight.image], outcome.message) };
}

const fates: Readonly<Record<Fate, (one: Case, outcome: Failed) => void>> = { retry, dead, paused, recreate, unclear };

function note({ settlement, flight, context, out }: Case, outcome: string, message: string, status?: number): void {
  const { system, type, recordId, seq } = flight;
  const { durationMs } = settlement;
  const attempt = { at: context.now, system, type, recordId, seq, outcome, message };
  out.attempts.push({ ...attempt, status: status ?? null, durationMs: Math.round(durationMs) });
}

/** A create that never left is forgotten, so that the newest state is made into the next one. */
function keepOrForget({ flight, replica, out, world }: Case, sent: boolean): void {
  if (sent || flight.op !== 'create' || flight.older.length > 0 || keepsEvery(world.catalog, replica.type)) return;
  out.settled.push({ system: replica.system, recordId: replica.recordId });
}

function stopped(one: Case, outcome: Failed): string {
  keepOrForget(one, outcome.sent);
  const { replica, context, out } = one;
  if (replica.state === 'behind') out.replicas.push({ ...replica, dueAt: context.now });
  return 'stopped';
}

function retry(one: Case, outcome: Failed): void {
  const { world, replica, context, out, chance } = one;
  const system = world.catalog.system(replica.system);
  if (!system) return;
  keepOrForget(one, outcome.sent);
  if (replica.state === 'held') return;
  const suspected = outcome.suspectedMs !== undefined;
  const attempts = replica.attempts + (suspected ? 0 : 1);
  const { limits } = system;
  const age = context.now - (replica.behindSince ?? context.now);
  const row = { ...replica, attempts };
  if (!suspected && (attempts >= limits.attempts || age > limits.maxAge)) {
    const spent = attempts >= limits.attempts ? `given up after ${attempts} attempts` : 'given up for its age';
    bury(one, row, { ...outcome, message: `${outcome.message} (${spent})` });
    return;
  }
  const wait = outcome.suspectedMs ?? retryIn(attempts, limits.backoff, chance, outcome.retryAfterMs);
  const { kind, message, status } = outcome;
  const dueAt = context.now + wait;
  const lastError = { kind, message, at: context.now, until: dueAt, ...(status !== undefined && { status }) };
  out.replicas.push({ ...row, dueAt, lastAttemptAt: context.now, lastError });
}

function bury(
  { flight, context, out, world }: Case,
  replica: ReplicaRow,
  { kind, message, status, body }: Failed,
): void {
  const response = status === undefined && body === undefined ? null : { status: status ?? null, body: body ?? null };
  giveUp(replica, { kind, message, seq: flight.seq, payload: flight.body, response }, context, out);
  const { system, type, recordId } = replica;
  world.notes.alert({ kind: 'dead_letter', system, record: recordId, message: `${type} ${recordId}: ${message}` });
}

/** The system has understood and refused: nothing of it arrived. */
function dead(one: Case, outcome: Failed): void {
  const { replica, flight, context, out } = one;
  const { system, recordId } = replica;
  out.settled.push({ system, recordId });
  doubtOlder(one);
  if (replica.state === 'held') return;
  if (replica.wantedSeq > flight.seq && !keepsEvery(one.world.catalog, replica.type)) {
    // A newer state is wanted already, and it may be taken.
    const { kind, message } = outcome;
    const lastError = { kind, message, at: context.now };
    out.replicas.push({ ...replica, attempts: 0, dueAt: context.now, lastAttemptAt: context.now, lastError });
    return;
  }
  bury(one, { ...replica, attempts: replica.attempts + 1 }, outcome);
}

/** Of this send nothing arrived; of those before it nobody knows. */
function doubtOlder({ world, replica, record, flight, out }: Case): void {
  const { system, type, recordId } = replica;
  const image = record.image(system);
  if (!image || flight.older.length === 0) return;
  const memory = doubt(image.memory, world.catalog.policy(type), flight.older);
  out.images.push({ system, recordId, image: { ...image, memory } });
}

/** The system stands still, not the record. */
function paused(one: Case, { kind, message, status, sent }: Failed): void {
  const { replica, context, out } = one;
  keepOrForget(one, sent);
  const lastError = { kind, message, at: context.now, ...(status !== undefined && { status }) };
  const dueAt = replica.state === 'behind' ? context.now : replica.dueAt;
  out.replicas.push({ ...replica, dueAt, lastAttemptAt: context.now, lastError });
}

/** What is updated is gone there: it is made again, as a new object. */
function recreate({ replica, record, context, out }: Case, { kind, message, status }: Failed): void {
  const { system, recordId } = replica;
  const wantedSeq = resend(record.row, 'policy', 'recreate', context, out);
  const lastError = { kind, message, at: context.now, ...(status !== undefined && { status }) };
  out.settled.push({ system, recordId });
  const { memory, payload } = emptyImage();
  const owed = owedTo(record.image(system)?.memory, replica.syncedSeq);
  out.images.push({ system, recordId, image: { memory: withOwed(memory, owed), payload } });
  const dueAt = replica.state === 'behind' ? context.now : replica.dueAt;
  out.replicas.push({ ...replica, wantedSeq, externalId: null, dueAt, lastAttemptAt: context.now, lastError });
}

function unclear({ world, replica, context, out }: Case, { kind, message }: Failed): void {
  if (replica.state === 'held') return;
  const { system, type, recordId } = replica;
  const lastError = { kind, message, at: context.now };
  out.replicas.push({ ...replica, state: 'unclear', dueAt: null, lastAttemptAt: context.now, lastError });
  const what = `${type} ${recordId} was sent to ${system} and may have arrived: ${message}. Look there, then release the replica to send it again`;
  world.notes.alert({ kind: 'unclear', system, record: recordId, message: what });
}
