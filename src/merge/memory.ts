// What the hub remembers of one system's copy: the image, values since replaced, source times.
import type { Json, JsonObject } from '../model/json.ts';
import { own, put } from '../model/own.ts';
import type { RecordType } from '../model/records.ts';
import { childField, equalValue, isEmpty, rootField } from '../model/tree.ts';
import { digest } from './digest.ts';
import { earliestOf, sourceTime } from './resolve.ts';
import { readAll, readSlot, sameIn, slotsOf, writeSlot } from './slots.ts';
import type { Memory, MergePolicy, Observation, Unit } from './types.ts';

const keptValues = 16;
const keptFor = 24 * 3_600_000;

type Past = Memory['past'][string];

export const noMemory = (): Memory => ({ image: {}, syncedVersion: 0, past: {}, seen: {}, sentAt: 0 });

const kept = (past: Past, now: number): Past => past.filter(([, at]) => now - at <= keptFor);

/** @returns when the system left a value that it was sent within the last day; undefined if that is not known of it */
export function leftAt(memory: Memory, unit: string, value: string, now: number): number | undefined {
  if (!Object.hasOwn(memory.past, unit)) return undefined;
  return kept(memory.past[unit] ?? [], now).find(([known]) => known === value)?.[1];
}

/** Puts a value that the system no longer holds among its past ones. */
function leave(past: Past | undefined, value: string, at: number, now: number): Past {
  const others = kept(past ?? [], now).filter(([known]) => known !== value);
  return [...others, [value, at] as [string, number]].slice(-keptValues);
}

interface Leaving {
  type: RecordType;
  units: Iterable<Unit>;
  /** Units whose old value is no candidate for an echo. */
  except: readonly string[];
  at: number;
  now: number;
}

/** @returns the past with the values that those units lose when the image becomes another */
export function pastAfter(
  { type, units, except, at, now }: Leaving,
  memory: Memory,
  image: JsonObject,
): Memory['past'] {
  if (isEmpty(memory.image)) return memory.past;
  let past = memory.past;
  for (const unit of units) {
    const slots = slotsOf(type, unit);
    if (except.includes(unit.name) || sameIn(slots, memory.image, image)) continue;
    if (past === memory.past) past = { ...past };
    past[unit.name] = leave(past[unit.name], digest(slots, readAll(memory.image, slots)), at, now);
  }
  return past;
}

/** A delivery that the system has confirmed. */
export interface Sent {
  /** What the system holds since, in its normal form. */
  image: JsonObject;
  /** Version of the record that was sent. */
  version: number;
  /** Every field was written, and not only those that differ. */
  whole: boolean;
  /** Earlier sends since the last that was settled; each may have arrived, and its echo may still come. */
  older: readonly JsonObject[];
  /** When it was claimed or served. What the system says of a later time it cannot be an echo of what it replaced. */
  sentAt: number;
}

/** What a settled delivery does to the memory: the system now holds what was sent. */
export function remember(memory: Memory, policy: MergePolicy, sent: Sent, now: number): Memory {
  const type = policy.record;
  const { own: before = [], unsure: _, crossed, ...rest } = memory;
  if (before.length === 0 && sent.older.length === 0 && isEmpty(memory.image) && !crossed)
    return firstSent(memory, sent, now);
  const units = changedUnits(type, policy, memory.image, sent.image);
  const past = sent.older.reduce<Memory['past']>(
    (known, older) => pastOfOlder({ type, policy, older, sent, now }, { ...memory, past: known }),
    pastAfter({ type, units, except: [], at: sent.sentAt, now }, memory, sent.image),
  );
  // A whole object says again what the system had said itself: from now on that may come back as an echo.
  const own = sent.whole ? [] : before.filter((name) => !units.some((unit) => unit.name === name));
  const image = (crossed ?? []).reduce(
    (held, name) => fill(type, unitNamed(policy, name), held, memory.image),
    sent.image,
  );
  const syncedVersion = Math.max(memory.syncedVersion, sent.version);
  const sentAt = Math.max(memory.sentAt, now);
  return {
    ...rest,
    image,
    past,
    ...(own.length > 0 && { own }),
    ...(crossed && { unsure: crossed }),
    syncedVersion,
    sentAt,
  };
}

/** Sends that may have arrived and will never be settled: where they say something else, it is sent again. */
export function doubt(memory: Memory, policy: MergePolicy, images: readonly JsonObject[]): Memory {
  const units = images.flatMap((image) => changedUnits(policy.record, policy, memory.image, image));
  return units.length === 0 ? memory : { ...memory, unsure: together(memory.unsure, units) };
}

