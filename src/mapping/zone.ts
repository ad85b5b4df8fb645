// Offsets of IANA time zones, and local times turned into instants with a rule for gaps and folds.
import { asIfUtc, type DateTime, faceAt } from './calendar.ts';

export type Disambiguation = 'reject' | 'earlier' | 'later';

const minute = 60_000;
const day = 86_400_000;
const remembered = 20_000;

export interface Zone {
  /** Local time minus UTC, ms. */
  offsetAt(instant: number): number;
  /** The offset, if it is the same for days before and after: no clock face near it is missing or there twice. */
  steadyOffsetAt(instant: number): number | undefined;
}

const zones = new Map<string, Zone>();

/** @throws RangeError for a zone that does not exist */
export function zoneOf(name: string): Zone {
  const known = zones.get(name);
  if (known) return known;
  const zone = makeZone(name);
  zones.set(name, zone);
  return zone;
}

function makeZone(name: string): Zone {
  const clock = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    era: 'short',
  });
  const known = new Map<number, number>();
  const measured = (instant: number): number => {
    let offset = known.get(instant);
    if (offset === undefined) {
      if (known.size >= remembered) known.clear();
      offset = measure(clock, instant);
      known.set(instant, offset);
    }
    return offset;
  };
  const steady = new Map<number, number | undefined>();
  const steadyOffset = (start: number): number | undefined => {
    const offset = measured(start);
    for (let near = start - 2 * day; near <= start + 3 * day; near += day)
      if (measured(near) !== offset) return undefined;
    return offset;
  };
  return {
    steadyOffsetAt: (instant) => {
      const start = Math.floor(instant / day) * day;
      const known = steady.get(start);
      if (known !== undefined || steady.has(start)) return known;
      if (steady.size >= remembered) steady.clear();
      const offset = steadyOffset(start);
      steady.set(start, offset);
      return offset;
    },
    // A day that begins and ends alike has one offset; only in the others is the very minute looked at.
    offsetAt: (instant) => {
      const start = Math.floor(instant / day) * day;
      const offset = measured(start);
      return offset === measured(start + day) ? offset : measured(Math.floor(instant / minute) * minute);
    },
  };
}

function measure(clock: Intl.DateTimeFormat, instant: number): number {
  const found: Record<string, string> = {};
  for (const { type, value } of clock.formatToParts(instant)) found[type] = value;
  const year = found.era === 'BC' ? 1 - Number(found.year) : Number(found.year);
  const parts = {
    year,
    month: Number(found.month),
    day: Number(found.day),
    hour: Number(found.hour),
    minute: Number(found.minute),
    second: Number(found.second),
    milli: 0,
  };
  return asIfUtc(parts) - instant;
}

/** @returns undefined for a time that the rule rejects: one that does not exist there (gap) or exists twice (fold) */
export function toInstant(
  zone: Zone,
  local: DateTime,
  rules: { gap: Disambiguation; fold: Disambiguation },
): number | undefined {
  const face = asIfUtc(local);
  const steady = zone.steadyOffsetAt(face);
  if (steady !== undefined) return face - steady;
  const before = zone.offsetAt(face - day);
  const after = zone.offsetAt(face + day);
  if (before === after && zone.offsetAt(face - before) === before) return face - before;
  const candidates = [...new Set([face - before, face - after])]
    .filter((at) => zone.offsetAt(at) === face - at)
    .sort((a, b) => a - b);
  if (candidates.length === 1) return candidates[0];
  const isFold = candidates.length > 1;
  const rule = isFold ? rules.fold : rules.gap;
  if (rule === 'reject') return undefined;
  const [early, late] = [Math.min(face - before, face - after), Math.max(face - before, face - after)];
  return rule === 'earlier' ? early : late;
}

export const toLocal = (zone: Zone, instant: number): DateTime =>
  faceAt(instant + (zone.steadyOffsetAt(instant) ?? zone.offsetAt(instant)));
