// The places of a unit's fields in a canonical tree: read, compared and written as one value.
import { type Field, fieldAt } from '../model/fields.ts';
import type { Json, JsonObject } from '../model/json.ts';
import { pickInto, type Way, wayOf, without } from '../model/merge-tree.ts';
import { own, put } from '../model/own.ts';
import type { RecordType } from '../model/records.ts';
import { childField, equalValue, isEmpty, isObject } from '../model/tree.ts';
import type { Unit } from './types.ts';

export interface Slot {
  path: string;
  way: Way;
  /** The member of the record that it is, or is in. */
  top: string;
  /** Undefined where no schema reaches. For `lines.*.sku` the collection: its value is that, with only this member. */
  field: Field | undefined;
  everyEntry: boolean;
  /** `lines.*.sku`: that member of every entry, and its field. */
  member: string | undefined;
  memberField: Field | undefined;
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
  const way = wayOf(path);
  const everyEntry = star >= 0;
  const last = way.next?.next;
  const member = everyEntry && !last?.next ? last?.key : undefined;
  const memberField = member === undefined ? undefined : childField(childField(field, ''), member);
  return { path, way, top: way.key, field, everyEntry, member, memberField };
}

export function readSlot(tree: JsonObject, slot: Slot): Json | undefined {
  const top = own(tree, slot.top);
  if (!slot.way.next || top === undefined) return top;
  if (slot.everyEntry) return entriesOf(top, slot);
  let value: Json | undefined = top;
  for (let way: Way | undefined = slot.way.next; way; way = way.next)
    value = isObject(value) ? own(value, way.key) : undefined;
  return value;
}

/** Each entry with nothing but the slot's member; entries without it are left out. */
function entriesOf(collection: Json, { way, top, member }: Slot): Json | undefined {
  if (member === undefined) {
    const picked: JsonObject = {};
    pickInto(picked, { [top]: collection }, way);
    return own(picked, top);
  }
  if (!isObject(collection)) return undefined;
  let found: JsonObject | undefined;
  for (const key in collection) {
    const value = memberOf(collection, key, member);
    if (value === undefined) continue;
    found ??= {};
    put(found, key, { [member]: value });
  }
  return found;
}

export function memberOf(collection: JsonObject, key: string, member: string): Json | undefined {
  const entry = own(collection, key);
  return isObject(entry) ? own(entry, member) : undefined;
}

const none: JsonObject = {};

/** The same as comparing {@link entriesOf} of both, without making them. */
function sameEntries(slot: Slot, member: string, a: Json | undefined, b: Json | undefined): boolean {
  const left = isObject(a) ? a : none;
  const right = isObject(b) ? b : none;
  for (const key in left) {
    if (own(left, key) === own(right, key)) continue;
    if (!equalValue(slot.memberField, memberOf(left, key, member), memberOf(right, key, member))) return false;
  }
  for (const key in right) {
    if (!Object.hasOwn(left, key) && memberOf(right, key, member) !== undefined) return false;
  }
  return true;
}

export const sameSlot = (slot: Slot, a: Json | undefined, b: Json | undefined): boolean => equalValue(slot.field, a, b);

/** Whether two trees hold the same there; costs nothing where they share structure. */
export function sameAt(slot: Slot, a: JsonObject, b: JsonObject): boolean {
  const left = own(a, slot.top);
  const right = own(b, slot.top);
  if (left === right) return true;
  if (slot.member !== undefined) return sameEntries(slot, slot.member, left, right);
  if (!slot.way.next) return sameSlot(slot, left, right);
  return sameSlot(slot, readSlot(a, slot), readSlot(b, slot));
}

export function sameIn(slots: readonly Slot[], a: JsonObject, b: JsonObject): boolean {
  for (const slot of slots) if (!sameAt(slot, a, b)) return false;
  return true;
}

/** What the tree holds of the unit. */
export function partOf(slots: readonly Slot[], tree: JsonObject): JsonObject {
  const part: JsonObject = {};
  for (const { way } of slots) pickInto(part, tree, way);
  return part;
}

/** @returns a tree with that value; the given one is left as it was */
export function writeSlot(tree: JsonObject, slot: Slot, value: Json | undefined): JsonObject {
  const before = own(tree, slot.top);
  const after = topWith(slot, before, value);
  return after === before ? tree : setMember({ ...tree }, slot.top, after);
}

/** In a tree that nobody else has yet. */
export function setMember(tree: JsonObject, key: string, value: Json | undefined): JsonObject {
  if (value === undefined) delete tree[key];
  else put(tree, key, value);
  return tree;
}

/** @returns the record's member with the slot's value in it; undefined when nothing is left of it */
export function topWith(slot: Slot, before: Json | undefined, value: Json | undefined): Json | undefined {
  if (!slot.way.next) return value;
  if (slot.member !== undefined) return entriesWith(slot.member, before, value);
  if (value !== undefined && !slot.everyEntry) return setIn(before, slot.way.next, value);
  const bare = before === undefined ? undefined : own(without({ [slot.top]: before }, [slot.path]), slot.top);
  return value === undefined ? bare : laid(bare, value);
}

function setIn(before: Json | undefined, { key, next }: Way, value: Json): JsonObject {
  const copy = isObject(before) ? { ...before } : {};
  put(copy, key, next ? setIn(own(copy, key), next, value) : value);
  return copy;
}

/** Puts members back into entries that may hold others. */
function laid(before: Json | undefined, value: Json): Json {
  if (!isObject(before) || !isObject(value)) return value;
  const copy = { ...before };
  for (const key in value) put(copy, key, laid(own(before, key), value[key] as Json));
  return copy;
}

function entriesWith(member: string, before: Json | undefined, value: Json | undefined): Json | undefined {
  if (!isObject(before)) return value ?? before;
  const wanted = isObject(value) ? value : none;
  let after = before;
  const change = (key: string, entry: Json | undefined): void => {
    if (after === before) after = { ...before };
    setMember(after, key, entry);
  };
  for (const key in before) {
    const entry = entryWith(member, before[key] as Json, memberOf(wanted, key, member));
    if (entry !== before[key]) change(key, entry);
  }
  for (const key in wanted) if (!Object.hasOwn(before, key)) change(key, wanted[key]);
  return after !== before && isEmpty(after) ? undefined : after;
}

function entryWith(member: string, entry: Json, value: Json | undefined): Json | undefined {
  if (!isObject(entry)) return value === undefined ? entry : { [member]: value };
  if (own(entry, member) === value) return entry;
  const copy = setMember({ ...entry }, member, value);
  return isEmpty(copy) ? undefined : copy;
}
