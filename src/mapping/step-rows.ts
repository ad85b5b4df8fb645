// A keyed collection: rows are matched by key, never by position, and what a row does not share stays with it.
import { type Json, type JsonObject, type Lossless, type LosslessObject, NumberText } from '../model/json.ts';
import { put } from '../model/own.ts';
import { type Around, type Coder, Unreadable } from './codec.ts';
import { Draft, getter, type Setter, setter } from './external.ts';
import {
  type Change,
  changer,
  type OurGetter,
  ourGetter,
  ourSetter,
  type ReadFrame,
  readFault,
  type Step,
  type WriteFrame,
  writeFault,
} from './frames.ts';
import { begin, type Holder, holder, type Start, sameMembers, settled, startOf } from './image.ts';
import type { Reference } from './mapping.ts';
import { goesIn, goesOut, type PlannedEach } from './plan.ts';
import { notNull } from './policy.ts';

interface Rows {
  plan: PlannedEach;
  key: Coder;
  reads: readonly NonNullable<Step['read']>[];
  writes: readonly NonNullable<Step['write']>[];
  keeps: readonly NonNullable<Step['keep']>[];
  references: readonly NonNullable<Step['references']>[];
  mentions: readonly NonNullable<Step['mentions']>[];
  theirs: ReturnType<typeof getter>;
  keyOf: ReturnType<typeof getter>;
  putKey: Setter;
  putList: Setter;
  change: Change;
  ours: OurGetter;
  hold: Holder;
  ourKey: OurGetter;
  holdKey: Holder;
  start: Start;
}

const isRow = (value: Lossless | undefined): value is LosslessObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);
const isTree = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function rowsStep(plan: PlannedEach, steps: readonly Step[], clears: boolean): Step {
  const rows = rowsOf(plan, steps);
  return {
    late: false,
    ...(goesIn(plan.dir) && {
      read: reader(rows, clears),
      ...(rows.references.length > 0 && { references: (source, found) => referencesIn(rows, source, found) }),
    }),
    ...(goesOut(plan.dir) ? { write: (frame) => writeRows(rows, frame) } : { keep: keeper(rows) }),
    ...(goesOut(plan.dir) && rows.mentions.length > 0 && { mentions: (data, found) => mentionsIn(rows, data, found) }),
  };
}

function rowsOf(plan: PlannedEach, steps: readonly Step[]): Rows {
  const key = [plan.keyMember];
  return {
    plan,
    reads: steps.flatMap((step) => step.read ?? []),
    writes: steps.flatMap((step) => step.write ?? []),
    keeps: steps.flatMap((step) => step.keep ?? []),
    references: steps.flatMap((step) => step.references ?? []),
    mentions: steps.flatMap((step) => step.mentions ?? []),
    theirs: getter(plan.path),
    key: plan.key.made as Coder,
    keyOf: getter(plan.keyPath),
    ourKey: ourGetter(key),
    holdKey: holder(key),
    putKey: setter(plan.keyPath),
    putList: setter(plan.path),
    change: changer(plan.path),
    ours: ourGetter([plan.collection]),
    hold: holder([plan.collection]),
    start: startOf(
      [key, ...plan.pairs.filter((pair) => goesOut(pair.dir) && pair.canonical !== '').map((pair) => pair.ours)],
      plan.pairs.filter((pair) => !goesOut(pair.dir)).map((pair) => pair.ours),
    ),
  };
}

