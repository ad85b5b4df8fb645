// What a step of reading or writing works on: the record or one row of it.
import type { Json, JsonObject, Lossless, LosslessObject } from '../model/json.ts';
import { own, put } from '../model/own.ts';
import { type Around, type Unreadable, Unresolved } from './codec.ts';
import { Draft, isInherited } from './external.ts';
import type { MappingFault, Reference } from './mapping.ts';

export interface ReadFrame {
  /** The payload, or the row. */
  source: LosslessObject;
  /** Where the canonical patch grows. */
  out: JsonObject;
  around: Around;
  faults: MappingFault[];
  /** Collections that the payload names completely. */
  complete: string[];
  /** External path of the list and place of the row in it. */
  list: string;
  index: number;
}

export interface WriteFrame {
  op: 'create' | 'update';
  data: JsonObject;
  /** What the system is known to hold, in canonical words. */
  held: JsonObject | undefined;
  /** What it will hold (image.ts). */
  next: JsonObject;
  fromNothing: boolean;
  draft: Draft;
  /** Members that differ from what is held; undefined where only the whole counts, and before the first. */
  changes: Draft | undefined;
  namesChanges: boolean;
  changed: boolean;
  around: Around;
  faults: MappingFault[];
  unknown: Reference[];
  /** Canonical path of the collection and key of the row. */
  collection: string;
  key: string;
}

/** One pair, or one collection, compiled. */
export interface Step {
  read?(frame: ReadFrame): void;
  write?(frame: WriteFrame): void;
  /** Copies what is held into what will be held: the system keeps what we do not write. */
  keep?(frame: WriteFrame): void;
  references?(source: LosslessObject, found: Reference[]): void;
  mentions?(data: JsonObject, found: Reference[]): void;
  late: boolean;
}

export type OurGetter = (tree: JsonObject) => Json | undefined;
export type OurSetter = (tree: JsonObject, value: Json) => void;

const isTree = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function ourGetter(path: readonly string[]): OurGetter {
  const [first = '', second = ''] = path;
  if (path.some(isInherited) || path.length > 2) return (tree) => along(tree, path);
  if (path.length === 1) return (tree) => tree[first];
  return (tree) => {
    const node = tree[first];
    return isTree(node) ? node[second] : undefined;
  };
}

function along(tree: JsonObject, path: readonly string[]): Json | undefined {
  let node: Json | undefined = tree;
  for (const segment of path) {
    if (!isTree(node)) return undefined;
    node = own(node, segment);
  }
  return node;
}

export function ourSetter(path: readonly string[]): OurSetter {
  const last = path.at(-1) as string;
  const parents = path.slice(0, -1);
  if (parents.length === 0 && !isInherited(last))
    return (tree, value) => {
      tree[last] = value;
    };
  return (tree, value) => {
    let node = tree;
    for (const segment of parents) {
      const inner: Json | undefined = own(node, segment);
      if (isTree(inner)) node = inner;
      else {
        const made: JsonObject = {};
        put(node, segment, made);
        node = made;
      }
    }
    put(node, last, value);
  };
}

export function readFault(frame: ReadFrame, theirs: string, ours: string, why: Unreadable): void {
  const path = frame.index < 0 ? theirs : `${frame.list}.${frame.index}.${theirs}`;
  frame.faults.push({ path, ours, message: why.message });
}

/** A value that cannot be written: a reference that must wait is no fault, everything else is one. */
export function writeFault(frame: WriteFrame, ours: string, why: Unreadable): void {
  const path = frame.collection === '' ? ours : `${frame.collection}.${frame.key}.${ours}`;
  if (why instanceof Unresolved) {
    if (why.policy === 'park') frame.unknown.push({ record: why.record, ours: path, id: why.id });
  } else {
    frame.faults.push({ path, ours: path, message: why.message });
  }
}

const isIndex = /^\d{1,4}$/;

/** Names a member in the merge patch. */
export type Change = (frame: WriteFrame, value: Lossless) => void;

/** Below an array only the whole array can be named. */
export function changer(path: readonly string[]): Change {
  const list = path.findIndex((segment, at) => at > 0 && isIndex.test(segment));
  const named = list < 0 ? path : path.slice(0, list);
  return (frame, value) => {
    frame.changed = true;
    if (frame.namesChanges) name(frame, named, list < 0 ? value : (listAt(frame.draft.root, named) ?? null));
  };
}

export function name(frame: WriteFrame, path: readonly string[], value: Lossless): void {
  frame.changes ??= new Draft(undefined);
  frame.changes.set(path, value);
}

function listAt(root: LosslessObject, path: readonly string[]): Lossless | undefined {
  let node: Lossless | undefined = root;
  for (const segment of path) node = (node as LosslessObject)[segment];
  return node;
}
