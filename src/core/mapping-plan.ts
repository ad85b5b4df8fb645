// What changed mappings would do to the records that are stored: per system and type, by field, with samples.

import type { Mapping } from '../mapping/mapping.ts';
import { fieldAt } from '../model/fields.ts';
import type { Lossless } from '../model/json.ts';
import { stringifyJson } from '../model/json.ts';
import { mask } from '../model/mask.ts';
import type { RecordType } from '../model/records.ts';
import type { Reading } from '../store/reading.ts';
import type { RecordState } from '../store/store.ts';
import { type Effect, effectOn } from './mapping-effect.ts';
import { filledName, mappingName, removed } from './upkeep.ts';

export interface PlannedMapping {
  system: string;
  record: RecordType;
  kind: MappingPlan['kind'];
  /** Undefined: the system, or its mapping of the type, is new. */
  before: Mapping | undefined;
  /** Undefined: nothing writes the type to the system any more. */
  after: Mapping | undefined;
}

/** One mapping that would change. Times and values of persons are not in it. */
export interface MappingPlan {
  system: string;
  record: RecordType;
  /** `unknown`: another one is in force, of which only the digest is known. `back`: it was removed once. */
  kind: 'new' | 'changed' | 'unknown' | 'removed' | 'back';
  /** Records looked at. */
  records: number;
  /** Copies that would be written otherwise, and so are sent. */
  changed: number;
  /** Of a mapping that is back: copies that are compared, and sent where the record changed meanwhile. */
  compared: number;
  /** Records that `when` lets through now, or no more; of a removed mapping: copies that are no longer updated. */
  starts: number;
  stops: number;
  /** Copies that could be written before and cannot be any more: each would become a dead letter. */
  refused: number;
  /** Member → copies in which it differs. */
  fields: { theirs: string; ours: string; copies: number }[];
  refusals: { ours: string; message: string; copies: number }[];
  samples: {
    record: string;
    externalId: string | null;
    members: { theirs: string; before: string; after: string }[];
  }[];
}

/** Records read in one go. */
const slice = 200;
const mostSamples = 3;
const mostMembers = 8;

/**
 * Which mappings are not those in force.
 * @param mappings of each system and type that could be written; without one nothing writes it
 */
export async function changedMappings(
  store: Reading,
  mappings: Iterable<{ system: string; record: RecordType; mapping: Mapping | undefined }>,
  recompile: (document: string) => Mapping | undefined,
): Promise<PlannedMapping[]> {
  const changed: PlannedMapping[] = [];
  for (const { system, record, mapping: after } of mappings) {
    const inForce = await store.cursor(filledName(system, record));
    if (inForce === after?.digest || (inForce === removed && !after)) continue;
    const document = await store.cursor(mappingName(system, record));
    const before = document === undefined ? undefined : recompile(document);
    changed.push({ system, record, before, after, kind: kindOf(inForce, before, after) });
  }
  return changed;
}

function kindOf(inForce: string | undefined, before: Mapping | undefined, after: Mapping | undefined) {
  if (!after) return 'removed';
  if (inForce === undefined) return 'new';
  if (inForce === removed) return 'back';
  return before ? 'changed' : 'unknown';
}

/** @param progress records looked at so far; nothing is kept of them but counts and a few samples */
export async function planMapping(
  store: Reading,
  planned: PlannedMapping,
  progress: (records: number) => void,
): Promise<MappingPlan> {
  const { system, record, kind } = planned;
  const plan: MappingPlan = {
    ...{ system, record, kind, records: 0, changed: 0, compared: 0, starts: 0, stops: 0, refused: 0 },
    ...{ fields: [], refusals: [], samples: [] },
  };
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<Reading['recordsOf']>> = await store.recordsOf(record, slice, after);
    const ids = page.items
      .filter(({ version, deleted, mergedInto }) => version > 0 && !deleted && mergedInto === null)
      .map(({ id }) => id);
    await store.read(ids, (state) => {
      for (const id of ids) {
        const found = state.record(id);
        if (found) add(plan, found, planned);
      }
    });
    progress(page.items.length);
    after = page.next;
  } while (after !== null);
  plan.fields.sort((a, b) => b.copies - a.copies || (a.theirs < b.theirs ? -1 : 1));
  return plan;
}

function add(plan: MappingPlan, record: RecordState, { system, before, after, kind }: PlannedMapping): void {
  plan.records += 1;
  // Of what is in force nothing is known: nothing can be said of what would change.
  if (kind === 'unknown') return;
  const replica = record.replicas.get(system);
  const there = replica !== undefined && (replica.externalId !== null || replica.deliveries > 0);
  if (!after) {
    // What waits to be sent has nothing any more that could write it.
    if (there) plan.stops += 1;
    if (replica?.state === 'behind') plan.refused += 1;
    return;
  }
  const effect = effectOn({ data: record.row.data, image: record.image(system) }, there ? before : undefined, after);
  if (kind === 'back' && there && after.wants(record.row.data)) plan.compared += 1;
  if (effect.turned === 'starts') plan.starts += 1;
  if (effect.turned === 'stops') plan.stops += 1;
  if (effect.refused.length > 0) addRefusals(plan, effect);
  if (effect.changes.length > 0) addChanges(plan, record, effect, replica?.externalId ?? null);
}

function addRefusals(plan: MappingPlan, { refused }: Effect): void {
  plan.refused += 1;
  for (const { ours } of refused) {
    const known = plan.refusals.find((one) => one.ours === ours);
    if (known) known.copies += 1;
    else plan.refusals.push({ ours, message: 'cannot be written', copies: 1 });
  }
}

function addChanges(plan: MappingPlan, { row }: RecordState, { changes }: Effect, externalId: string | null): void {
  plan.changed += 1;
  for (const theirs of new Set(changes.map(({ path }) => path))) {
    const known = plan.fields.find((one) => one.theirs === theirs);
    const ours = changes.find(({ path }) => path === theirs)?.ours ?? '';
    if (known) known.copies += 1;
    else plan.fields.push({ theirs, ours, copies: 1 });
  }
  if (plan.samples.length >= mostSamples) return;
  const members = changes.slice(0, mostMembers).map(({ path, ours, before, after }) => {
    const shown = (value: Lossless | undefined): string => told(row.type, ours, value);
    return { theirs: path, before: shown(before), after: shown(after) };
  });
  plan.samples.push({ record: row.id, externalId, members });
}

const longest = 60;

/** As JSON, cut, and hidden where it is personal. */
function told(type: RecordType, ours: string, value: Lossless | undefined): string {
  if (value === undefined) return '(absent)';
  if (ours !== '' && isPersonal(type, ours)) return mask;
  const text = stringifyJson(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

/** A list of rows is, where any member of them is. */
function isPersonal(type: RecordType, ours: string): boolean {
  const field = fieldAt(type, ours);
  if (!field) return true;
  return field.personal || Object.values(field.fields ?? {}).some((one) => one.personal);
}

export const changesAnything = (plans: readonly MappingPlan[]): boolean =>
  plans.some(
    ({ kind, changed, compared, starts, stops, refused }) =>
      kind === 'unknown' || changed + compared + starts + stops + refused > 0,
  );
