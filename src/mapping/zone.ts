// Offsets of IANA time zones, and local times turned into instants with a rule for gaps and folds.
import type { DateTime } from './time-format.ts';

export type Disambiguation = 'reject' | 'earlier' | 'later';

const minute = 60_000;
const day = 86_400_000;
const remembered = 20_000;

export interface Zone {
  /** Local time minus UTC, ms. */
  offsetAt(instant: number): number;
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
  return {
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

/** The same clock face read in UTC, ms since 1970. */
export function asIfUtc({ year, month, day: dayOfMonth, hour, minute, second, milli }: DateTime): number {
  const at = Date.UTC(year, month - 1, dayOfMonth, hour, minute, second, milli);
  return year >= 100 ? at : new Date(at).setUTCFullYear(year);
}

/** @returns undefined for a time that the rule rejects: one that does not exist there (gap) or exists twice (fold) */
export function toInstant(
  zone: Zone,
  local: DateTime,
  rules: { gap: Disambiguation; fold: Disambiguation },
): number | undefined {
  const face = asIfUtc(local);
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

export function toLocal(zone: Zone, instant: number): DateTime {
  const at = new Date(instant + zone.offsetAt(instant));
  return {
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    milli: at.getUTCMilliseconds(),
  };
}
