// What of a wanted payload an object has already: members that are not named are not looked at.
import type { Lossless, LosslessObject } from '../model/json.ts';
import { getPath } from '../model/paths.ts';
import { textAt } from './answer.ts';
import { treeOf } from './payload.ts';

/** Absence, null and an empty text are one; so are 25.9900 and 25.99, and a list without its order is another list. */
export function holds(present: Lossless | undefined, wanted: Lossless): boolean {
  const part = treeOf(wanted);
  if (part) return Object.entries(part).every(([name, value]) => holds(treeOf(present)?.[name], value));
  if (Array.isArray(wanted)) return Array.isArray(present) && sameLists(present, wanted);
  if (typeof wanted === 'boolean' || typeof present === 'boolean') return wanted === present;
  return normal(textAt(present, [])) === normal(textAt(wanted, []));
}

/** Digits that only fill up say nothing. */
const normal = (text: string | undefined): string | undefined =>
  text !== undefined && /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, '') : text;

const sameLists = (present: Lossless[], wanted: Lossless[]): boolean =>
  present.length === wanted.length && wanted.every((value, at) => holds(present[at], value));

/** @returns the members that it does not have as they are wanted */
export const differing = (present: LosslessObject, wanted: LosslessObject): LosslessObject =>
  Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !holds(present[name], value)));

/** @returns the objects of a list, where there is one */
export function treesAt(tree: Lossless | undefined, path: readonly string[]): LosslessObject[] {
  const list = getPath(tree, path);
  return Array.isArray(list) ? list.map(treeOf).filter((one) => one !== undefined) : [];
}

/** @returns the texts and numbers of a list, as texts */
export function textsAt(tree: Lossless | undefined, path: readonly string[]): string[] {
  const list = getPath(tree, path);
  return Array.isArray(list) ? list.flatMap((one) => textAt(one, []) ?? []) : [];
}
