// A checked plan as the functions that the rest of the hub calls.
import { type Json, type JsonObject, type Lossless, type LosslessObject, NumberText } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import { allPairs, type Planned } from './check.ts';
import { type Coder, isParts, isStructure, Unreadable } from './codec.ts';
import type { Condition } from './condition.ts';
import type { Head } from './effective.ts';
import { Draft, get } from './external.ts';
import type { ReadFrame, Step, WriteFrame } from './frames.ts';
import type { Lookup, Mapping, Reading, Reference, WriteRequest, Written } from './mapping.ts';
import { goesIn, goesOut, type PlannedPair } from './plan.ts';
import { partsStep } from './step-parts.ts';
import { rowsStep } from './step-rows.ts';
import { structureStep } from './step-structure.ts';
import { valueStep } from './step-value.ts';

export interface MatchField {
  field: string;
  path: readonly string[];
  coder: Coder;
}

export interface Parts {
  planned: Planned;
  head: Head;
  digest: string;
  when: Condition | undefined;
  accept: Condition | undefined;
  clock: { path: readonly string[]; coder: Coder } | undefined;
  id: readonly string[] | undefined;
  match: readonly MatchField[];
  actor: readonly string[] | undefined;
  tag: readonly string[] | undefined;
}

function stepOf(pair: PlannedPair, clears: boolean): Step {
  if (isStructure(pair.codec.made)) return structureStep(pair, clears);
  return isParts(pair.codec.made) ? partsStep(pair, clears) : valueStep(pair, clears);
}

/** Those that look at what the others wrote come last. */
const lateLast = (steps: readonly Step[]): Step[] => [
  ...steps.filter((step) => !step.late),
  ...steps.filter((step) => step.late),
];

function stepsOf({ pairs, rows }: Planned, clears: boolean): Step[] {
  const collections = rows.map((row) => rowsStep(row, lateLast(row.pairs.map((pair) => stepOf(pair, clears))), clears));
  const late = rows.map((row) => row.pairs.some((pair) => (pair.codec.made as Coder).late === true));
  return lateLast([
    ...pairs.map((pair) => stepOf(pair, clears)),
    ...collections.map((step, at) => ({ ...step, late: late[at] === true })),
  ]);
}

export function makeMapping(parts: Parts): Mapping {
  const { planned, head, digest, when } = parts;
  const steps = stepsOf(planned, head.absentMeans === 'clear');
  const of = (goes: (dir: PlannedPair['dir']) => boolean): string[] => [
    ...new Set([
      ...planned.pairs.filter((pair) => pair.canonical !== '' && goes(pair.dir)).map((pair) => pair.canonical),
      ...planned.rows.filter((row) => goes(row.dir)).map((row) => row.collection),
    ]),
  ];
  return {
    record: planned.type,
    digest,
    payload: head.payload ?? 'delta',
    trust: head.clock?.trust ?? (head.clock?.at === undefined ? 'none' : 'skewed'),
    matchFields: parts.match.map(({ field }) => field),
    inward: of(goesIn),
    outward: of(goesOut),
    needs: needsOf(planned, head),
    keepsPayload: head.keepPayload === true || planned.rows.some((row) => goesOut(row.dir)),
    externalPaths: externalPaths(planned),
    wants: (data) => when?.(data) ?? true,
    incoming: (payload) => collect(payload, steps),
    outgoing: (data) => mentioned(data, steps, head.needs ?? []),
    read: (payload, lookup) => read(payload, lookup, steps, parts),
    write: (request) => write(request, steps),
  };
}

function needsOf(planned: Planned, head: Head): { ours: string; record: RecordType }[] {
  const parking = allPairs(planned).filter(
    ({ dir, codec }) =>
      goesOut(dir) && codec.name === 'lookup' && (codec.params as { unknown?: string }).unknown !== 'omit',
  );
  const all = [
    ...(head.needs ?? []),
    ...parking.map(({ canonical, codec }) => ({
      ours: canonical,
      record: (codec.params as { record: RecordType }).record,
    })),
  ];
  return all.filter(
    (one, at) => all.findIndex((other) => other.ours === one.ours && other.record === one.record) === at,
  );
}

