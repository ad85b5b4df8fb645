// A keyed collection: rows are matched by key, never by position, and what a row does not share stays with it.
import { type Json, type JsonObject, type Lossless, type LosslessObject, NumberText } from '../model/json.ts';
import { own, put } from '../model/own.ts';
import { type Around, type Coder, Unreadable } from './codec.ts';
import { Draft, getter } from './external.ts';
import {
  change,
  type OurGetter,
  ourGetter,
  ourSetter,
  type ReadFrame,
  readFault,
  type Step,
  type WriteFrame,
  writeFault,
} from './frames.ts';
import type { Reference } from './mapping.ts';
import { goesIn, goesOut, type PlannedEach } from './plan.ts';
import { notNull } from './policy.ts';

interface Rows {
  plan: PlannedEach;
  key: Coder;
  steps: readonly Step[];
  theirs: ReturnType<typeof getter>;
  keyOf: ReturnType<typeof getter>;
  ours: OurGetter;
}

const isRow = (value: Lossless | undefined): value is LosslessObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
const isTree = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function rowsStep(plan: PlannedEach, steps: readonly Step[], clears: boolean): Step {
  const theirs = getter(plan.path);
  const rows: Rows = {
    plan,
    steps,
    theirs,
    key: plan.key.made as Coder,
    keyOf: getter(plan.keyPath),
    ours: ourGetter([plan.collection]),
  };
  return {
    late: false,
    ...(goesIn(plan.dir) && {
      read: (frame) => readRows(rows, clears, frame),
      references: (source, found) => referencesIn(rows, source, found),
    }),
    ...(goesOut(plan.dir)
      ? { write: (frame) => writeRows(rows, frame), mentions: (data, found) => mentionsIn(rows, data, found) }
      : {
          keep: ({ held, next }) =>
            void (
              held &&
              Object.hasOwn(held, plan.collection) &&
              put(next, plan.collection, held[plan.collection] as Json)
            ),
        }),
  };
}

/** The key as text, or why the row has none. */
function keyText({ key, keyOf, plan }: Rows, row: LosslessObject, around: Around): string | Unreadable {
  const said = keyOf(row);
  if (said === undefined || said === null)
    return new Unreadable(`has no ${plan.value.key.theirs}, which tells the rows apart`);
  const value = said instanceof Unreadable ? said : (key.decode?.(said, around) ?? null);
  return value instanceof Unreadable ? value : String(value);
}

function readRows(rows: Rows, clears: boolean, frame: ReadFrame): void {
  const { plan } = rows;
  const to = ourSetter([plan.collection]);
  const said = rows.theirs(frame.source);
  const policy = plan.value.null ?? 'clear';
  if (said === undefined) {
    if (clears) to(frame.out, null);
    return;
  }
  if (said === null) {
    if (policy === 'clear') to(frame.out, null);
    else if (policy === 'reject') readFault(frame, plan.value.theirs, plan.collection, notNull);
    return;
  }
  if (!Array.isArray(said)) {
    const why = said instanceof Unreadable ? said : new Unreadable('is not a list');
    readFault(frame, plan.value.theirs, plan.collection, why);
    return;
  }
  const entries: JsonObject = {};
  let whole = true;
  said.forEach((row, index) => {
    whole = readRow(rows, row, index, frame, entries) && whole;
  });
  to(frame.out, entries);
  // A row that could not be told apart may be any of those that seem to be missing.
  if (plan.value.missing === 'tombstone' && whole) frame.complete.push(plan.collection);
}

function readRow(rows: Rows, row: Lossless, index: number, frame: ReadFrame, entries: JsonObject): boolean {
  const { plan, steps } = rows;
  const at = `${plan.value.theirs}.${index}`;
  const refuse = (why: Unreadable): false => {
    readFault(frame, at, plan.collection, why);
    return false;
  };
  if (!isRow(row)) return refuse(new Unreadable('is not an object'));
  const around: Around = { payload: frame.around.payload, row, lookup: frame.around.lookup };
  const key = keyText(rows, row, around);
  if (key instanceof Unreadable) return refuse(key);
  if (Object.hasOwn(entries, key))
    return refuse(new Unreadable(`has the same ${plan.value.key.theirs} as a row before it`));
  const out: JsonObject = { [plan.keyMember]: key };
  put(entries, key, out);
  const inner: ReadFrame = {
    source: row,
    out,
    around,
    faults: frame.faults,
    complete: frame.complete,
    label: `${frame.label}${at}.`,
  };
  for (const step of steps) step.read?.(inner);
  return true;
}

