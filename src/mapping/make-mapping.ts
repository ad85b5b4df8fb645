// A checked plan as the functions that the rest of the hub calls.
import { type Json, type Lossless, type LosslessObject, NumberText } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import { allPairs, type Planned } from './check.ts';
import { type Coder, isParts, isStructure, Unreadable } from './codec.ts';
import type { Condition } from './condition.ts';
import type { Head } from './effective.ts';
import { Draft, type Getter, get, getter, type Said } from './external.ts';
import { ourGetter, type ReadFrame, type Step, type WriteFrame } from './frames.ts';
import { begin, type Start, settled, startOf } from './image.ts';
import { msOf } from './instant.ts';
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
  document: string;
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
  const { planned, head, digest, document, when } = parts;
  const steps = stepsOf(planned, head.absentMeans === 'clear');
  const reading = readingOf(parts, steps);
  const writing = writingOf(planned, steps);
  const written = writtenMembers(planned);
  const of = (goes: (dir: PlannedPair['dir']) => boolean): string[] => [
    ...new Set([
      ...planned.pairs.filter((pair) => pair.canonical !== '' && goes(pair.dir)).map((pair) => pair.canonical),
      ...planned.rows.filter((row) => goes(row.dir)).map((row) => row.collection),
    ]),
  ];
  return {
    record: planned.type,
    digest,
    document,
    payload: head.payload ?? 'delta',
    trust: head.clock?.trust ?? (head.clock?.at === undefined ? 'none' : 'skewed'),
    matchFields: parts.match.map(({ field }) => field),
    inward: of(goesIn),
    outward: of(goesOut),
    needs: needsOf(planned, head),
    keepsPayload: head.keepPayload === true || planned.rows.some((row) => goesOut(row.dir)),
    externalPaths: written.map(({ theirs }) => theirs),
    written,
    wants: (data) => when?.(data) ?? true,
    incoming: incomingOf(steps),
    outgoing: outgoingOf(steps, head.needs ?? []),
    read: (payload, lookup) => read(payload, lookup, reading),
    write: (request) => write(request, writing),
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

function writtenMembers({ pairs, rows }: Planned): { theirs: string; ours: string }[] {
  const listed = rows
    .filter((row) => goesOut(row.dir))
    .flatMap((row) => [
      { theirs: `${row.value.theirs}[].${row.value.key.theirs}`, ours: `${row.collection}.${row.value.key.ours}` },
      ...targetsOf(row.pairs).map(({ theirs, ours }) => ({ theirs: `${row.value.theirs}[].${theirs}`, ours })),
    ]);
  return [...targetsOf(pairs), ...listed];
}

const targetsOf = (pairs: readonly PlannedPair[]): { theirs: string; ours: string }[] =>
  pairs
    .filter((pair) => goesOut(pair.dir))
    .flatMap((pair) => pair.targets.map(({ text }) => ({ theirs: text, ours: pair.canonical })));

function unique(references: readonly Reference[]): Reference[] {
  return [...new Map(references.map((one) => [`${one.record} ${one.ours} ${one.id}`, one])).values()];
}

function incomingOf(steps: readonly Step[]): Mapping['incoming'] {
  const collect = steps.flatMap((step) => step.references ?? []);
  return (payload) => {
    const found: Reference[] = [];
    for (const references of collect) references(payload, found);
    return found.length > 1 ? unique(found) : found;
  };
}

function outgoingOf(
  steps: readonly Step[],
  needs: readonly { ours: string; record: RecordType }[],
): Mapping['outgoing'] {
  const collect = steps.flatMap((step) => step.mentions ?? []);
  const needed = needs.map(({ ours, record }) => ({ ours, record, of: ourGetter(ours.split('.')) }));
  return (data) => {
    const found: Reference[] = [];
    for (const mentions of collect) mentions(data, found);
    for (const { ours, record, of } of needed) {
      const id = of(data);
      if (typeof id === 'string') found.push({ record, ours, id });
    }
    return found.length > 1 ? unique(found) : found;
  };
}

const isObject = (value: Lossless): value is LosslessObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);

/** A place outside the pairs that is read and decoded. */
interface Place {
  field: string;
  of: Getter;
  coder: Coder;
}

interface ReadPlan {
  steps: readonly NonNullable<Step['read']>[];
  id: Getter | undefined;
  clock: Place | undefined;
  match: readonly Place[];
  accept: Condition | undefined;
  isOurs(payload: LosslessObject): boolean;
}

