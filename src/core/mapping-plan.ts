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
import { mappingName } from './upkeep.ts';

export interface PlannedMapping {
  system: string;
  record: RecordType;
  /** Undefined: the system, or its mapping of the type, is new. */
  before: Mapping | undefined;
  after: Mapping;
}

/** One mapping that would change. Times and values of persons are not in it. */
export interface MappingPlan {
  system: string;
  record: RecordType;
  /** `unknown`: another one is in force, of which only the digest is known. */
  kind: 'new' | 'changed' | 'unknown';
  /** Records looked at. */
  records: number;
  /** Copies that would be written otherwise, and so are sent. */
  changed: number;
  /** Records that `when` lets through now, or no more. */
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

/** Which mappings are not those in force. */
export async function changedMappings(
  store: Reading,
  mappings: Iterable<{ system: string; mapping: Mapping }>,
  recompile: (document: string) => Mapping | undefined,
): Promise<(PlannedMapping & { kind: MappingPlan['kind'] })[]> {
  const changed: (PlannedMapping & { kind: MappingPlan['kind'] })[] = [];
  for (const { system, mapping } of mappings) {
    const inForce = await store.cursor(`filled:${system}:${mapping.record}`);
    if (inForce === mapping.digest) continue;
    const document = await store.cursor(mappingName(system, mapping.record));
    const before = document === undefined ? undefined : recompile(document);
    const kind = inForce === undefined ? 'new' : before ? 'changed' : 'unknown';
    changed.push({ system, record: mapping.record, before, after: mapping, kind });
  }
  return changed;
}

/** @param progress records looked at so far; nothing is kept of them but counts and a few samples */
export async function planMapping(
  store: Reading,
  planned: PlannedMapping & { kind: MappingPlan['kind'] },
  progress: (records: number) => void,
): Promise<MappingPlan> {
  const { system, record, kind } = planned;
  const plan: MappingPlan = {
    ...{ system, record, kind, records: 0, changed: 0, starts: 0, stops: 0, refused: 0 },
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

function add(
  plan: MappingPlan,
  record: RecordState,
  { system, before, after, kind }: PlannedMapping & { kind: string },
): void {
  plan.records += 1;
  // Of what is in force nothing is known: nothing can be said of what would change.
  if (kind === 'unknown') return;
  const replica = record.replicas.get(system);
  const there = replica !== undefined && (replica.externalId !== null || replica.deliveries > 0);
  const effect = effectOn({ data: record.row.data, image: record.image(system) }, there ? before : undefined, after);
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
    ({ kind, changed, starts, stops, refused }) => kind === 'unknown' || changed + starts + stops + refused > 0,
  );
