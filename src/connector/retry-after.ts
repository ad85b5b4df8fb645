// Reads Retry-After: seconds or an HTTP date (RFC 9110, 10.2.3).

const dayMs = 86_400_000;
const seconds = /^\d{1,10}$/;
/** The three forms of an HTTP date all begin with a weekday's name. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :-]{12,40}$/;

/** @returns ms to wait, at most a day; undefined for what is no Retry-After */
export function parseRetryAfter(text: string | undefined, now: number): number | undefined {
  const value = text?.trim() ?? '';
  if (seconds.test(value)) return Math.min(Number(value) * 1000, dayMs);
  if (!httpDate.test(value)) return undefined;
  // asctime has no zone; RFC 9110 says it is UTC.
  const at = Date.parse(value.endsWith('GMT') ? value : `${value} GMT`);
  return Number.isNaN(at) ? undefined : Math.min(Math.max(at - now, 0), dayMs);
}
