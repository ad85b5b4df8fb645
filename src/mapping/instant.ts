// Reads RFC 3339 text to UTC with milliseconds.
import { digits, validDate } from './time-format.ts';

/** Last millisecond of the year 9999: later instants have no four-digit year. */
export const latestInstant = 253_402_300_799_999;

const pattern = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

const isPunctuated = (text: string): boolean =>
  text.length === 24 &&
  text[4] === '-' &&
  text[7] === '-' &&
  text[10] === 'T' &&
  text[13] === ':' &&
  text[16] === ':' &&
  text[19] === '.' &&
  text[23] === 'Z';

/** @returns ms since 1970 of `yyyy-MM-ddTHH:mm:ss.SSSZ`; NaN for anything else */
function canonicalMs(text: string): number {
  if (!isPunctuated(text)) return Number.NaN;
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 2), digits(text, 8, 2)];
  const [hour, minute, second] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)];
  const milli = digits(text, 20, 3);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 || milli < 0) return Number.NaN;
  if (!validDate(year, month, day)) return Number.NaN;
  return ((daysTo(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + milli;
}

/** Days since 1970-01-01, in a year that begins in March, so that the leap day is its last. */
function daysTo(year: number, month: number, day: number): number {
  const from = month > 2 ? year : year - 1;
  const leaps = Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400);
  return from * 365 + leaps + Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 719_469;
}

/** The form in which instants are kept. */
export const isCanonical = (text: string): boolean => !Number.isNaN(canonicalMs(text));

/** @returns ms since 1970, NaN for what is no time. Date.parse takes ten times as long for the canonical form */
export function msOf(text: string): number {
  const at = canonicalMs(text);
  return Number.isNaN(at) ? Date.parse(text) : at;
}

/** @returns the instant as `yyyy-MM-ddTHH:mm:ss.SSSZ`; undefined when the text is no instant with an offset */
export function parseInstant(text: string): string | undefined {
  if (isCanonical(text)) return text;
  const match = pattern.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0));
  if (
    !validDate(year, month, day) ||
    hour > 23 ||
    minute > 59 ||
    second > 60 ||
    Math.abs(offset) > 18 * 60 ||
    Number(match[10] ?? 0) > 59
  )
    return undefined;
  const milli = Number((match[7] ?? '').padEnd(3, '0').slice(0, 3));
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  // A leap second is the first moment of the next minute: UTC milliseconds have no name for it.
  at.setUTCHours(hour, minute - offset, second, second === 60 ? 0 : milli);
  const iso = at.toISOString();
  return iso.length === 24 ? iso : undefined;
}
