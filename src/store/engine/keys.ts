// Reads the names that a decision asks for.
import type { Key } from '../store.ts';

type KeyKind = 'record' | 'ext' | 'match' | 'key' | 'decision' | 'query';

const queries = ['life:', 'breaker:', 'customer:', 'order:', 'store:'];

export function kindOf(key: Key): KeyKind {
  if (key.startsWith('ext:')) return 'ext';
  if (key.startsWith('match:')) return 'match';
  if (key.startsWith('key:')) return 'key';
  if (key.startsWith('decision:')) return 'decision';
  return queries.some((name) => key.startsWith(name)) ? 'query' : 'record';
}

/** `ext:` system, type, external id · `match:` type, field, value · `store:` since, now, store. The last part may hold colons, the ones before it never do. */
export const threeParts = (key: Key): [string, string, string] => split(key, 2) as [string, string, string];

/** `key:` system, intake key · `breaker:` breaker, scope key · `customer:` since, customer; the last may hold colons. */
export const twoParts = (key: Key): [string, string] => split(key, 1) as [string, string];

/** @throws RangeError when a part is missing */
function split(key: Key, colons: number): string[] {
  const parts: string[] = [];
  let from = key.indexOf(':') + 1;
  for (let left = colons; left > 0; left--) {
    const at = key.indexOf(':', from);
    if (at < 0) throw new RangeError(`${key} is no key of the store`);
    parts.push(key.slice(from, at));
    from = at + 1;
  }
  parts.push(key.slice(from));
  return parts;
}
