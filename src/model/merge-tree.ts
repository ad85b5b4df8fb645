// Trees of canonical data laid over each other, taken apart and merged three ways. Nothing is changed in place, and
// what comes out the same is the same object, so that callers may compare by identity.
import type { Json, JsonObject } from './json-value.ts';
import type { Field } from './kinds.ts';
import { own, put } from './own.ts';
import type { RecordType } from './records.ts';
import { childField, equalValue, isEmpty, isObject, rootField } from './tree.ts';

/** Sets or (undefined) removes a member in a copy that is made on the first difference. */
function change(from: JsonObject, result: JsonObject, key: string, value: Json | undefined): JsonObject {
  const copy = result === from ? { ...from } : result;
  if (value === undefined) delete copy[key];
  else put(copy, key, value);
  return copy;
}

/**
 * Lays a three-valued patch over a tree: absent says nothing, null removes, a value sets. A partial address or window
 * completes the image's; collections go by key; money and sets are replaced whole.
 */
export function overlay(type: RecordType, image: JsonObject, patch: JsonObject): JsonObject {
  const root = rootField(type);
  return isEmpty(image) && !isEmpty(patch) && isWhole(root, patch) ? patch : overlayMembers(root, image, patch);
}

function overlayMembers(field: Field | undefined, image: JsonObject, patch: JsonObject): JsonObject {
  let result = image;
  for (const key in patch) {
    const said = patch[key] as Json;
    const before = own(image, key);
    if (said === before) continue;
    const after = overlayValue(childField(field, key), before, said);
    if (after !== before) result = change(image, result, key, after);
  }
  return result;
}

function overlayValue(field: Field | undefined, before: Json | undefined, patch: Json): Json | undefined {
  if (patch === null) return undefined;
  if (!isObject(patch) || field?.kind === 'money') return equalValue(field, before, patch) ? before : patch;
  if (!isObject(before) && !isEmpty(patch) && isWhole(field, patch)) return patch;
  const from = isObject(before) ? before : {};
  const after = overlayMembers(field, from, patch);
  if (isEmpty(after)) return undefined;
  return after === from ? before : after;
}

/** Clears nothing anywhere: laid over nothing it is what comes out, as it is. */
function isWhole(field: Field | undefined, patch: JsonObject): boolean {
  for (const key in patch) {
    const said = patch[key] as Json;
    if (said === null) return false;
    if (!isObject(said)) continue;
    const member = childField(field, key);
    if (member?.kind !== 'money' && (isEmpty(said) || !isWhole(member, said))) return false;
  }
  return true;
}

/**
 * What `said` changed relative to `image`, applied to `current`; atomic values are replaced whole. A collection's entry
 * that left goes as a whole; of any other object only the members that left.
 */
export const threeWay = (type: RecordType, current: JsonObject, image: JsonObject, said: JsonObject): JsonObject =>
  mergeMembers(rootField(type), current, image, said);

/** The same for one value; undefined stands for absent. */
export function threeWayValue(
  field: Field | undefined,
  current: Json | undefined,
  image: Json | undefined,
  said: Json | undefined,
): Json | undefined {
  if (said === image || equalValue(field, said, image)) return current;
  if (field?.atomic || !(isObject(said) || said === undefined) || !isObject(image ?? {})) {
    return equalValue(field, current, said) ? current : said;
  }
  if (!isObject(current)) return said;
  const merged = mergeMembers(field, current, isObject(image) ? image : {}, isObject(said) ? said : {});
  return isEmpty(merged) ? undefined : merged;
}

function mergeMembers(field: Field | undefined, current: JsonObject, image: JsonObject, said: JsonObject): JsonObject {
  let result = current;
  const consider = (key: string): void => {
    const before = own(current, key);
    const stated = own(said, key);
    if (stated !== undefined && stated === own(image, key)) return;
    const left = field?.kind === 'collection' && stated === undefined;
    const after = left ? undefined : threeWayValue(childField(field, key), before, own(image, key), stated);
    if (after !== before) result = change(current, result, key, after);
  };
  for (const key in said) consider(key);
  for (const key in image) if (!Object.hasOwn(said, key)) consider(key);
  return result;
}

/** A dotted path taken apart once: a member, and the way on from there. `*` stands for every entry. */
export interface Way {
  key: string;
  next: Way | undefined;
}

/** @param path `lines.*.quantity` */
export const wayOf = (path: string): Way =>
  path.split('.').reduceRight<Way | undefined>((next, key) => ({ key, next }), undefined) as Way;

/** @param paths dotted; `*` stands for every entry: `lines.*.quantity` */
export function pick(tree: JsonObject, paths: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const path of paths) pickInto(picked, tree, wayOf(path));
  return picked;
}

/** @param picked changed in place, as are the objects that earlier ways have made in it */
export function pickInto(picked: JsonObject, tree: JsonObject, { key, next }: Way): void {
  if (key !== '*') pickMember(picked, tree, key, next);
  else for (const entry in tree) pickMember(picked, tree, entry, next);
}

function pickMember(picked: JsonObject, tree: JsonObject, key: string, next: Way | undefined): void {
  const value = own(tree, key);
  if (value === undefined) return;
  if (!next) put(picked, key, value);
  if (!next || !isObject(value)) return;
  const before = own(picked, key);
  const inner: JsonObject = isObject(before) ? before : {};
  pickInto(inner, value, next);
  if (inner !== before && !isEmpty(inner)) put(picked, key, inner);
}

/** The tree without those paths; what becomes empty goes too. */
export const without = (tree: JsonObject, paths: readonly string[]): JsonObject =>
  paths.reduce((result, path) => dropAt(result, wayOf(path)), tree);

function dropAt(tree: JsonObject, { key, next }: Way): JsonObject {
  if (key === '*') return Object.keys(tree).reduce((result, entry) => dropMember(result, entry, next), tree);
  return dropMember(tree, key, next);
}

function dropMember(tree: JsonObject, key: string, next: Way | undefined): JsonObject {
  const value = own(tree, key);
  if (value === undefined) return tree;
  if (!next) return change(tree, tree, key, undefined);
  if (!isObject(value)) return tree;
  const inner = dropAt(value, next);
  if (inner === value) return tree;
  return change(tree, tree, key, isEmpty(inner) ? undefined : inner);
}