function referencesIn({ theirs, steps }: Rows, source: LosslessObject, found: Reference[]): void {
  const said = theirs(source);
  if (!Array.isArray(said)) return;
  for (const row of said) if (isRow(row)) for (const step of steps) step.references?.(row, found);
}

function mentionsIn({ ours, steps }: Rows, data: JsonObject, found: Reference[]): void {
  const entries = ours(data);
  if (!isTree(entries)) return;
  for (const entry of Object.values(entries))
    if (isTree(entry)) for (const step of steps) step.mentions?.(entry, found);
}

function writeRows(rows: Rows, frame: WriteFrame): void {
  const { plan } = rows;
  const wanted = treeOf(rows.ours(frame.data));
  const held = treeOf(frame.held && rows.ours(frame.held));
  const current = rows.theirs(frame.draft.root);
  const base = Array.isArray(current) ? current : [];
  const next: JsonObject = {};
  const state = { differs: false, moved: false };
  const seen = new Set<string>();
  const list: Lossless[] = [];
  for (const row of base) keepRow(rows, row, { frame, wanted, held, next, seen, list, state });
  for (const key of Object.keys(wanted)) {
    if (seen.has(key)) continue;
    const root = writeRow(rows, key, undefined, { frame, wanted, held, next, state });
    if (root) list.push(root);
    state.moved = true;
  }
  if (Object.keys(held).some((key) => !Object.hasOwn(next, key))) state.differs = true;
  if (Object.keys(next).length > 0) put(frame.next, plan.collection, next);
  if (state.moved) frame.draft.set(plan.path, list);
  if (state.differs) change(frame, plan.path, state.moved ? list : base);
}

const treeOf = (value: Json | undefined): JsonObject => {
  if (!isTree(value)) return {};
  const live = Object.entries(value).filter(([, entry]) => isTree(entry));
  return live.length === Object.keys(value).length ? value : (Object.fromEntries(live) as JsonObject);
};

interface Pass {
  frame: WriteFrame;
  wanted: JsonObject;
  held: JsonObject;
  next: JsonObject;
  state: { differs: boolean; moved: boolean };
}

/** A row that the payload already has: rewritten where it differs, dropped where its record is gone, else left alone. */
function keepRow(rows: Rows, row: Lossless, pass: Pass & { seen: Set<string>; list: Lossless[] }): void {
  const { wanted, held, seen, list, state, frame } = pass;
  const key = isRow(row)
    ? keyText(rows, row, { payload: frame.draft.root, row, lookup: frame.around.lookup })
    : undefined;
  if (typeof key !== 'string' || seen.has(key)) {
    list.push(row);
    return;
  }
  if (!Object.hasOwn(wanted, key)) {
    const known = Object.hasOwn(held, key);
    if (known) state.moved = true;
    else list.push(row);
    return;
  }
  seen.add(key);
  const root = writeRow(rows, key, row as LosslessObject, pass);
  if (root !== row) state.moved = true;
  list.push(root ?? row);
}

/** @returns the row's payload; undefined when its key cannot be written */
function writeRow(
  { key: coder, plan, steps }: Rows,
  key: string,
  base: LosslessObject | undefined,
  pass: Pass,
): LosslessObject | undefined {
  const { frame, wanted, held, next, state } = pass;
  const draft = new Draft(base);
  const around: Around = { payload: frame.draft.root, row: draft.root, lookup: frame.around.lookup };
  if (!base) {
    const encoded = coder.encode?.(key, around) ?? key;
    if (encoded instanceof Unreadable) return void writeFault(frame, `${plan.collection}.${key}`, encoded);
    draft.set(plan.keyPath, encoded);
  }
  const before = own(held, key) as JsonObject | undefined;
  const after: JsonObject = { [plan.keyMember]: key };
  const inner: WriteFrame = {
    op: base || before ? 'update' : 'create',
    data: own(wanted, key) as JsonObject,
    held: before,
    next: after,
    draft,
    changes: undefined,
    changed: before === undefined,
    around,
    faults: frame.faults,
    unknown: frame.unknown,
    label: `${frame.label}${plan.collection}.${key}.`,
  };
  for (const step of steps) step.keep?.(inner);
  for (const step of steps) {
    around.row = draft.root;
    step.write?.(inner);
  }
  put(next, key, after);
  if (inner.changed) state.differs = true;
  return draft.root;
}
