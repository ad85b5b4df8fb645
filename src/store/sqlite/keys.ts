// Reads the names that a decision asks for.
import type { Key } from '../store.ts';

export type ParsedKey =
  | { kind: 'record'; id: string }
  | { kind: 'ext'; system: string; type: string; externalId: string }
  | { kind: 'match'; type: string; field: string; value: string }
  | { kind: 'key'; system: string; key: string };

/** The last part may hold colons, the ones before it never do. */
export function parseKey(key: Key): ParsedKey {
  const first = key.indexOf(':');
  if (first < 0) return { kind: 'record', id: key };
  switch (key.slice(0, first)) {
    case 'ext': {
      const [system, type, externalId] = split(key, first, 2) as [string, string, string];
      return { kind: 'ext', system, type, externalId };
    }
    case 'match': {
      const [type, field, value] = split(key, first, 2) as [string, string, string];
      return { kind: 'match', type, field, value };
    }
    case 'key': {
      const [system, rest] = split(key, first, 1) as [string, string];
      return { kind: 'key', system, key: rest };
    }
    default:
      return { kind: 'record', id: key };
  }
}

function split(key: string, first: number, colons: number): string[] {
  const parts: string[] = [];
  let from = first + 1;
  for (let left = colons; left > 0; left--) {
    const at = key.indexOf(':', from);
    if (at < 0) throw new RangeError(`${key} is no key of the store`);
    parts.push(key.slice(from, at));
    from = at + 1;
  }
  parts.push(key.slice(from));
  return parts;
}
