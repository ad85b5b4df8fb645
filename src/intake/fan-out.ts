// Makes the replicas of every other system fall behind a change.
import { type Catalog, covers, keepsEvery, type Receiver } from '../core/catalog.ts';
import type { Mapping } from '../mapping/mapping.ts';
import { owedTo, withOwed } from '../merge/owed.ts';
import type { Unit } from '../merge/types.ts';
import { type Draft, emptyImage, newReplica } from '../store/draft.ts';
import type { RecordRow, ReplicaRow } from '../store/rows.ts';
import type { RecordState } from '../store/store.ts';

export interface Spread {
  catalog: Catalog;
  /** The record as it is after the change. */
  record: RecordRow;
  /** As it was before; undefined when the change made it. */
  before: RecordState | undefined;
  /** Units whose canonical value changed. */
  units: readonly Unit[];
  /** The system whose change it is, `console` or `policy`. */
  source: string;
  seq: number;
  now: number;
  /** Deleted or revived: every copy is concerned. */
  whole: boolean;
}

/** Every system but the source falls behind where its mapping writes a changed unit. */
export function fanOut(spread: Spread, out: Draft): void {
  const { catalog, record, before, source, seq, now } = spread;
  for (const receiver of catalog.receivers(record.type)) {
    const { id, pulls } = receiver.system;
    if (id === source) continue;
    const replica = before?.replicas.get(id);
    if (!concerns(receiver, replica, spread)) continue;
    if (replica && !pulls && keepsEvery(catalog, record.type)) owe(replica, spread, out);
    const wanted = { seq, version: record.version, pulls, now };
    out.replicas.push(
      replica ? fallBehind(replica, wanted, out) : putBehind(newReplica(id, record.type, record.id), wanted, out),
    );
  }
}

/** What waits to be sent there is kept beside the newer state, so that the one does not replace the other. */
function owe(replica: ReplicaRow, { before, record, seq, now }: Spread, out: Draft): void {
  const { system, recordId, state, syncedSeq, wantedSeq, behindSince } = replica;
  const image = before?.image(system) ?? emptyImage();
  const owed = [...owedTo(image.memory, syncedSeq)];
  const waits = state !== 'synced' && state !== 'dead' && before?.inFlight(system)?.seq !== wantedSeq;
  if (owed.length === 0 && before && waits) {
    const { version, data, updatedAt } = before.row;
    owed.push({ seq: wantedSeq, version, at: Math.max(behindSince ?? now, updatedAt), data });
  }
  if (owed.length === 0) return;
  owed.push({ seq, version: record.version, at: now, data: record.data });
  out.images.push({ system, recordId, image: { ...image, memory: withOwed(image.memory, owed) } });
}

function concerns(receiver: Receiver, replica: ReplicaRow | undefined, spread: Spread): boolean {
  const { mapping, system } = receiver;
  const holds =
    replica !== undefined && (replica.externalId !== null || replica.deliveries > 0 || replica.state !== 'synced');
  if (spread.record.deleted) return holds && covers(system.deletes, spread.record.type);
  if (!mapping.wants(spread.record.data)) return false;
  return !holds || spread.whole || writesAny(mapping, spread.units);
}

export interface Wanted {
  seq: number;
  version: number;
  /** The system polls us: nothing is ever due. */
  pulls: boolean;
  now: number;
}

/** The replica as it stands once this change is wanted there. What was given up or parked is looked at anew. */
export const fallBehind = (replica: ReplicaRow, wanted: Wanted, out: Draft): ReplicaRow =>
  putBehind({ ...replica }, wanted, out);

/** @param row a copy of the caller's own; @returns it */
export function putBehind(row: ReplicaRow, { seq, version, pulls, now }: Wanted, out: Draft): ReplicaRow {
  row.wantedSeq = seq;
  row.wantedVersion = version;
  if (row.state === 'behind' || row.state === 'held' || row.state === 'unclear') return row;
  if (row.state === 'dead') {
    const closed = { as: 'superseded' as const, at: now, by: 'hub', reason: null };
    out.closeDeadLetters.push({ system: row.system, recordId: row.recordId, closed });
  }
  row.behindSince = row.state === 'parked' ? row.behindSince : now;
  row.state = 'behind';
  row.parkedOn = null;
  row.attempts = 0;
  row.dueAt = pulls ? null : now;
  return row;
}

const overlap = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);

const writtenUnits = new WeakMap<Mapping, Map<string, boolean>>();

function writtenUnitsOf(mapping: Mapping): Map<string, boolean> {
  const known = writtenUnits.get(mapping) ?? new Map<string, boolean>();
  writtenUnits.set(mapping, known);
  return known;
}

/** Whether any field of one of the units goes out through this mapping. */
export function writesAny(mapping: Mapping, units: readonly Unit[]): boolean {
  const known = writtenUnitsOf(mapping);
  for (const unit of units) {
    let writes = known.get(unit.name);
    if (writes === undefined) {
      writes = mapping.outward.some((path) => unit.paths.some((ours) => overlap(path, ours)));
      known.set(unit.name, writes);
    }
    if (writes) return true;
  }
  return false;
}