function keeper({ ours, hold }: Rows): (frame: WriteFrame) => void {
  return (frame) => {
    const was = frame.held && ours(frame.held);
    if (was !== undefined) hold(frame, undefined, was);
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

function reader(rows: Rows, clears: boolean): (frame: ReadFrame) => void {
  const { plan, theirs } = rows;
  const to = ourSetter([plan.collection]);
  const policy = plan.value.null ?? 'clear';
  return (frame) => {
    const said = theirs(frame.source);
    if (said === undefined) {
      if (clears) to(frame.out, null);
    } else if (said === null) {
      if (policy === 'clear') to(frame.out, null);
      else if (policy === 'reject') readFault(frame, plan.value.theirs, plan.collection, notNull);
    } else if (!Array.isArray(said)) {
      const why = said instanceof Unreadable ? said : new Unreadable('is not a list');
      readFault(frame, plan.value.theirs, plan.collection, why);
    } else {
      to(frame.out, readRows(rows, said, frame));
    }
  };
}

function readRows(rows: Rows, list: readonly Lossless[], frame: ReadFrame): JsonObject {
  const { plan } = rows;
  const entries: JsonObject = {};
  const around: Around = { payload: frame.around.payload, row: undefined, lookup: frame.around.lookup };
  const { source, out, faults, complete } = frame;
  const inner: ReadFrame = { source, out, around, faults, complete, list: plan.value.theirs, index: 0 };
  let whole = true;
  for (let index = 0; index < list.length; index++) {
    inner.index = index;
    const why = readRow(rows, list[index] as Lossless, inner, entries);
    if (why === undefined) continue;
    readFault(frame, `${plan.value.theirs}.${index}`, plan.collection, why);
    whole = false;
  }
  // A row that could not be told apart may be any of those that seem to be missing.
  if (plan.value.missing === 'tombstone' && whole) frame.complete.push(plan.collection);
  return entries;
}

/** @returns why the row cannot be told apart from others */
function readRow(rows: Rows, row: Lossless, inner: ReadFrame, entries: JsonObject): Unreadable | undefined {
  const { plan, reads } = rows;
  if (!isRow(row)) return new Unreadable('is not an object');
  inner.around.row = row;
  const key = keyText(rows, row, inner.around);
  if (key instanceof Unreadable) return key;
  if (Object.hasOwn(entries, key)) return new Unreadable(`has the same ${plan.value.key.theirs} as a row before it`);
  const out: JsonObject = { [plan.keyMember]: key };
  put(entries, key, out);
  inner.source = row;
  inner.out = out;
  for (let at = 0; at < reads.length; at++) reads[at]?.(inner);
  return undefined;
}

function referencesIn({ theirs, references }: Rows, source: LosslessObject, found: Reference[]): void {
  const said = theirs(source);
  if (!Array.isArray(said)) return;
  for (const row of said) if (isRow(row)) for (const collect of references) collect(row, found);
}

function mentionsIn({ ours, mentions }: Rows, data: JsonObject, found: Reference[]): void {
  const entries = ours(data);
  if (!isTree(entries)) return;
  for (const entry of Object.values(entries)) if (isTree(entry)) for (const collect of mentions) collect(entry, found);
}

/** One collection while it is written. */
interface Pass {
  frame: WriteFrame;
  inner: WriteFrame;
  wanted: JsonObject;
  keys: readonly string[];
  held: JsonObject;
  /** What the system will hold: the wanted rows themselves, as long as each comes back as it is. */
  next: JsonObject;
  written: number;
  list: Lossless[];
  differs: boolean;
  moved: boolean;
}

function writeRows(rows: Rows, frame: WriteFrame): void {
  const pass = passOf(rows, frame);
  const { keys, list } = pass;
  const base = frame.draft.base && rows.theirs(frame.draft.root);
  const seen = Array.isArray(base) && base.length > 0 ? keepRows(rows, base, pass) : undefined;
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] as string;
    if (seen?.has(key)) continue;
    const root = writeRow(rows, key, undefined, pass);
    if (root) list.push(root);
    pass.moved = true;
  }
  if (!pass.differs && lacksHeld(pass)) pass.differs = true;
  const next = pass.next !== pass.wanted && sameMembers(pass.next, pass.held) ? pass.held : pass.next;
  rows.hold(frame, rows.ours(frame.data), pass.written > 0 ? next : undefined);
  if (pass.moved) rows.putList(frame.draft, list);
  if (pass.differs) rows.change(frame, pass.moved ? list : Array.isArray(base) ? base : []);
}

