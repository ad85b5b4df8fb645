// JSON in and out: strict about what it takes, exact about what it keeps.
import { isWellFormed, readJson } from './json-reader.ts';
import { type Json, JsonFault, type JsonObject, type Lossless, NumberText } from './json-value.ts';
import { put } from './own.ts';

export { type Json, JsonFault, type JsonObject, type Lossless, type LosslessObject, NumberText } from './json-value.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes strictly; one byte order mark at the start is dropped.
 * @throws JsonFault on bytes that are not UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new JsonFault('', 'is not valid UTF-8');
  }
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
}

/**
 * @param limits most nesting (64) and most members of one object (10,000)
 * @throws JsonFault for broken syntax, duplicate keys, too much nesting, lone surrogates and NUL
 */
export function parseJson(text: string, limits: { depth?: number; keys?: number } = {}): Lossless {
  const { depth = 64, keys = 10_000 } = limits;
  return parseCompact(text, depth, keys) ?? readJson(text, { depth, keys });
}

/** Text that comes out again as it went in holds nothing JSON.parse would lose; anything else is read with care. */
function parseCompact(text: string, depth: number, keys: number): Lossless | undefined {
  if (text.includes('\\u') || !isWellFormed(text)) return undefined;
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  return fits(value, depth, keys) && JSON.stringify(value) === text ? value : undefined;
}

function fits(value: Json, depth: number, keys: number): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) || !Number.isInteger(value);
  if (value === null || typeof value !== 'object') return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((item) => fits(item, depth - 1, keys));
  let count = 0;
  for (const key in value) {
    if (++count > keys || !fits(value[key] as Json, depth - 1, keys)) return false;
  }
  return true;
}

/** Numbers that kept their text are written with it, digit for digit. */
export function stringifyJson(value: Lossless): string {
  return plain(value) ? JSON.stringify(value) : write(value);
}

function plain(value: Lossless): boolean {
  if (value === null || typeof value !== 'object') return true;
  if (value instanceof NumberText) return false;
  return Array.isArray(value) ? value.every(plain) : Object.values(value).every(plain);
}

function write(value: Lossless): string {
  if (value instanceof NumberText) return value.text;
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  const members = Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${write(member)}`);
  return `{${members.join(',')}}`;
}

/** Canonical reading of a payload's value: a number that kept its text becomes that text. */
export function toJson(value: Lossless): Json {
  if (value instanceof NumberText) return value.text;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map(toJson);
  const object: JsonObject = {};
  for (const key of Object.keys(value)) put(object, key, toJson(value[key] as Lossless));
  return object;
}

/** Deep equality; the order of members does not count, that of array items does. */
export function equalJson(a: Lossless | undefined, b: Lossless | undefined): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (a instanceof NumberText || b instanceof NumberText) {
    return a instanceof NumberText && b instanceof NumberText && a.text === b.text;
  }
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) &&
      Array.isArray(b) &&
      a.length === b.length &&
      a.every((item, index) => equalJson(item, b[index]))
    );
  }
  let count = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !equalJson(a[key], b[key])) return false;
    count++;
  }
  return count === Object.keys(b).length;
}
