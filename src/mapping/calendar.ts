// The Gregorian calendar in whole numbers: a third of what Date takes for the same.

export interface DateTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  milli: number;
}

const msOfDay = 86_400_000;
const daysOf400Years = 146_097;
/** From 0000-03-01 to 1970-01-01. A year that begins in March has its leap day at the end. */
const daysTo1970 = 719_468;

/** @returns days since 1970-01-01 */
function daysTo(year: number, month: number, day: number): number {
  const from = month > 2 ? year : year - 1;
  const leaps = Math.floor(from / 4) - Math.floor(from / 100) + Math.floor(from / 400);
  return from * 365 + leaps + Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1 - daysTo1970;
}

/** @returns ms since 1970 of a clock face read in UTC */
export function asIfUtc({ year, month, day, hour, minute, second, milli }: DateTime): number {
  return ((daysTo(year, month, day) * 24 + hour) * 60 + minute) * 60_000 + second * 1000 + milli;
}

/** @returns the clock face in UTC */
export function faceAt(ms: number): DateTime {
  const days = Math.floor(ms / msOfDay);
  const rest = ms - days * msOfDay;
  const era = Math.floor((days + daysTo1970) / daysOf400Years);
  const dayOfEra = days + daysTo1970 - era * daysOf400Years;
  const leaps = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1,
    hour: Math.floor(rest / 3_600_000),
    minute: Math.floor(rest / 60_000) % 60,
    second: Math.floor(rest / 1000) % 60,
    milli: rest % 1000,
  };
}

const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

export function validDate(year: number, month: number, day: number): boolean {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return year >= 1 && day >= 1 && day <= (monthDays[month - 1] ?? 0) + (leap ? 1 : 0);
}

export const validTime = (hour: number, minute: number, second: number): boolean =>
  hour <= 23 && minute <= 59 && second <= 59;

const short = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'));

export const pad = (value: number, width: number): string =>
  width === 2 && value < 100 ? (short[value] as string) : String(value).padStart(width, '0');

/** @returns `yyyy-MM-ddTHH:mm:ss.SSSZ`; years that have not four digits as Date writes them */
export function isoText(ms: number): string {
  const { year, month, day, hour, minute, second, milli } = faceAt(ms);
  if (!(year >= 0 && year <= 9999)) return new Date(ms).toISOString();
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}.${pad(milli, 3)}Z`;
}