function passOf({ plan, ours }: Rows, frame: WriteFrame): Pass {
  const said = ours(frame.data);
  const was = frame.held && ours(frame.held);
  const { wanted, keys } = isTree(said) ? liveRows(said) : { wanted: noRows, keys: noKeys };
  const held = isTree(was) ? was : noRows;
  const { op, data, next, draft, faults, unknown } = frame;
  const inner: WriteFrame = {
    op,
    data,
    held: undefined,
    next,
    fromNothing: false,
    draft,
    changes: undefined,
    namesChanges: false,
    changed: false,
    around: { payload: draft.root, row: undefined, lookup: frame.around.lookup },
    faults,
    unknown,
    collection: plan.collection,
    key: '',
  };
  return { frame, inner, wanted, keys, held, next: wanted, written: 0, list: [], differs: false, moved: false };
}

const noRows: JsonObject = {};

const noKeys: readonly string[] = [];

/** Only entries that are there: null stands for one that was removed. */
function liveRows(rows: JsonObject): { wanted: JsonObject; keys: readonly string[] } {
  const all = Object.keys(rows);
  const keys = all.filter((key) => isTree(rows[key]));
  if (keys.length === all.length) return { wanted: rows, keys };
  return { wanted: Object.fromEntries(keys.map((key) => [key, rows[key] as Json])), keys };
}

const isHeld = ({ held }: Pass, key: string): boolean => Object.hasOwn(held, key) && isTree(held[key]);

/** Whether the system holds a row that it is not to hold. Member names of rows are numbers, which are slow to list. */
function lacksHeld(pass: Pass): boolean {
  const { held, next } = pass;
  if (held === next || held === noRows) return false;
  return Object.keys(held).some((key) => isHeld(pass, key) && !Object.hasOwn(next, key));
}

/** Rows that the payload already has: rewritten where they differ, dropped where their record is gone, else left alone. */
function keepRows(rows: Rows, base: readonly Lossless[], pass: Pass): ReadonlySet<string> {
  const { wanted, list, inner } = pass;
  const seen = new Set<string>();
  for (const row of base) {
    inner.around.row = isRow(row) ? row : undefined;
    const key = isRow(row) ? keyText(rows, row, inner.around) : undefined;
    if (typeof key !== 'string' || seen.has(key)) {
      list.push(row);
    } else if (Object.hasOwn(wanted, key)) {
      seen.add(key);
      const root = writeRow(rows, key, row as LosslessObject, pass);
      if (root !== row) pass.moved = true;
      list.push(root ?? row);
    } else if (isHeld(pass, key)) {
      pass.moved = true;
    } else {
      list.push(row);
    }
  }
  return seen;
}

/** @returns the row's payload; undefined when its key cannot be written */
function writeRow(rows: Rows, key: string, base: LosslessObject | undefined, pass: Pass): LosslessObject | undefined {
  const { inner, wanted } = pass;
  const entry = wanted[key] as JsonObject;
  const before = isHeld(pass, key) ? (pass.held[key] as JsonObject) : undefined;
  const draft = new Draft(base);
  inner.key = key;
  inner.around.row = draft.root;
  if (!base && !putKey(rows, draft, pass)) {
    const { [key]: _, ...others } = pass.next;
    pass.next = others;
    return undefined;
  }
  inner.op = base || before ? 'update' : 'create';
  inner.data = entry;
  inner.held = before;
  inner.draft = draft;
  inner.changed = before === undefined;
  writeEntry(rows, inner);
  const next = settled(inner);
  if (next !== entry) {
    if (pass.next === wanted) pass.next = { ...wanted };
    put(pass.next, key, next);
  }
  pass.written++;
  if (inner.changed) pass.differs = true;
  return draft.root;
}

function putKey({ key: coder, plan, putKey: set }: Rows, draft: Draft, { inner, frame }: Pass): boolean {
  const encoded = coder.encode?.(inner.key, inner.around) ?? inner.key;
  if (encoded instanceof Unreadable) {
    writeFault(frame, `${plan.collection}.${inner.key}`, encoded);
    return false;
  }
  set(draft, encoded);
  return true;
}

function writeEntry({ writes, keeps, start, ourKey, holdKey }: Rows, inner: WriteFrame): void {
  begin(inner, start);
  holdKey(inner, ourKey(inner.data), inner.key);
  for (let at = 0; at < keeps.length; at++) keeps[at]?.(inner);
  for (let at = 0; at < writes.length; at++) {
    inner.around.row = inner.draft.root;
    writes[at]?.(inner);
  }
}
