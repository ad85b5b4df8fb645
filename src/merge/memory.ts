// What the hub remembers of one system's copy: the image, values since replaced, source times.
import type { JsonObject } from '../model/json.ts';
import { own, put } from '../model/own.ts';
import type { RecordType } from '../model/records.ts';
import { isEmpty } from '../model/tree.ts';
import { digest } from './digest.ts';
import { earliestOf, sourceTime } from './resolve.ts';
import { readSlot, sameIn, slotsOf, writeSlot } from './slots.ts';
import type { Memory, MergePolicy, Observation, Unit } from './types.ts';

const keptValues = 16;
const keptFor = 24 * 3_600_000;

type Past = Memory['past'][string];

export const noMemory = (): Memory => ({ image: {}, syncedVersion: 0, past: {}, seen: {}, sentAt: 0 });

/** @returns when the system left a value that it was sent within the last day; undefined if that is not known of it */
export function leftAt(memory: Memory, unit: string, value: string, now: number): number | undefined {
  const past = own(memory.past, unit) ?? [];
  for (const [known, at] of past) if (known === value && now - at <= keptFor) return at;
  return undefined;
}

/** Puts a value that the system no longer holds among its past ones. */
function leave(past: Past | undefined, value: string, at: number, now: number): Past {
  const after: Past = [];
  for (const one of past ?? []) if (one[0] !== value && now - one[1] <= keptFor) after.push(one);
  after.push([value, at]);
  return after.length > keptValues ? after.slice(-keptValues) : after;
}

interface Leaving {
  type: RecordType;
  at: number;
  now: number;
}

/** @returns the past once those units have left the values that they have in that image */
function pastAfter(past: Memory['past'], image: JsonObject, units: readonly Unit[], leaving: Leaving): Memory['past'] {
  if (units.length === 0 || isEmpty(image)) return past;
  const { type, at, now } = leaving;
  const after = { ...past };
  for (const unit of units)
    put(after, unit.name, leave(own(after, unit.name), digest(slotsOf(type, unit), image), at, now));
  return after;
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
  const { own: said = nobody, crossed, seen } = memory;
  const units = isEmpty(memory.image) && said.length === 0 ? [] : policy.differing(memory.image, sent.image);
  const after: Memory = {
    image: crossed ? imageCrossed(memory, policy, sent.image, crossed) : sent.image,
    syncedVersion: Math.max(memory.syncedVersion, sent.version),
    past: pastAfterSent(memory, { policy, units, sent, now }),
    seen,
    sentAt: Math.max(memory.sentAt, now),
  };
  // A whole object says again what the system had said itself: from now on that may come back as an echo.
  const own = sent.whole || said.length === 0 ? nobody : said.filter((name) => !names(units, name));
  if (own.length > 0) after.own = own;
  if (crossed) after.unsure = crossed;
  if (memory.owed) after.owed = memory.owed;
  return after;
}

const nobody: readonly string[] = [];

const names = (units: readonly Unit[], name: string): boolean => units.some((unit) => unit.name === name);

interface Delivered {
  policy: MergePolicy;
  /** Those that the confirmed image holds otherwise than what was sent. */
  units: readonly Unit[];
  sent: Sent;
  now: number;
}

/** What this send, and what unsettled ones before it, may have replaced. */
function pastAfterSent({ past, image }: Memory, { policy, units, sent, now }: Delivered): Memory['past'] {
  const leaving = { type: policy.record, at: sent.sentAt, now };
  let after = pastAfter(past, image, units, leaving);
  for (const older of sent.older) after = pastAfter(after, older, policy.differing(older, sent.image), leaving);
  return after;
}

function imageCrossed(
  { image }: Memory,
  policy: MergePolicy,
  sent: JsonObject,
  crossed: readonly string[],
): JsonObject {
  return crossed.reduce((held, name) => fill(policy.record, policy.unitNamed(name), held, image), sent);
}

/** Sends that may have arrived and will never be settled: where they say something else, it is sent again. */
export function doubt(memory: Memory, policy: MergePolicy, images: readonly JsonObject[]): Memory {
  const units = images.flatMap((image) => policy.differing(memory.image, image));
  return units.length === 0 ? memory : { ...memory, unsure: together(memory.unsure, units) };
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
  const past = pastAfter(memory.past, memory.image, unitsLeft(memory, type, units, image), { type, at, now });
  const after: Memory = { ...memory, image, past };
  const said = together(memory.own, units);
  const own = overtaken.length === 0 ? said : said.filter((name) => !names(overtaken, name));
  if (own.length > 0 || memory.own) after.own = own;
  if (sending) after.crossed = together(memory.crossed, units);
  else if (overtaken.length > 0) after.unsure = together(memory.unsure, overtaken);
  const time = sourceTime(observation);
  if (time !== undefined) after.seen = seenAt(memory.seen, units, time);
  return after;
}

/** What the system had said itself is no candidate for an echo once it says otherwise. */
function unitsLeft({ image: before, own: said }: Memory, type: RecordType, units: readonly Unit[], image: JsonObject) {
  if (isEmpty(before)) return [];
  return units.filter((unit) => !said?.includes(unit.name) && !sameIn(slotsOf(type, unit), before, image));
}

function seenAt(seen: Memory['seen'], units: readonly Unit[], time: number): Memory['seen'] {
  const after = { ...seen };
  for (const { name } of units) put(after, name, time);
  return after;
}

/**
 * The image as a mapping may rely on it when it writes: without the units that are unsure and wanted, so that they are
 * sent whatever it says of them.
 */
export function sureImage({ image, unsure }: Memory, policy: MergePolicy, wanted: JsonObject): JsonObject {
  let sure = image;
  for (const name of unsure ?? nobody) {
    for (const slot of slotsOf(policy.record, policy.unitNamed(name))) {
      if (readSlot(wanted, slot) !== undefined) sure = writeSlot(sure, slot, undefined);
    }
  }
  return sure;
}

function together(names: readonly string[] | undefined, units: readonly Unit[]): readonly string[] {
  const all = [...(names ?? nobody)];
  for (const { name } of units) if (!all.includes(name)) all.push(name);
  return all;
}

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
