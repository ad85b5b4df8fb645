// Hides personal values in canonical data.

import type { Json, JsonObject } from './json-value.ts';
import type { Field } from './kinds.ts';
import { own, put } from './own.ts';

export const mask = '•••';

export function maskTree(fields: Readonly<Record<string, Field>>, data: JsonObject): JsonObject {
  const masked: JsonObject = {};
  for (const key of Object.keys(data)) {
    const field = own(fields, key);
    const value = data[key] as Json;
    put(masked, key, field ? maskField(field, value) : value);
  }
  return masked;
}

function maskField(field: Field, value: Json): Json {
  if (field.personal) return hide(value);
  if (!field.fields || value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  if (field.kind !== 'collection') return maskTree(field.fields, value);
  return mapMembers(value, (entry) => maskField({ ...field, kind: 'object' }, entry));
}

/** Where nothing says which values are personal: all of them. */
export const hideAll = (data: JsonObject): JsonObject => mapMembers(data, hide);

function hide(value: Json): Json {
  if (value === null || value === '') return value;
  if (typeof value !== 'object') return mask;
  return Array.isArray(value) ? value.map(hide) : mapMembers(value, hide);
}

function mapMembers(tree: JsonObject, change: (value: Json) => Json): JsonObject {
  const changed: JsonObject = {};
  for (const key of Object.keys(tree)) put(changed, key, change(tree[key] as Json));
  return changed;
}