/** Of what was not there before, nothing was replaced. */
function firstSent({ past, seen, sentAt, syncedVersion }: Memory, sent: Sent, now: number): Memory {
  return {
    image: sent.image,
    syncedVersion: Math.max(syncedVersion, sent.version),
    past,
    seen,
    sentAt: Math.max(sentAt, now),
  };
}

/** What an unsettled send wrote and this one replaces. */
function pastOfOlder(
  {
    type,
    policy,
    older,
    sent,
    now,
  }: { type: RecordType; policy: MergePolicy; older: JsonObject; sent: Sent; now: number },
  memory: Memory,
): Memory['past'] {
  const units = changedUnits(type, policy, older, sent.image);
  return pastAfter({ type, units, except: [], at: sent.sentAt, now }, { ...memory, image: older }, sent.image);
}

/** What a message of the system says of some units. */
export interface Heard {
  policy: MergePolicy;
  units: readonly Unit[];
  /** Those of them that may have been overwritten by our last send before they were heard of. */
  overtaken: readonly Unit[];
  image: JsonObject;
  observation: Observation;
  /** A send is under way. */
  sending: boolean;
}

/** What a message does to the memory: the system holds what it said, as far as no send of ours crossed it. */
export function listen(memory: Memory, { policy, units, overtaken, observation, sending, ...heard }: Heard): Memory {
  const type = policy.record;
  const { now } = observation;
  // Our send may have come last there: what it left is no edit when it is heard of again.
  const image = overtaken.reduce((held, unit) => keepSent(type, unit, held, memory.image), heard.image);
  const at = Math.max(earliestOf(observation) ?? now, memory.sentAt);
  const past = pastAfter({ type, units, except: memory.own ?? [], at, now }, memory, image);
  const after: Memory = { ...memory, image, past };
  const own = together(memory.own, units).filter((name) => !overtaken.some((unit) => unit.name === name));
  if (own.length > 0 || memory.own) after.own = own;
  if (sending) after.crossed = together(memory.crossed, units);
  else if (overtaken.length > 0) after.unsure = together(memory.unsure, overtaken);
  const said = sourceTime(observation);
  if (said !== undefined) after.seen = { ...memory.seen, ...Object.fromEntries(units.map(({ name }) => [name, said])) };
  return after;
}

/**
 * The image as a mapping may rely on it when it writes: without the units that are unsure and wanted, so that they are
 * sent whatever it says of them.
 */
export function sureImage(memory: Memory, policy: MergePolicy, wanted: JsonObject): JsonObject {
  let { image } = memory;
  for (const name of memory.unsure ?? []) {
    for (const slot of slotsOf(policy.record, unitNamed(policy, name))) {
      if (readSlot(wanted, slot) !== undefined) image = writeSlot(image, slot, undefined);
    }
  }
  return image;
}

const together = (names: readonly string[] | undefined, units: readonly Unit[]): string[] => [
  ...new Set([...(names ?? []), ...units.map(({ name }) => name)]),
];

/** A unit that no document names is called like its path. */
const unitNamed = (policy: MergePolicy, name: string): Unit =>
  policy.units.find((unit) => unit.name === name) ?? policy.unitOf(name);

/** What the tree does not hold of the unit is taken from the other: of an unsure unit something must be left to clear. */
function fill(type: RecordType, unit: Unit, tree: JsonObject, other: JsonObject): JsonObject {
  return slotsOf(type, unit).reduce(
    (filled, slot) => (readSlot(filled, slot) === undefined ? writeSlot(filled, slot, readSlot(other, slot)) : filled),
    tree,
  );
}

/** What was sent of the unit stays; what it did not hold is as said, so that something is left to clear. */
function keepSent(type: RecordType, unit: Unit, tree: JsonObject, sent: JsonObject): JsonObject {
  return slotsOf(type, unit).reduce((kept, slot) => {
    const value = readSlot(sent, slot);
    return value === undefined ? kept : writeSlot(kept, slot, value);
  }, tree);
}

/** Units that two trees hold different values of; fields that are the same in both are not looked into. */
function changedUnits(type: RecordType, policy: MergePolicy, a: JsonObject, b: JsonObject): Unit[] {
  const left = differing(type, a, b);
  const right = differing(type, b, a);
  const units = new Set([...policy.unitsIn(left), ...policy.unitsIn(right)]);
  return [...units].filter((unit) => !sameIn(slotsOf(type, unit), left, right));
}

function differing(type: RecordType, tree: JsonObject, other: JsonObject): JsonObject {
  const root = rootField(type);
  const found: JsonObject = {};
  for (const key in tree) {
    const value = tree[key] as Json;
    if (!equalValue(childField(root, key), value, own(other, key))) put(found, key, value);
  }
  return found;
}
