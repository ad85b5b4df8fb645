// What has to be read before rows can be written: whose the names are that they give, what waits for them, numbers.
import { extKey, matchKey } from '../draft.ts';
import type { Key, Writes } from '../store.ts';
import type { RecordEntry, ReplicaEntry } from './entry.ts';
import type { Numbers } from './numbers.ts';
import { Wanted } from './wanted.ts';

/** What a group has at hand. */
interface AtHand {
  readonly fresh: ReadonlySet<string>;
  readonly loaded: ReadonlySet<Key>;
  readonly waiters: ReadonlyMap<string, readonly number[]>;
  readonly numbers: Pick<Numbers, 'system' | 'recordsLeft'>;
  readonly reserved: { readonly left: number };
  record(id: string): RecordEntry | undefined;
  parkedOn(recordId: string, system: string): ReplicaEntry[];
}

export function missingFor(writes: Writes, set: AtHand): Wanted {
  const wanted = new Wanted();
  const known = (id: string): boolean => set.fresh.has(id) || set.loaded.has(id) || set.record(id) !== undefined;
  const want = (key: Key): void => {
    if (!set.loaded.has(key)) wanted.keys.add(key);
  };
  for (const id of namedRecords(writes)) if (!known(id)) wanted.keys.add(id);
  for (const { system, type, recordId, externalId } of writes.replicas ?? []) {
    const replica = set.record(recordId)?.replicas.get(system);
    if (!replica && set.numbers.system(system) === undefined) wanted.systems.add(system);
    if (externalId !== null && externalId !== replica?.row.externalId) want(extKey(system, type, externalId));
  }
  for (const { type, field, value } of writes.matchKeys ?? []) want(matchKey(type, field, value));
  for (const { system, key } of writes.intakeKeys ?? []) want(`key:${system}:${key}`);
  wantForUnparking(writes, set, wanted);
  if (set.numbers.recordsLeft < (writes.records?.length ?? 0)) wanted.numbers += 1;
  return wanted;
}

function namedRecords(writes: Writes): Set<string> {
  const ids = new Set<string>();
  for (const { id } of writes.records ?? []) ids.add(id);
  for (const { recordId } of writes.replicas ?? []) ids.add(recordId);
  for (const { recordId } of writes.images ?? []) ids.add(recordId);
  for (const { recordId } of writes.inFlight ?? []) ids.add(recordId);
  for (const { recordId } of writes.settled ?? []) ids.add(recordId);
  for (const { recordId } of writes.changes ?? []) ids.add(recordId);
  for (const { recordId } of writes.matchKeys ?? []) if (recordId !== null) ids.add(recordId);
  return ids;
}

function wantForUnparking(writes: Writes, set: AtHand, wanted: Wanted): void {
  let moved = 0;
  for (const { system, recordId, moves } of writes.unpark ?? []) {
    const name = `${recordId} ${system}`;
    // Nobody outside of the group can wait for what it has just made.
    const mayBeWaitedFor = !set.fresh.has(recordId) && set.record(recordId)?.isWaitedFor !== false;
    if (!set.waiters.has(name) && mayBeWaitedFor) wanted.waiters.add(name);
    else if (moves) moved += set.parkedOn(recordId, system).length;
  }
  wanted.numbers += Math.max(0, moved - set.reserved.left);
}
