// Reads how long a system wants to be left alone: Retry-After, seconds or an HTTP date (RFC 9110, 10.2.3), or the end of a limit.
import type { HttpAnswer } from './http.ts';

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

/** Begin of the names under which systems that send no Retry-After tell of their limit. */
const limits = ['ratelimit', 'x-ratelimit', 'x-rate-limit'];

/**
 * Of an answer that there were too many requests.
 * @returns ms to wait, at most a day; undefined where it does not say
 */
export function waitOf(answer: Pick<HttpAnswer, 'header'>, now: number): number | undefined {
  // With something left it was another limit.
  const spent = limits.filter((limit) => !(Number(answer.header(`${limit}-remaining`)) > 0));
  const waits = spent.map((limit) => parseReset(answer.header(`${limit}-reset`), now));
  return [parseRetryAfter(answer.header('retry-after'), now), ...waits].find((ms) => ms !== undefined);
}

/** Seconds, from now or since 1970: nobody means thirty years. */
function parseReset(text: string | undefined, now: number): number | undefined {
  const value = text?.trim() ?? '';
  if (!seconds.test(value)) return undefined;
  const ms = Number(value) * 1000;
  return Math.min(ms < now / 2 ? ms : Math.max(ms - now, 0), dayMs);
}
