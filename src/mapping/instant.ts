// Reads RFC 3339 text to UTC with milliseconds.
import { compileFormat, validDate, validTime } from './time-format.ts';

/** Last millisecond of the year 9999: later instants have no four-digit year. */
export const latestInstant = 253_402_300_799_999;

const canonical = compileFormat("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'");
const pattern = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

/** @returns the instant as `yyyy-MM-ddTHH:mm:ss.SSSZ`; undefined when the text is no instant with an offset */
export function parseInstant(text: string): string | undefined {
  const plain = canonical.parse(text);
  if (plain && validDate(plain) && validTime(plain)) return text;
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
    !validDate({ year, month, day }) ||
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
