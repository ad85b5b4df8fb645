// What the hub remembers of one system's copy: the image, values since replaced, source times.
import type { JsonObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import { isEmpty } from '../model/tree.ts';
import { digest } from './digest.ts';
import { readAll, sameIn, slotsOf } from './slots.ts';
import type { Memory, MergePolicy, Unit } from './types.ts';

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

/** What a settled delivery does to the memory: the system now holds what was sent. */
export function remember(
  memory: Memory,
  type: RecordType,
  policy: MergePolicy,
  sentImage: JsonObject,
  sentVersion: number,
  now: number,
): Memory {
  const units = new Set([...policy.unitsIn(memory.image), ...policy.unitsIn(sentImage)]);
  const past = pastAfter({ type, units, except: [], at: now, now }, memory, sentImage);
  const { own: before = [], ...rest } = memory;
  const own = before.filter((name) => {
    const unit = [...units].find((one) => one.name === name);
    return unit !== undefined && sameIn(slotsOf(type, unit), memory.image, sentImage);
  });
  const syncedVersion = Math.max(memory.syncedVersion, sentVersion);
  const sentAt = Math.max(memory.sentAt, now);
  return { ...rest, image: sentImage, past, ...(own.length > 0 && { own }), syncedVersion, sentAt };
}
