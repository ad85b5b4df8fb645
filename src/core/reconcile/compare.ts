// Compares what a system holds with the record, through the mapping: pure, nothing is written.
import { idIn, unloaded } from '../../delivery/render.ts';
import { type SystemEdit, wouldMerge } from '../../intake/edit.ts';
import { identify } from '../../intake/identify.ts';
import type { Prepared } from '../../intake/prepare.ts';
import { differingMembers, writtenFrom } from '../../mapping/differences.ts';
import { type Lookup, type Mapping, type Reading, withRemovedEntries } from '../../mapping/mapping.ts';
import type { MergeResult } from '../../merge/types.ts';
import type { JsonObject, LosslessObject } from '../../model/json.ts';
import { equalJson } from '../../model/json.ts';
import { overlay } from '../../model/merge-tree.ts';
import { getPath } from '../../model/paths.ts';
import { extKey } from '../../store/draft.ts';
import type { ReplicaRow } from '../../store/rows.ts';
import type { Key, RecordState, State } from '../../store/store.ts';
import { type Catalog, covers } from '../catalog.ts';
import type { Compared } from '../core.ts';

export interface Scene {
  catalog: Catalog;
  state: State;
  now: number;
  askedAt: number;
  graceMs: number;
}

/** What differs, by whose fault. */
export interface Difference extends Compared {
  /** The hub has not heard of what the system changed. */
  unheard: boolean;
  /** What the system holds by its own word, over what was known of it. */
  heard?: JsonObject;
}

export function compare(prepared: Prepared, scene: Scene): Difference | { need: Key[] } {
  const { state, catalog } = scene;
  const { externalId, reading, arrival } = prepared;
  const answer = (verdict: Compared['verdict'], more: Partial<Difference> = {}): Difference => ({
    verdict,
    externalId,
    unheard: false,
    ...more,
  });
  const identity = identify(prepared, state, () => false);
  if (identity.kind === 'need') return { need: identity.keys };
  if (identity.kind === 'wait') return answer('pending');
  if (identity.kind === 'ambiguous') return answer('ambiguous', { message: identity.message });
  if (!reading.accepted) return answer('ignored');
  const isRecent = isJustNow(prepared, scene);
  const record = identity.kind === 'known' ? identity.state : undefined;
  if (record?.row.deleted) return answer('ignored', { recordId: record.row.id });
  const replica = record?.replicas.get(arrival.system.id);
  if (!record || !replica || replica.externalId === null || record.row.version === 0)
    return answer(isRecent ? 'pending' : 'unknown', record && { recordId: record.row.id });
  const recordId = record.row.id;
  if (isMoving(record, replica, scene)) return answer('pending', { recordId });
  const references = prepared.mapping.outgoing(record.row.data).flatMap((one) => unloaded(one, state));
  if (references.length > 0) return { need: references };
  const found = differences(prepared, record, { ...scene, catalog });
  if (found.fields.length === 0 && found.faults.length === 0) return answer('same', { recordId });
  if (isRecent) return answer('pending', { recordId });
  const { fields, unheard, heard } = found;
  // What is not understood is not written over.
  if (found.faults.length > 0)
    return answer('unreadable', { recordId, message: `cannot be read: ${found.faults.join(', ')}` });
  return answer('differs', { recordId, fields, unheard, heard });
}

/** By the system's own clock it changed so lately that its word may still be under way. */
function isJustNow({ reading, arrival }: Prepared, { askedAt, graceMs }: Scene): boolean {
  const at = arrival.change.at ?? reading.at;
  return at !== undefined && at > askedAt - graceMs;
}

/** Behind, in flight, given up, or moved since the system was asked: known already, or no longer what was read. */
function isMoving(record: RecordState, replica: ReplicaRow, { askedAt }: Scene): boolean {
  if (replica.state !== 'synced' || record.inFlight(replica.system)) return true;
  return Math.max(record.row.updatedAt, replica.lastDeliveredAt ?? 0) >= askedAt;
}

interface Found {
  fields: string[];
  faults: string[];
  unheard: boolean;
  heard: JsonObject;
}

function differences(prepared: Prepared, before: RecordState, scene: Scene): Found {
  const { mapping, arrival } = prepared;
  const { catalog, now } = scene;
  const { row } = before;
  const payload = arrival.change.data as LosslessObject;
  const reading =
    prepared.references.length === 0 ? prepared.reading : mapping.read(payload, knownOnly(prepared, scene));
  const held = before.image(arrival.system.id)?.memory.image ?? {};
  const heard = overlay(row.type, held, withRemovedEntries(reading, held));
  const edit: SystemEdit = { prepared, reading, row, before };
  const merged = wouldMerge(edit, catalog.policy(row.type), now);
  const unheard = merged.applied.flatMap((unit) => differingPaths(unit, mapping, catalog.policy(row.type)));
  const wanted = { data: merged.data, heard, payload };
  const wrong = covers(arrival.system.writes, row.type) ? wrongThere(mapping, wanted, prepared, scene) : [];
  return {
    fields: [...new Set([...unheard, ...wrong])].sort(),
    faults: faultsOf(reading),
    unheard: merged.applied.length > 0,
    heard,
  };
}

/** A reference to what the hub does not know is a difference like any other. */
const knownOnly =
  ({ arrival }: Prepared, { state }: Scene): Lookup =>
  (record, id) => {
    const found = state.resolve(extKey(arrival.system.id, record, id));
    return found === undefined ? `unknown:${id}` : (state.record(found)?.row.mergedInto ?? found);
  };

/** Without what stands there: it may be personal. */
const faultsOf = ({ faults }: Reading): string[] => faults.map(({ path }) => path);

function differingPaths(
  { unit, from, to }: MergeResult['applied'][number],
  { inward }: Mapping,
  policy: ReturnType<Catalog['policy']>,
): string[] {
  const paths = policy.unitNamed(unit).paths.filter((path) => {
    const [was, is] = [getPath(from, path.split('.')), getPath(to, path.split('.'))];
    return was !== is && !(was !== undefined && is !== undefined && equalJson(was, is));
  });
  return paths.length > 0 ? paths : inward.includes(unit) ? [unit] : policy.unitNamed(unit).paths.slice(0, 1);
}

/** What would have to be another value in the payload, for it to say the record. */
function wrongThere(
  mapping: Mapping,
  { data, heard, payload }: { data: JsonObject; heard: JsonObject; payload: LosslessObject },
  { arrival: { system } }: Prepared,
  { state, catalog }: Scene,
): string[] {
  if (mapping.outward.length === 0 || !mapping.wants(data)) return [];
  const lookup: Lookup = (_type, id) => idIn(system, id, state, catalog);
  const { body, unknown } = mapping.write({ op: 'update', data, image: heard, base: payload, lookup });
  return unknown.length > 0 ? [] : differingMembers(payload, body).map((path) => writtenFrom(path, mapping) || path);
}
