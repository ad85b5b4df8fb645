// What walking canonical data needs to know of its fields: children, equality, emptiness.
import { fieldsOf } from './fields.ts';
import type { Json, JsonObject } from './json-value.ts';
import type { Field } from './kinds.ts';
import { own } from './own.ts';
import type { RecordType } from './records.ts';

const roots = new Map<RecordType, Field>();
const entries = new WeakMap<Field, Field>();

/** The record itself, as a field that holds its fields. */
export function rootField(type: RecordType): Field {
  let root = roots.get(type);
  if (!root) {
    root = { path: '', kind: 'object', personal: false, required: false, fields: fieldsOf(type), atomic: false };
    roots.set(type, root);
  }
  return root;
}

/** @returns the field of a member; every entry of a collection has the same. Undefined where no schema reaches */
export function childField(field: Field | undefined, key: string): Field | undefined {
  if (field?.kind !== 'collection') return field?.fields && own(field.fields, key);
  const known = entries.get(field);
  if (known) return known;
  const entry: Field = { ...field, kind: 'object' };
  entries.set(field, entry);
  return entry;
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

export function isEmpty(tree: JsonObject): boolean {
  for (const _ in tree) return false;
  return true;
}

/** Deep equality in which the order of a set's items does not count. */
export function equalValue(field: Field | undefined, a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) return Array.isArray(b) && equalItems(field, a, b);
  return isObject(a) && isObject(b) && equalMembers(field, a, b);
}

function equalMembers(field: Field | undefined, a: JsonObject, b: JsonObject): boolean {
  let count = 0;
  for (const key in a) {
    count++;
    // What is inherited is never a value of JSON.
    if (a[key] === b[key]) continue;
    if (!Object.hasOwn(b, key) || !equalValue(childField(field, key), a[key], b[key])) return false;
  }
  for (const _ in b) count--;
  return count === 0;
}

function equalItems(field: Field | undefined, a: Json[], b: Json[]): boolean {
  if (field?.kind === 'set') return holdsAll(a, b) && holdsAll(b, a);
  return a.length === b.length && a.every((item, index) => equalValue(undefined, item, b[index]));
}

const holdsAll = (a: Json[], b: Json[]): boolean =>
  b.every((wanted) => a.some((item) => equalValue(undefined, item, wanted)));
