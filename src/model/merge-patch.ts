// RFC 7396 on payloads: what a delta says laid over what was known.
import type { LosslessObject } from './json-value.ts';
import { isTree, own, put } from './own.ts';

/** @returns the dotted path of everything that a patch sets or clears, without the values */
export function patchedFields(patch: LosslessObject, parent = ''): string[] {
  return Object.entries(patch).flatMap(([name, value]) => {
    const path = parent === '' ? name : `${parent}.${name}`;
    return isTree(value) && Object.keys(value).length > 0 ? patchedFields(value, path) : [path];
  });
}

export function mergePatch(target: LosslessObject, patch: LosslessObject): LosslessObject {
  const merged: LosslessObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const held = own(merged, key);
    if (value === null) delete merged[key];
    else put(merged, key, isTree(value) ? mergePatch(isTree(held) ? held : {}, value) : value);
  }
  return merged;
}
