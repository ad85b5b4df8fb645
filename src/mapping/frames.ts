// What a step of reading or writing works on: the record or one row of it.
import type { Json, JsonObject, Lossless, LosslessObject } from '../model/json.ts';
import { own, put } from '../model/own.ts';
import { type Around, type Unreadable, Unresolved } from './codec.ts';
import type { Draft } from './external.ts';
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
  /** External path of the row, with a dot at the end. */
  label: string;
}

export interface WriteFrame {
  op: 'create' | 'update';
  data: JsonObject;
  /** What the system is known to hold, in canonical words. */
  held: JsonObject | undefined;
  /** What it will hold. */
  next: JsonObject;
  draft: Draft;
  /** Members that differ from what is held; undefined when the whole is new. */
  changes: Draft | undefined;
  changed: boolean;
  around: Around;
  faults: MappingFault[];
  unknown: Reference[];
  /** Canonical path of the row, with a dot at the end. */
  label: string;
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

export function ourGetter(path: readonly string[]): OurGetter {
  const [key = ''] = path;
  if (path.length === 1) return (tree) => own(tree, key);
  return (tree) => {
    let node: Json | undefined = tree;
    for (const segment of path) {
      if (node === null || typeof node !== 'object' || Array.isArray(node)) return undefined;
      node = own(node, segment);
    }
    return node;
  };
}

export function ourSetter(path: readonly string[]): OurSetter {
  const last = path.at(-1) as string;
  const parents = path.slice(0, -1);
  return (tree, value) => {
    let node = tree;
    for (const segment of parents) {
      const inner: Json | undefined = own(node, segment);
      if (typeof inner === 'object' && inner !== null && !Array.isArray(inner)) node = inner;
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
  frame.faults.push({ path: frame.label + theirs, ours, message: why.message });
}

/** A value that cannot be written: a reference that must wait is no fault, everything else is one. */
export function writeFault(frame: WriteFrame, ours: string, why: Unreadable): void {
  if (why instanceof Unresolved) {
    if (why.policy === 'park') frame.unknown.push({ record: why.record, ours: frame.label + ours, id: why.id });
  } else {
    frame.faults.push({ path: frame.label + ours, ours: frame.label + ours, message: why.message });
  }
}

const isIndex = /^\d{1,4}$/;

/** Names a member in the merge patch; below an array only the whole array can be named. */
export function change(frame: WriteFrame, path: readonly string[], value: Lossless): void {
  frame.changed = true;
  if (!frame.changes) return;
  const list = path.findIndex((segment, at) => at > 0 && isIndex.test(segment));
  if (list < 0) {
    frame.changes.set(path, value);
    return;
  }
  let node: Lossless | undefined = frame.draft.root;
  for (const segment of path.slice(0, list)) node = (node as LosslessObject)[segment];
  frame.changes.set(path.slice(0, list), node ?? null);
}
