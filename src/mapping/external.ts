// Reads and writes members of payloads: own members only, and what is written never changes the tree it came from.
import { type Lossless, type LosslessObject, NumberText } from '../model/json.ts';
import { Unreadable } from './codec.ts';

/** Something other than an object stands where the path goes on. */
const notAnObject = new Unreadable('stands below something that is not an object');

export type Said = Lossless | undefined | Unreadable;
export type Getter = (tree: LosslessObject) => Said;

const isObject = (value: Lossless | undefined): value is LosslessObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);

/** Names that every object answers to: only for them does it matter that a member is the object's own. */
export const isInherited = (name: string): boolean => name in Object.prototype;

/** A path through null is null: the whole was cleared, so is the part. */
function walk(tree: LosslessObject, path: readonly string[]): Said {
  let node: Lossless | undefined = tree;
  for (let at = 0; at < path.length; at++) {
    const segment = path[at] as string;
    if (node === null || node === undefined) return node;
    if (Array.isArray(node)) node = node[Number(segment)];
    else if (isObject(node)) node = Object.hasOwn(node, segment) ? node[segment] : undefined;
    else return notAnObject;
  }
  return node;
}

export function getter(path: readonly string[]): Getter {
  const [first = '', second = ''] = path;
  if (path.some(isInherited) || path.length === 0 || path.length > 2) return (tree) => walk(tree, path);
  if (path.length === 1) return (tree) => tree[first];
  return (tree) => {
    const node = tree[first];
    return isObject(node) ? node[second] : walk(tree, path);
  };
}

/** @returns the value, or undefined where there is none to be had */
export function get(tree: LosslessObject, path: readonly string[]): Lossless | undefined {
  const said = walk(tree, path);
  return said instanceof Unreadable ? undefined : said;
}

type Container = LosslessObject | Lossless[];

/** The payload or row being written: containers of the base are copied before they are touched. */
export class Draft {
  root: LosslessObject;
  readonly base: LosslessObject | undefined;

  constructor(base: LosslessObject | undefined) {
    this.root = base ?? {};
    this.base = base;
  }

  /** The root, ready to be changed. */
  get own(): LosslessObject {
    if (this.root === this.base) this.root = { ...this.root };
    return this.root;
  }

  set(path: readonly string[], value: Lossless): void {
    let node: Container = this.own;
    let before: Container | undefined = this.base;
    const last = path.length - 1;
    for (let at = 0; at < last; at++) {
      const segment = path[at] as string;
      const held: Lossless | undefined = before && memberOf(before, segment);
      before = isContainer(held) ? held : undefined;
      node = descend(node, segment, path[at + 1] as string, before);
    }
    place(node, path[last] as string, value);
  }
}

export type Setter = (draft: Draft, value: Lossless) => void;

export function setter(path: readonly string[]): Setter {
  const [first = '', second = ''] = path;
  if (path.length === 1)
    return (draft, value) => {
      draft.own[first] = value;
    };
  if (path.length !== 2 || path.some(isInherited) || index.test(second))
    return (draft, value) => draft.set(path, value);
  return (draft, value) => {
    const node = draft.base === undefined ? draft.root[first] : undefined;
    if (isObject(node)) node[second] = value;
    else draft.set(path, value);
  };
}

const isContainer = (value: Lossless | undefined): value is Container => Array.isArray(value) || isObject(value);

const memberOf = (node: Container, segment: string): Lossless | undefined => {
  if (Array.isArray(node)) return node[Number(segment)];
  return Object.hasOwn(node, segment) ? node[segment] : undefined;
};

/** @param before what the base has there: as long as it stands in the draft, it is not the draft's own */
function descend(node: Container, segment: string, next: string, before: Container | undefined): Container {
  const known = memberOf(node, segment);
  const usable = isContainer(known);
  if (usable && known !== before) return known;
  const child = usable ? copy(known) : index.test(next) ? [] : {};
  place(node, segment, child);
  return child;
}

const index = /^\d{1,4}$/;
const copy = (value: Container): Container => (Array.isArray(value) ? [...value] : { ...value });

function place(node: Container, segment: string, value: Lossless): void {
  if (!Array.isArray(node)) node[segment] = value;
  else {
    // A gap would be a hole that JSON cannot hold.
    while (node.length < Number(segment)) node.push(null);
    node[Number(segment)] = value;
  }
}

/** Members of `was` that `now` no longer has must be named as null, or a merge patch would leave them. */
export function withRemovals(now: Lossless, was: Lossless | undefined): Lossless {
  if (!isObject(now) || !isObject(was)) return now;
  const patch: LosslessObject = {};
  for (const key of Object.keys(was)) if (!Object.hasOwn(now, key)) patch[key] = null;
  for (const key of Object.keys(now)) patch[key] = withRemovals(now[key] as Lossless, was[key]);
  return patch;
}
