// Reads RFC 3339 text to UTC with milliseconds.
import { asIfUtc, validDate, validTime } from './calendar.ts';
import { digits } from './time-format.ts';

/** Last millisecond of the year 9999: later instants have no four-digit year. */
export const latestInstant = 253_402_300_799_999;

const pattern = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

const [dash, colon, point, letterT, letterZ] = [45, 58, 46, 84, 90];

const isPunctuated = (text: string): boolean =>
  text.length === 24 &&
  text.charCodeAt(4) === dash &&
  text.charCodeAt(7) === dash &&
  text.charCodeAt(10) === letterT &&
  text.charCodeAt(13) === colon &&
  text.charCodeAt(16) === colon &&
  text.charCodeAt(19) === point &&
  text.charCodeAt(23) === letterZ;

/** The last text that was read, and what it says: a codec asks about one value several times on end. */
const last = { text: '', ms: Number.NaN };

/** @returns ms since 1970 of `yyyy-MM-ddTHH:mm:ss.SSSZ`; NaN for anything else */
function canonicalMs(text: string): number {
  if (text !== last.text) {
    last.ms = readCanonical(text);
    last.text = text;
  }
  return last.ms;
}

function readCanonical(text: string): number {
  if (!isPunctuated(text)) return Number.NaN;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 2);
  const day = digits(text, 8, 2);
  const hour = digits(text, 11, 2);
  const minute = digits(text, 14, 2);
  const second = digits(text, 17, 2);
  const milli = digits(text, 20, 3);
  if (Math.min(hour, minute, second, milli) < 0 || !validTime(hour, minute, second) || !validDate(year, month, day))
    return Number.NaN;
  return asIfUtc({ year, month, day, hour, minute, second, milli });
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
