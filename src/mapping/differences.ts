// In which members two payloads differ.
import { equalJson, type Lossless, type LosslessObject, NumberText } from '../model/json.ts';
import { own } from '../model/own.ts';
import type { Mapping } from './mapping.ts';

const isObject = (value: Lossless | undefined): value is LosslessObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText);

export interface MemberChange {
  /** As in a mapping, rows as `items[].qty`. */
  path: string;
  /** Undefined: it is not there. */
  before: Lossless | undefined;
  after: Lossless | undefined;
}

/** Every member in which two payloads differ; rows of lists of one length are compared one by one. */
export function memberChanges(before: LosslessObject, after: LosslessObject): MemberChange[] {
  const found: MemberChange[] = [];
  compareMembers(before, after, '', found);
  return found;
}

/**
 * Members that `held` has and that `wanted` has otherwise; a member that is absent says nothing.
 * @returns paths, each once
 */
export const differingMembers = (held: LosslessObject, wanted: LosslessObject): string[] => [
  ...new Set(
    memberChanges(held, wanted)
      .filter(({ before, after }) => before !== undefined && after !== undefined)
      .map(({ path }) => path),
  ),
];

function compareMembers(before: LosslessObject, after: LosslessObject, at: string, found: MemberChange[]): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)]))
    compare(own(before, name), own(after, name), at === '' ? name : `${at}.${name}`, found);
}

function compare(before: Lossless | undefined, after: Lossless | undefined, path: string, found: MemberChange[]): void {
  if (before === after || (before !== undefined && after !== undefined && equalJson(before, after))) return;
  const rows = objectsOf(before);
  const others = objectsOf(after);
  if (isObject(before) && isObject(after)) compareMembers(before, after, path, found);
  else if (rows && others && rows.length === others.length) {
    for (const [index, row] of rows.entries()) compareMembers(row, others[index] as LosslessObject, `${path}[]`, found);
  } else found.push({ path, before, after });
}

const objectsOf = (value: Lossless | undefined): LosslessObject[] | undefined =>
  Array.isArray(value) && value.every(isObject) ? (value as LosslessObject[]) : undefined;

/** So that `items[].qty` and `payments.0.state` can be compared. */
const plain = (path: string): string => path.replace(/\[\]/g, '').replace(/\.\d+(?=\.|$)/g, '');

/** @returns the canonical path that a member is written from, by the first mapping that writes it; empty for a constant */
export function writtenFrom(path: string, ...mappings: readonly Pick<Mapping, 'written'>[]): string | undefined {
  const at = plain(path);
  for (const { written } of mappings) {
    const pair = written.find(({ theirs }) => {
      const place = plain(theirs);
      return place === at || at.startsWith(`${place}.`) || place.startsWith(`${at}.`);
    });
    if (pair) return pair.ours;
  }
  return undefined;
}
