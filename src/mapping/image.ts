// What a system will hold after a write. It starts as the wanted data itself and is copied only where a value comes back
// in another form, so that the image and the record share whatever is equal in them.
import type { Json, JsonObject } from '../model/json.ts';
import { own, put } from '../model/own.ts';

/** Canonical paths as a tree; undefined where everything below counts. */
type Cover = ReadonlyMap<string, Cover | undefined>;
type Paths = readonly (readonly string[])[];

/** What an image starts with. */
export interface Start {
  cover: Cover;
  /** Several pairs write one place: each has its say, and the last one counts. */
  fromNothing: boolean;
}

/** @param kept paths that are not written, and held as before */
export const startOf = (written: Paths, kept: Paths): Start => ({
  cover: coverOf(written),
  fromNothing: overlap([...written, ...kept]),
});

function coverOf(paths: Paths): Cover {
  const cover = new Map<string, Cover | undefined>();
  for (const key of new Set(paths.map(([first = '']) => first))) {
    const below = paths.filter(([first]) => first === key).map((path) => path.slice(1));
    cover.set(key, below.some((path) => path.length === 0) ? undefined : coverOf(below));
  }
  return cover;
}

/** Whether two of the paths are the same, or one lies inside the other. */
const overlap = (paths: Paths): boolean =>
  paths.some((path, at) => paths.some((other, index) => at !== index && other.every((part, i) => part === path[i])));

/** An image while it is made. */
interface Growing {
  data: JsonObject;
  held: JsonObject | undefined;
  next: JsonObject;
  fromNothing: boolean;
}

export function begin(image: Growing, { cover, fromNothing }: Start): void {
  image.fromNothing = fromNothing;
  image.next = fromNothing ? {} : covered(image.data, cover, image.held);
}

/** The image before, when the new one says the same with the same objects. */
export const settled = ({ data, held, next }: Growing): JsonObject =>
  held !== undefined && next !== data && sameMembers(next, held) ? held : next;

/** Whether two objects hold the same things, by identity. */
export function sameMembers(tree: JsonObject, other: JsonObject): boolean {
  let count = 0;
  for (const key in tree) {
    if (tree[key] !== other[key] || !Object.hasOwn(other, key)) return false;
    count++;
  }
  for (const _ in other) count--;
  return count === 0;
}

const isTree = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns what is covered of the tree: the tree itself when that is all of it, or what was held when that is the same */
function covered(tree: JsonObject, cover: Cover, held: Json | undefined): JsonObject {
  if (isCovered(tree, cover)) return tree;
  const was = isTree(held) ? held : undefined;
  const part = picked(tree, cover, was);
  return was !== undefined && sameMembers(part, was) ? was : part;
}

function isCovered(tree: JsonObject, cover: Cover): boolean {
  let count = 0;
  for (const key in tree) {
    count++;
    const value = tree[key];
    if (value === null || !cover.has(key)) return false;
    const below = cover.get(key);
    if (below && !(isTree(value) && isCovered(value, below))) return false;
  }
  return count > 0;
}

function picked(tree: JsonObject, cover: Cover, held: JsonObject | undefined): JsonObject {
  const found: JsonObject = {};
  for (const key in tree) {
    const value = tree[key] as Json;
    if (value === null || !cover.has(key)) continue;
    const below = cover.get(key);
    if (!below) put(found, key, value);
    else if (isTree(value)) putInner(found, key, covered(value, below, held && own(held, key)));
  }
  return found;
}

/** Says what the system will hold at a path (undefined: nothing), where the data has `wanted`. */
export type Holder = (image: Growing, wanted: Json | undefined, holds: Json | undefined) => void;

export const holder =
  (path: readonly string[]): Holder =>
  (image, wanted, holds) => {
    if (holds === wanted && !image.fromNothing) return;
    if (holds !== undefined) set(image, path, holds);
    else if (!image.fromNothing) image.next = without(image.next, path, 0);
  };

function set(image: Growing, path: readonly string[], value: Json): void {
  const { data, held } = image;
  if (image.next === data || image.next === held) image.next = { ...image.next };
  let node = image.next;
  let [wanted, was]: (Json | undefined)[] = [data, held];
  const last = path.length - 1;
  for (let at = 0; at < last; at++) {
    const key = path[at] as string;
    wanted = isTree(wanted) ? own(wanted, key) : undefined;
    was = isTree(was) ? own(was, key) : undefined;
    const inner = own(node, key);
    // Neither the record nor the image before may change.
    const mine: JsonObject = !isTree(inner) ? {} : inner === wanted || inner === was ? { ...inner } : inner;
    if (mine !== inner) put(node, key, mine);
    node = mine;
  }
  put(node, path[last] as string, value);
}

/** A copy without the member at the path; an object that becomes empty goes with it. */
function without(tree: JsonObject, path: readonly string[], at: number): JsonObject {
  const gone = path[at] as string;
  const held = own(tree, gone);
  if (held === undefined) return tree;
  const isLast = at === path.length - 1;
  const inner = isLast ? nothing : isTree(held) ? without(held, path, at + 1) : held;
  if (inner === held) return tree;
  const copy: JsonObject = {};
  for (const key in tree) if (key !== gone) put(copy, key, tree[key] as Json);
  putInner(copy, gone, inner as JsonObject);
  return copy;
}

const nothing: JsonObject = {};

/** An object that holds nothing stands nowhere. */
function putInner(tree: JsonObject, key: string, inner: JsonObject): void {
  for (const _ in inner) {
    put(tree, key, inner);
    return;
  }
}
