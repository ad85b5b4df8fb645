// The places of a unit's fields in a canonical tree: read, compared and written as one value.
import { type Field, fieldAt } from '../model/fields.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { pick, without } from '../model/merge-tree.ts';
import { own, put } from '../model/own.ts';
import type { RecordType } from '../model/records.ts';
import { childField, equalValue, isObject } from '../model/tree.ts';
import type { Unit } from './types.ts';

export interface Slot {
  path: string;
  segments: readonly string[];
  /** Undefined where no schema reaches. For `lines.*.sku` the collection: its value is that, with only this member. */
  field: Field | undefined;
  everyEntry: boolean;
}

/** A unit's value, slot by slot; undefined is absent. */
export type Values = (Json | undefined)[];

const compiled = new WeakMap<Unit, readonly Slot[]>();

/** A unit belongs to the policy of one type, so it is compiled once. */
export function slotsOf(type: RecordType, unit: Unit): readonly Slot[] {
  const known = compiled.get(unit);
  if (known) return known;
  const slots = unit.paths.map((path) => compile(type, path));
  compiled.set(unit, slots);
  return slots;
}

function compile(type: RecordType, path: string): Slot {
  const star = path.indexOf('.*.');
  const field = fieldAt(type, star < 0 ? path : path.slice(0, star));
  return { path, segments: path.split('.'), field, everyEntry: star >= 0 };
}

export function readSlot(tree: JsonObject, slot: Slot): Json | undefined {
  const { segments } = slot;
  const top = own(tree, segments[0] as string);
  if (segments.length === 1 || top === undefined) return top;
  if (slot.everyEntry) return entriesOf(top, slot);
  let value: Json | undefined = top;
  for (let at = 1; at < segments.length; at++) value = isObject(value) ? own(value, segments[at] as string) : undefined;
  return value;
}

/** Each entry with nothing but the slot's member; entries without it are left out. */
function entriesOf(collection: Json, { segments }: Slot): Json | undefined {
  if (segments.length !== 3) return own(pick({ top: collection }, [['top', ...segments.slice(1)].join('.')]), 'top');
  if (!isObject(collection)) return undefined;
  const member = segments[2] as string;
  let found: JsonObject | undefined;
  for (const key in collection) {
    const value = memberOf(collection, key, member);
    if (value === undefined) continue;
    found ??= {};
    put(found, key, { [member]: value });
  }
  return found;
}

function memberOf(collection: JsonObject, key: string, member: string): Json | undefined {
  const entry = own(collection, key);
  return isObject(entry) ? own(entry, member) : undefined;
}

/** The same as comparing {@link entriesOf} of both, without making them. */
function sameEntries(slot: Slot, a: Json | undefined, b: Json | undefined): boolean {
  const [left, right] = [isObject(a) ? a : {}, isObject(b) ? b : {}];
  const member = slot.segments[2] as string;
  const field = childField(childField(slot.field, ''), member);
  for (const key in left) {
    if (own(left, key) === own(right, key)) continue;
    const [one, two] = [memberOf(left, key, member), memberOf(right, key, member)];
    if (one !== two && !equalValue(field, one, two)) return false;
  }
  for (const key in right) {
    if (!Object.hasOwn(left, key) && memberOf(right, key, member) !== undefined) return false;
  }
  return true;
}

export const readAll = (tree: JsonObject, slots: readonly Slot[]): Values => slots.map((slot) => readSlot(tree, slot));

export const sameSlot = (slot: Slot, a: Json | undefined, b: Json | undefined): boolean =>
  a === b || equalValue(slot.field, a, b);

export const sameValues = (slots: readonly Slot[], a: Values, b: Values): boolean =>
  slots.every((slot, index) => sameSlot(slot, a[index], b[index]));

/** Whether two trees hold the same for the unit; costs nothing where they share structure. */
export function sameIn(slots: readonly Slot[], a: JsonObject, b: JsonObject): boolean {
  for (const slot of slots) {
    const top = slot.segments[0] as string;
    const [left, right] = [own(a, top), own(b, top)];
    if (left === right) continue;
    const entries = slot.everyEntry && slot.segments.length === 3;
    if (entries ? !sameEntries(slot, left, right) : !sameSlot(slot, readSlot(a, slot), readSlot(b, slot))) return false;
  }
  return true;
}

/** @returns a tree with that value; the given one is left as it was */
export function writeSlot(tree: JsonObject, slot: Slot, value: Json | undefined): JsonObject {
  const bare = value === undefined || slot.everyEntry ? without(tree, [slot.path]) : tree;
  if (value === undefined) return bare;
  return slot.everyEntry ? lay(bare, slot.segments[0] as string, value) : setIn(bare, slot.segments, value);
}

function setIn(tree: JsonObject, [key = '', ...rest]: readonly string[], value: Json): JsonObject {
  const below = own(tree, key);
  const copy = { ...tree };
  put(copy, key, rest.length === 0 ? value : setIn(isObject(below) ? below : {}, rest, value));
  return copy;
}

/** Puts members back into entries that may hold others. */
function lay(tree: JsonObject, key: string, value: Json): JsonObject {
  const before = own(tree, key);
  if (!isObject(before) || !isObject(value)) return setIn(tree, [key], value);
  return setIn(
    tree,
    [key],
    Object.keys(value).reduce((result, member) => lay(result, member, value[member] as Json), before),
  );
}
