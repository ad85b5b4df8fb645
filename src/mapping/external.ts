// Reads and writes members of payloads: own members only, and what is written never changes the tree it came from.
import { type Lossless, type LosslessObject, NumberText } from '../model/json.ts';
import { Unreadable } from './codec.ts';

/** Something other than an object stands where the path goes on. */
const notAnObject = new Unreadable('stands below something that is not an object');

export type Said = Lossless | undefined | Unreadable;
export type Getter = (tree: LosslessObject) => Said;

const isObject = (value: Lossless | undefined): value is LosslessObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);

/** A path through null is null: the whole was cleared, so is the part. */
function walk(tree: LosslessObject, path: readonly string[]): Said {
  let node: Lossless | undefined = tree;
  for (const segment of path) {
    if (node === null || node === undefined) return node;
    if (Array.isArray(node)) node = node[Number(segment)];
    else if (isObject(node)) node = Object.hasOwn(node, segment) ? node[segment] : undefined;
    else return notAnObject;
  }
  return node;
}

export function getter(path: readonly string[]): Getter {
  const [key] = path;
  if (path.length === 1 && key !== undefined) return (tree) => (Object.hasOwn(tree, key) ? tree[key] : undefined);
  return (tree) => walk(tree, path);
}

/** @returns the value, or undefined where there is none to be had */
export function get(tree: LosslessObject, path: readonly string[]): Lossless | undefined {
  const said = walk(tree, path);
  return said instanceof Unreadable ? undefined : said;
}

/** The payload being written: containers of the base are copied before they are touched. */
export class Draft {
  root: LosslessObject;
  readonly #own = new Set<object>();
  readonly #fresh: boolean;
  #owned = false;

  constructor(base: LosslessObject | undefined) {
    this.root = base ?? {};
    this.#fresh = base === undefined;
  }

  set(path: readonly string[], value: Lossless): void {
    if (!this.#fresh && !this.#owned) {
      this.root = { ...this.root };
      this.#owned = true;
    }
    let node: LosslessObject | Lossless[] = this.root;
    const last = path.length - 1;
    for (let at = 0; at < last; at++) node = this.#descend(node, path[at] as string, path[at + 1] as string);
    place(node, path[last] as string, value);
  }

  #descend(node: LosslessObject | Lossless[], segment: string, next: string): LosslessObject | Lossless[] {
    const known = Array.isArray(node)
      ? node[Number(segment)]
      : Object.hasOwn(node, segment)
        ? node[segment]
        : undefined;
    const usable = Array.isArray(known) || isObject(known);
    if (usable && (this.#fresh || this.#own.has(known))) return known;
    const child = usable ? copy(known) : index.test(next) ? [] : {};
    if (!this.#fresh) this.#own.add(child);
    place(node, segment, child);
    return child;
  }
}

const index = /^\d{1,4}$/;
const copy = (value: LosslessObject | Lossless[]): LosslessObject | Lossless[] =>
  Array.isArray(value) ? [...value] : { ...value };

function place(node: LosslessObject | Lossless[], segment: string, value: Lossless): void {
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
