// Request headers read strictly: what is malformed is refused by name, never guessed at.
import { refuse, refuseFaults } from './problem.ts';

/** RFC 9110 lets a caller rank what it takes. @returns the best of `offered`; undefined: none of them is taken */
export function negotiate(accept: string | undefined, offered: readonly string[]): string | undefined {
  if (accept === undefined || accept === '*/*') return offered[0];
  const ranges = accept.split(',').map(readRange);
  let best: { type: string; q: number } | undefined;
  for (const type of offered) {
    const q = qualityOf(type, ranges);
    if (q > (best?.q ?? 0)) best = { type, q };
  }
  return best?.type;
}

interface Range {
  range: string;
  q: number;
}

function readRange(text: string): Range {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = Number(parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? 1);
  return { range, q: Number.isNaN(q) ? 0 : q };
}

/** The most specific range that fits decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  for (const range of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const found = ranges.find((one) => one.range === range);
    if (found) return found.q;
  }
  return 0;
}

/** `Prefer: wait=30`, at most a minute. @returns ms */
export function preferredWait(prefer: string | undefined): number {
  const seconds = /(?:^|,)\s*wait\s*=\s*"?(\d{1,6})"?\s*(?:[,;]|$)/i.exec(prefer ?? '')?.[1];
  return Math.min(Number(seconds ?? 0), 60) * 1000;
}

/** A structured-field string, `"evt-1"`, or the bare token that most clients send. */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const quoted = /^"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"$/.exec(header)?.[1]?.replace(/\\(["\\])/g, '$1');
  const key = quoted ?? (/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x7e]+$/.test(header) ? header : '');
  if (key !== '' && key.length <= 256) return key;
  throw refuseFaults([
    { path: 'Idempotency-Key', message: 'must be a quoted string or a bare token of 1 to 256 characters' },
  ]);
}

/** @returns the version as text, or `*` */
export function ifMatch(header: string | undefined): string {
  if (header === undefined) {
    throw refuse('precondition-required', 'send If-Match with the version that you edit, as in If-Match: "4"');
  }
  const version = /^"(\d{1,15})"$/.exec(header.trim())?.[1] ?? (header.trim() === '*' ? '*' : undefined);
  if (version !== undefined) return version;
  if (/^W\/"\d+"$/.test(header.trim()))
    throw refuse('version-mismatch', 'a weak ETag never matches; send If-Match: "<version>"');
  throw refuseFaults([{ path: 'If-Match', message: 'must be one version in quotes, as in "4", or *' }]);
}

/** @param etag in quotes */
export function noneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return true;
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return !tags.includes(etag) && !tags.includes('*');
}
