// Lengths of time: windows and deadlines follow the calendar of a zone, breakers and cancel windows the clock.
import { Temporal } from 'temporal-polyfill';
import { parseDuration } from '../../model/duration.ts';

const day = 86_400_000;

/** ISO 8601 of whole years, months, weeks and days. */
export const isPeriod = (text: string): boolean => /^P(?=\d)(\d{1,3}Y)?(\d{1,3}M)?(\d{1,3}W)?(\d{1,4}D)?$/.test(text);

/** Weeks down to seconds, longer than nothing or exactly nothing: a month has no length by itself. */
export function isSpan(text: string): boolean {
  try {
    return parseDuration(text) <= 3660 * day;
  } catch {
    return false;
  }
}

export function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** @returns ms since 1970; Aug 31 less P6M is the last day of February, at the same time of day */
export function periodBefore(now: number, period: string, zone: string): number {
  if (now !== asked.now) asked = { now, found: new Map() };
  const place = `${period} ${zone}`;
  const known = asked.found.get(place);
  if (known !== undefined) return known;
  const found = zoned(now, zone).subtract(Temporal.Duration.from(period)).epochMilliseconds;
  asked.found.set(place, found);
  return found;
}

/** One decision asks for the same few windows again and again, and a calendar is slow. */
let asked = { now: Number.NaN, found: new Map<string, number>() };

export const startOfMonth = (now: number, zone: string): number =>
  zoned(now, zone).with({ day: 1 }).startOfDay().epochMilliseconds;

/** Calendar days from the day of the one to the day of the other. */
export const daysBetween = (from: number, to: number, zone: string): number =>
  zoned(from, zone).toPlainDate().until(zoned(to, zone).toPlainDate()).days;

/** The last moment of the day that is so many days after the day of `from`. */
export const endOfDayAfter = (from: number, days: number, zone: string): number =>
  zoned(from, zone)
    .startOfDay()
    .add({ days: days + 1 })
    .startOfDay().epochMilliseconds - 1;

const zoned = (ms: number, zone: string): Temporal.ZonedDateTime =>
  Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(zone);
