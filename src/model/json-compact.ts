// Text that JSON.parse reads without losing anything, told by its length: no member of it is said twice, no digit is
// dropped, when the value's shortest spelling is as long as the text.
import { isWellFormed } from './json-reader.ts';
import type { Json } from './json-value.ts';

/** Escapes, exponents and many digits: equal length proves nothing then. May also stop at such a place inside a text. */
const awkward = /\\|(?:^|[:,[\s])-?\d(?:[\d.]*[eE]|[\d.]{16})/;

/** @returns undefined for broken text, and for text that has to be read with care */
export function parseCompact(text: string, depth: number, keys: number): Json | undefined {
  if (text.includes('\\u') || !isWellFormed(text)) return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const length = compactLength(value, depth, keys);
  if (length < 0) return undefined;
  // Writing it out again to compare costs more than reading it did.
  const isWhole = awkward.test(text) ? JSON.stringify(value) === text : length === text.length;
  return isWhole ? value : undefined;
}

const refused = -1;

/** @returns characters of the shortest spelling, text counted without escapes; -1 beyond the limits or for an unsafe integer */
function compactLength(value: Json, depth: number, keys: number): number {
  if (typeof value === 'string') return value.length + 2;
  if (typeof value === 'number') return numberLength(value);
  if (value === null || value === true) return 4;
  if (value === false) return 5;
  if (depth === 0) return refused;
  return Array.isArray(value) ? itemsLength(value, depth - 1, keys) : membersLength(value, depth - 1, keys);
}

function itemsLength(items: readonly Json[], depth: number, keys: number): number {
  let sum = 2 + Math.max(0, items.length - 1);
  for (let at = 0; at < items.length; at++) {
    const length = compactLength(items[at] as Json, depth, keys);
    if (length < 0) return refused;
    sum += length;
  }
  return sum;
}

function membersLength(members: { readonly [key: string]: Json }, depth: number, keys: number): number {
  let sum = 1;
  let count = 0;
  for (const key in members) {
    const value = members[key] as Json;
    const length = typeof value === 'string' ? value.length + 2 : compactLength(value, depth, keys);
    if (length < 0 || ++count > keys) return refused;
    sum += key.length + length + 4;
  }
  return count === 0 ? 2 : sum;
}

function numberLength(value: number): number {
  if (!Number.isInteger(value)) return String(value).length;
  if (!Number.isSafeInteger(value)) return refused;
  let length = value < 0 ? 2 : 1;
  const size = Math.abs(value);
  for (let bound = 10; size >= bound; bound *= 10) length++;
  return length;
}
