// What a replica's system is to be sent now: the record in its words, or the reason why nothing is sent.
import { type Catalog, covers, type SystemSetup } from '../core/catalog.ts';
import type { Mapping, Reference, Written } from '../mapping/mapping.ts';
import { sureImage } from '../merge/merge.ts';
import { equalJson, type Json, type JsonObject, type LosslessObject, parseJson, stringifyJson } from '../model/json.ts';
import { deletePath, getPath, setPath, valueAt } from '../model/paths.ts';
import type { ImageRow, InFlightRow, ReplicaRow } from '../store/rows.ts';
import type { Key, RecordState, State } from '../store/store.ts';

export type Rendering =
  | { kind: 'need'; keys: Key[] }
  | { kind: 'send'; op: InFlightRow['op']; body: string; image: JsonObject; payload: string | null; mapping: string }
  /** The system holds what it should, or should hold nothing. */
  | { kind: 'nothing'; image?: JsonObject }
  | { kind: 'parked'; on: string; reference: Reference }
  | { kind: 'invalid'; message: string };

export interface Target {
  catalog: Catalog;
  system: SystemSetup;
  replica: ReplicaRow;
  record: RecordState;
  /** Images that the system may hold besides the confirmed one. */
  unsettled: readonly JsonObject[];
}

export function render(target: Target, state: State): Rendering {
  const { catalog, system, replica, record } = target;
  const mapping = catalog.mapping(system.id, replica.type);
  const { row } = record;
  if (!mapping || mapping.outward.length === 0)
    return { kind: 'invalid', message: `${system.id} has no mapping that writes ${replica.type}` };
  if (row.deleted) return renderDeletion(target, mapping);
  if (row.version === 0 || row.mergedInto !== null || !mapping.wants(row.data)) return { kind: 'nothing' };
  const references = mapping.outgoing(row.data);
  const missing = references.length === 0 ? noKeys : references.flatMap((reference) => unloaded(reference, state));
  if (missing.length > 0) return { kind: 'need', keys: missing };
  return renderState(target, mapping, state);
}

const noKeys: Key[] = [];

function renderDeletion({ system, replica, record, unsettled }: Target, mapping: Mapping): Rendering {
  const there = replica.externalId !== null || (system.pulls && isHeld(replica, unsettled));
  if (!there || !covers(system.deletes, replica.type)) return { kind: 'nothing' };
  const known = record.image(system.id)?.memory.image ?? {};
  const body = system.pulls ? stringifyJson(wordsFor(mapping, record.row.data)) : '';
  return { kind: 'send', op: 'delete', body, image: known, payload: null, mapping: mapping.digest };
}

/** Enough for a poller to know what is meant. */
const wordsFor = (mapping: Mapping, data: JsonObject): LosslessObject =>
  mapping.write({ op: 'create', data, image: undefined, base: undefined, lookup: () => undefined }).body;

/** A feed's reader has it once it acknowledged it, also without telling an id of its own. */
const isHeld = (replica: ReplicaRow, unsettled: readonly JsonObject[]): boolean =>
  replica.externalId !== null || replica.deliveries > 0 || unsettled.length > 0;

/** A folded record is reached through the one it became. */
export function unloaded({ id }: Reference, state: State): Key[] {
  if (!state.asked(id)) return [id];
  const into = state.record(id)?.row.mergedInto;
  return into && !state.asked(into) ? [into] : [];
}

function renderState(target: Target, mapping: Mapping, state: State): Rendering {
  const { catalog, system, replica, record } = target;
  const { data } = record.row;
  // A poller may have a record without giving it an id.
  const isThere = replica.externalId !== null || (system.pulls && replica.deliveries > 0);
  const op = isThere ? 'update' : 'create';
  const image = record.image(system.id);
  const known = op === 'update' && image ? reliableImage(target, image, mapping) : undefined;
  const base = op === 'update' ? baseOf(image) : undefined;
  const written = mapping.write({
    op,
    data,
    image: known,
    base,
    lookup: (_type, id) => idIn(system, id, state, catalog),
  });
  const [unknown] = written.unknown;
  if (unknown) return { kind: 'parked', on: targetOf(unknown.id, state), reference: unknown };
  if (written.faults.length > 0) return { kind: 'invalid', message: faultsText(written) };
  if (op === 'update' && !written.changed) return { kind: 'nothing', image: written.image };
  const whole = op === 'create' || covers(system.whole, replica.type);
  const body = stringifyJson(whole ? written.body : written.changes);
  // What only we have written can be written again; what the system added has to be kept.
  const payload = base === undefined ? null : whole ? body : stringifyJson(written.body);
  return { kind: 'send', op, body, image: written.image, payload, mapping: mapping.digest };
}

/** The image as far as what is written may rely on it. */
function reliableImage({ catalog, record, unsettled }: Target, row: ImageRow, mapping: Mapping): JsonObject {
  const { data } = record.row;
  const sure = sureImage(row.memory, catalog.policy(mapping.record), data);
  return unsettled.length === 0 ? sure : agreedImage(sure, unsettled, mapping.outward, data);
}

const baseOf = (image: ImageRow | undefined): LosslessObject | undefined =>
  image?.payload ? (parseJson(image.payload, { keys: 100_000 }) as LosslessObject) : undefined;

const faultsText = ({ faults }: Written): string => faults.map(({ path, message }) => `${path}: ${message}`).join('; ');

/**
 * Where an unsettled send may have left something else, the image is not to be relied on: what is wanted is then named,
 * and what is to be cleared stands in the image so that it is cleared.
 */
function agreedImage(
  image: JsonObject,
  unsettled: readonly JsonObject[],
  outward: readonly string[],
  wanted: JsonObject,
): JsonObject {
  let agreed = image;
  for (const dotted of outward) {
    const path = dotted.split('.');
    const held = getPath(image, path);
    const other = unsettled.map((one) => getPath(one, path)).find((value) => !same(value, held));
    const differs = unsettled.some((one) => !same(getPath(one, path), held));
    if (!differs) continue;
    if (agreed === image) agreed = structuredClone(image);
    if (getPath(wanted, path) !== undefined) deletePath(agreed, path);
    else if (held === undefined && other !== undefined) setPath(agreed, path, other);
  }
  return agreed;
}

const same = (a: Json | undefined, b: Json | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && equalJson(a, b));

const targetOf = (id: string, state: State): string => state.record(id)?.row.mergedInto ?? id;

/** A poller that has a record without giving it an id is told its first match key. */
export function idIn(system: SystemSetup, id: string, state: State, catalog: Catalog): string | undefined {
  const target = state.record(targetOf(id, state));
  const external = target?.replicas.get(system.id)?.externalId;
  if (external !== null && external !== undefined) return external;
  if (!target || !system.pulls || (target.replicas.get(system.id)?.deliveries ?? 0) === 0) return undefined;
  for (const field of catalog.matchFields(target.row.type)) {
    const value = valueAt(target.row.data, field);
    if (typeof value === 'string') return value;
  }
  return undefined;
}