const readingOf = (parts: Parts, steps: readonly Step[]): ReadPlan => ({
  steps: steps.flatMap((step) => step.read ?? []),
  id: parts.id && getter(parts.id),
  clock: parts.clock && { field: '', of: getter(parts.clock.path), coder: parts.clock.coder },
  match: parts.match.map(({ field, path, coder }) => ({ field, of: getter(path), coder })),
  accept: parts.accept,
  isOurs: (payload) => isOurs(payload, parts),
});

function read(
  payload: Lossless,
  lookup: Lookup,
  { steps, id, clock, match, accept, isOurs: isEcho }: ReadPlan,
): Reading {
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
  const { patch: out, faults } = reading;
  const around = { payload, row: undefined, lookup };
  const frame: ReadFrame = { source: payload, out, around, faults, complete, list: '', index: -1 };
  reading.externalId = id && idText(id(payload));
  reading.at = timeOf(clock, frame);
  for (const place of match) addMatch(reading.match, place, frame);
  reading.accepted = accept?.(payload) ?? true;
  reading.ours = isEcho(payload);
  for (let at = 0; at < steps.length; at++) steps[at]?.(frame);
  return reading;
}

function idText(value: Said): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (typeof value === 'number') return String(value);
  return value instanceof NumberText ? value.text : undefined;
}

function decoded(frame: ReadFrame, { of, coder }: Place): Json | undefined {
  const said = of(frame.source);
  if (said === undefined || said === null || said instanceof Unreadable) return undefined;
  const value = coder.decode?.(said, frame.around);
  return value instanceof Unreadable ? undefined : value;
}

function timeOf(clock: Place | undefined, frame: ReadFrame): number | undefined {
  const text = clock && decoded(frame, clock);
  const at = typeof text === 'string' ? msOf(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : at;
}

function addMatch(found: Reading['match'], place: Place, frame: ReadFrame): void {
  const value = decoded(frame, place);
  if (value !== undefined && value !== null && value !== '') found.push({ field: place.field, value: String(value) });
}

/** The key that a request of ours carries: system, record type, record, change. */
const ownKey = /^[^:]+:[a-z_]+:[^:]+:\d+$/;

function isOurs(payload: LosslessObject, { actor, tag, head }: Parts): boolean {
  if (actor && head.origin?.self !== undefined && idText(get(payload, actor)) === head.origin.self) return true;
  const said = tag && get(payload, tag);
  return typeof said === 'string' && ownKey.test(said);
}

interface WritePlan {
  start: Start;
  keeps: readonly NonNullable<Step['keep']>[];
  steps: readonly NonNullable<Step['write']>[];
}

const writingOf = ({ pairs, rows }: Planned, steps: readonly Step[]): WritePlan => ({
  start: startOf(...writtenAndKept(pairs, rows)),
  keeps: steps.flatMap((step) => step.keep ?? []),
  steps: steps.flatMap((step) => step.write ?? []),
});

function writtenAndKept(pairs: Planned['pairs'], rows: Planned['rows']): [string[][], string[][]] {
  const places = [
    ...pairs.filter((pair) => pair.canonical !== '').map(({ ours, dir }) => ({ path: [...ours], dir })),
    ...rows.map(({ collection, dir }) => ({ path: [collection], dir })),
  ];
  const written = places.filter(({ dir }) => goesOut(dir)).map(({ path }) => path);
  return [written, places.filter(({ dir }) => !goesOut(dir)).map(({ path }) => path)];
}

function write({ op, data, image, base, lookup }: WriteRequest, { start, keeps, steps }: WritePlan): Written {
  const draft = new Draft(base);
  const around = { payload: draft.root, row: undefined, lookup };
  const isCreate = op === 'create';
  const frame: WriteFrame = {
    op,
    data,
    held: image,
    next: data,
    fromNothing: false,
    draft,
    changes: undefined,
    namesChanges: !isCreate,
    changed: isCreate,
    around,
    faults: [],
    unknown: [],
    collection: '',
    key: '',
  };
  begin(frame, start);
  for (let at = 0; at < keeps.length; at++) keeps[at]?.(frame);
  for (let at = 0; at < steps.length; at++) {
    around.payload = draft.root;
    steps[at]?.(frame);
  }
  return {
    body: draft.root,
    changes: isCreate ? draft.root : (frame.changes?.root ?? {}),
    changed: frame.changed,
    image: settled(frame),
    unknown: frame.unknown,
    faults: frame.faults,
  };
}