function externalPaths({ pairs, rows }: Planned): string[] {
  const flat = pairs.filter((pair) => goesOut(pair.dir)).flatMap((pair) => pair.targets.map(({ text }) => text));
  const listed = rows
    .filter((row) => goesOut(row.dir))
    .flatMap((row) => {
      const inner = row.pairs
        .filter((pair) => goesOut(pair.dir))
        .flatMap((pair) => pair.targets.map(({ text }) => text));
      return [row.value.key.theirs, ...inner].map((path) => `${row.value.theirs}[].${path}`);
    });
  return [...flat, ...listed];
}

function unique(references: readonly Reference[]): Reference[] {
  return [...new Map(references.map((one) => [`${one.record} ${one.ours} ${one.id}`, one])).values()];
}

function collect(payload: LosslessObject, steps: readonly Step[]): Reference[] {
  const found: Reference[] = [];
  for (const step of steps) step.references?.(payload, found);
  return found.length > 1 ? unique(found) : found;
}

function mentioned(
  data: JsonObject,
  steps: readonly Step[],
  needs: readonly { ours: string; record: RecordType }[],
): Reference[] {
  const found: Reference[] = [];
  for (const step of steps) step.mentions?.(data, found);
  for (const { ours, record } of needs) {
    const id = get(data as LosslessObject, ours.split('.'));
    if (typeof id === 'string') found.push({ record, ours, id });
  }
  return found.length > 1 ? unique(found) : found;
}

const isObject = (value: Lossless): value is LosslessObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);

function read(payload: Lossless, lookup: Lookup, steps: readonly Step[], parts: Parts): Reading {
  const complete: string[] = [];
  const reading: Reading = {
    externalId: undefined,
    match: [],
    at: undefined,
    patch: {},
    faults: [],
    complete,
    accepted: true,
    ours: false,
  };
  if (!isObject(payload)) {
    reading.faults.push({ path: '', ours: '', message: 'is not an object' });
    return reading;
  }
  const frame: ReadFrame = {
    source: payload,
    out: reading.patch,
    around: { payload, row: undefined, lookup },
    faults: reading.faults,
    complete,
    label: '',
  };
  reading.externalId = parts.id && idText(get(payload, parts.id));
  reading.at = timeOf(parts.clock, frame);
  reading.match = matchesOf(parts.match, frame);
  reading.accepted = parts.accept?.(payload) ?? true;
  reading.ours = isOurs(payload, parts);
  for (const step of steps) step.read?.(frame);
  return reading;
}

function idText(value: Lossless | undefined): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value === 'number') return String(value);
  return value instanceof NumberText ? value.text : undefined;
}

function decoded(frame: ReadFrame, path: readonly string[], coder: Coder): Json | undefined {
  const said = get(frame.source, path);
  if (said === undefined || said === null) return undefined;
  const value = coder.decode?.(said, frame.around);
  return value instanceof Unreadable ? undefined : value;
}

function timeOf(clock: Parts['clock'], frame: ReadFrame): number | undefined {
  const text = clock && decoded(frame, clock.path, clock.coder);
  const at = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

function matchesOf(match: readonly MatchField[], frame: ReadFrame): Reading['match'] {
  const found: Reading['match'] = [];
  for (const { field, path, coder } of match) {
    const value = decoded(frame, path, coder);
    if (value !== undefined && value !== null && value !== '') found.push({ field, value: String(value) });
  }
  return found;
}

/** The key that a request of ours carries: system, record type, record, change. */
const ownKey = /^[^:]+:[a-z_]+:[^:]+:\d+$/;

function isOurs(payload: LosslessObject, { actor, tag, head }: Parts): boolean {
  if (actor && head.origin?.self !== undefined && idText(get(payload, actor)) === head.origin.self) return true;
  const said = tag && get(payload, tag);
  return typeof said === 'string' && ownKey.test(said);
}

function write({ op, data, image, base, lookup }: WriteRequest, steps: readonly Step[]): Written {
  const draft = new Draft(base);
  const changes = op === 'create' ? undefined : new Draft(undefined);
  const next: JsonObject = {};
  const around = { payload: draft.root, row: undefined, lookup };
  const frame: WriteFrame = {
    op,
    data,
    held: image,
    next,
    draft,
    changes,
    changed: op === 'create',
    around,
    faults: [],
    unknown: [],
    label: '',
  };
  for (const step of steps) step.keep?.(frame);
  for (const step of steps) {
    around.payload = draft.root;
    step.write?.(frame);
  }
  return {
    body: draft.root,
    changes: changes?.root ?? draft.root,
    changed: frame.changed,
    image: next,
    unknown: frame.unknown,
    faults: frame.faults,
  };
}
