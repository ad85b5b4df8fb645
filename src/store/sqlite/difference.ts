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

export function differenceOf(tree: JsonObject, base: JsonObject): Difference {
  if (tree === base) return null;
  const members: Members = [[], [], []];
  const shared = compareMembers(tree, base, members);
  for (const key in base) if (!Object.hasOwn(tree, key)) members[0].push(key);
  if (members[0].length + members[1].length + members[2].length === 0) return null;
  return shared ? members : tree;
}

/** @returns whether they have anything in common */
function compareMembers(tree: JsonObject, base: JsonObject, [, own, nested]: Members): boolean {
  let shared = false;
  for (const key in tree) {
    const value = tree[key] as Json;
    const other = Object.hasOwn(base, key) ? base[key] : undefined;
    if (value === other) {
      shared = true;
      continue;
    }
    const difference = valueDifference(value, other);
    if (difference === value) {
      own.push(key, value);
    } else {
      shared = true;
      if (difference !== null) nested.push(key, difference as Difference);
    }
  }
  return shared;
}

/** @returns the value itself when it has nothing of the other one, null when they are equal */
function valueDifference(value: Json, other: Json | undefined): Json | Difference {
  if (!isBranch(value) || !isBranch(other)) return value;
  if (!Array.isArray(value) && !Array.isArray(other)) return differenceOf(value, other);
  return Array.isArray(value) && Array.isArray(other) && equalItems(value, other) ? null : value;
}

const isBranch = (value: Json | undefined): value is JsonObject | Json[] => typeof value === 'object' && value !== null;

function equalItems(a: readonly Json[], b: readonly Json[]): boolean {
  if (a.length !== b.length) return false;
  for (let place = 0; place < a.length; place++) {
    const item = a[place] as Json;
    if (item !== b[place] && (!isBranch(item) || valueDifference(item, b[place]) !== null)) return false;
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
