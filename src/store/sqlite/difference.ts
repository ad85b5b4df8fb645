// A tree as its difference to another one that is at hand wherever it is read: an image and the data of its record agree
// in nearly everything. What is laid over the base shares the base's members, so that comparing the two is cheap.
import type { Json, JsonObject } from '../../model/json.ts';
import { put } from '../../model/own.ts';

/** Members that the base lacks or has otherwise: `key, value, key, value, …` */
type Own = (string | Json)[];
/** Members that share something with the base's: `key, difference, key, difference, …` */
type Nested = (string | Difference)[];
type Members = [missing: string[], own: Own, nested: Nested];

/** Null: the base itself · an object: the tree, which has nothing of the base · else what has to be done to the base. */
export type Difference = null | JsonObject | Members;

/** Made for every image that is written, and of trees that mostly agree: nothing is allocated before they differ. */
export function differenceOf(tree: JsonObject, base: JsonObject): Difference {
  if (tree === base) return null;
  let members: Members | undefined;
  let sharesAny = false;
  let found = 0;
  for (const key in tree) {
    const value = tree[key] as Json;
    if (value === undefined) continue;
    const other = memberOf(base, key);
    if (other !== undefined) found++;
    const difference = value === other ? equal : valueDifference(value, other);
    if (difference !== value) sharesAny = true;
    if (difference === equal) continue;
    members ??= [[], [], []];
    if (difference === value) members[1].push(key, value);
    else members[2].push(key, difference as Difference);
  }
  if (found < countOf(base)) {
    members ??= [[], [], []];
    for (const key in base) if (memberOf(tree, key) === undefined) members[0].push(key);
  }
  if (members === undefined) return null;
  return sharesAny ? members : tree;
}

const equal = Symbol('equal');

/** The own member; a look at the prototype's is spared where no inherited member can be meant. */
function memberOf(tree: JsonObject, key: string): Json | undefined {
  const value: unknown = tree[key];
  const mayBeInherited = typeof value === 'function' || (value !== null && typeof value === 'object');
  return mayBeInherited && !Object.hasOwn(tree, key) ? undefined : (value as Json | undefined);
}

function countOf(tree: JsonObject): number {
  let count = 0;
  for (const _ in tree) count++;
  return count;
}

/** @returns the value itself when it has nothing of the other one */
function valueDifference(value: Json, other: Json | undefined): Json | Members | typeof equal {
  if (!isBranch(value) || !isBranch(other)) return value;
  if (!Array.isArray(value) && !Array.isArray(other)) return differenceOf(value, other) ?? equal;
  return Array.isArray(value) && Array.isArray(other) && equalItems(value, other) ? equal : value;
}

const isBranch = (value: Json | undefined): value is JsonObject | Json[] => typeof value === 'object' && value !== null;

function equalItems(a: readonly Json[], b: readonly Json[]): boolean {
  if (a.length !== b.length) return false;
  for (let place = 0; place < a.length; place++) {
    const item = a[place] as Json;
    if (item !== b[place] && valueDifference(item, b[place]) !== equal) return false;
  }
  return true;
}

export function laidOver(base: JsonObject, difference: Difference): JsonObject {
  if (difference === null) return base;
  if (!Array.isArray(difference)) return difference;
  const [missing, own, nested] = difference;
  const tree: JsonObject = {};
  for (const key in base) if (!missing.includes(key)) put(tree, key, base[key] as Json);
  for (let place = 0; place < nested.length; place += 2) {
    const key = nested[place] as string;
    put(tree, key, laidOver(base[key] as JsonObject, nested[place + 1] as Difference));
  }
  for (let place = 0; place < own.length; place += 2) put(tree, own[place] as string, own[place + 1] as Json);
  return tree;
}
