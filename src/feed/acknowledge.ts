// What a poller says of an item: it has it, or it will not take it.
import type { World } from '../core/catalog.ts';
import type { AckStatus } from '../core/core.ts';
import { giveUp } from '../delivery/dead.ts';
import { gone, rememberSent, settleAt } from '../delivery/settle.ts';
import { withoutPersonal } from '../model/personal-text.ts';
import { isRecordType } from '../model/record-types.ts';
import { type Draft, draft, emptyImage, extKey } from '../store/draft.ts';
import type { InFlightRow, ReplicaRow } from '../store/rows.ts';
import type { Context, Decide, RecordState } from '../store/store.ts';

export interface Item {
  system: string;
  recordId: string;
  /** Undefined: whatever was served last, by the cursor of its page. */
  seq: number | undefined;
  upTo?: number;
  externalId?: string | undefined;
}

/** An acknowledgement only ever moves forward. */
export function acknowledge(world: World, item: Item): Decide<AckStatus> {
  return (state, context) => {
    const record = state.record(item.recordId);
    const replica = record?.replicas.get(item.system);
    if (!record || !replica || !isRecordType(replica.type)) return { write: {}, answer: 'unknown' };
    const { externalId } = item;
    if (externalId !== undefined && externalId !== replica.externalId) {
      const key = extKey(item.system, replica.type, externalId);
      if (!state.asked(key)) return { need: [key] };
      const rival = state.resolve(key);
      if (rival !== undefined && rival !== item.recordId) return { write: {}, answer: 'conflict' };
    }
    return take({ world, item, record, replica, context });
  };
}

interface Case {
  world: World;
  item: Item;
  record: RecordState;
  replica: ReplicaRow;
  context: Context;
}

function take({ world, item, record, replica, context }: Case): { write: Draft; answer: AckStatus } {
  const out = draft();
  const flight = record.inFlight(item.system);
  const learned = item.externalId !== undefined && replica.externalId === null;
  const known = item.externalId === undefined ? replica : { ...replica, externalId: item.externalId };
  const served = flight && (item.seq === undefined ? flight.seq <= (item.upTo ?? 0) : flight.seq === item.seq);
  if (flight && served) arrive(world, { replica: known, record, flight, context }, out);
  else if (known !== replica) out.replicas.push(known);
  if (learned) out.unpark.push({ system: item.system, recordId: item.recordId, moves: true });
  const seq = item.seq ?? flight?.seq ?? 0;
  const wasServed = (served ?? false) || seq <= replica.syncedSeq || seq < replica.wantedSeq;
  if (!wasServed) return { write: out, answer: 'unknown' };
  return { write: out, answer: seq < replica.wantedSeq ? 'stale' : 'acknowledged' };
}

interface Arrival {
  replica: ReplicaRow;
  record: RecordState;
  flight: InFlightRow;
  context: Context;
}

function arrive(world: World, { replica, record, flight, context }: Arrival, out: Draft): void {
  const { system, type, recordId } = replica;
  const { now } = context;
  const attempt = { at: now, system, type, recordId, seq: flight.seq, outcome: 'acknowledged' };
  out.attempts.push({ ...attempt, message: `by ${system}`, status: null, durationMs: now - flight.sentAt });
  if (flight.op === 'delete') {
    out.settled.push({ system, recordId });
    out.images.push({ system, recordId, image: emptyImage() });
    settleAt({ world, replica: gone(replica), flight, context, out });
    return;
  }
  rememberSent({ world, replica, record, flight, context, out });
  settleAt({ world, replica, flight, context, out });
  // A reader that has a record without an id of its own still lets others refer to it.
  if (replica.deliveries === 0) out.unpark.push({ system, recordId, moves: true });
}

/** The system will not take it: a dead letter with its reason. */
export function reject(world: World, item: Item & { reason: string }): Decide<AckStatus> {
  return (state, context) => {
    const record = state.record(item.recordId);
    const replica = record?.replicas.get(item.system);
    if (!record || !replica || !isRecordType(replica.type)) return { write: {}, answer: 'unknown' };
    const flight = record.inFlight(item.system);
    const seq = item.seq ?? 0;
    if (seq !== replica.wantedSeq || replica.state !== 'behind') {
      // Said again, because the answer was lost.
      if (seq === replica.wantedSeq && replica.state === 'dead') return { write: {}, answer: 'acknowledged' };
      const isOlder = seq < replica.wantedSeq || seq <= replica.syncedSeq;
      return { write: {}, answer: isOlder ? 'stale' : 'unknown' };
    }
    const out = draft();
    const payload = flight?.body ?? null;
    const { data } = record.row;
    const reason = withoutPersonal(replica.type, flight ? [data, flight.image] : [data], item.reason);
    // Word for word only for those who may see personal data.
    const response = { status: null, body: item.reason };
    const death = { kind: 'rejected', message: reason, seq, payload, response };
    giveUp({ ...replica, attempts: replica.attempts + 1 }, death, context, out);
    if (flight) out.settled.push({ system: item.system, recordId: item.recordId });
    const { system, type, recordId } = replica;
    const attempt = { at: context.now, system, type, recordId, seq, outcome: 'rejected', message: reason };
    out.attempts.push({ ...attempt, status: null, durationMs: null });
    world.notes.attempt(system, 'rejected');
    world.notes.alert({
      kind: 'dead_letter',
      system,
      record: recordId,
      message: `${type} ${recordId}: ${reason}`,
    });
    return { write: out, answer: 'acknowledged' };
  };
}
