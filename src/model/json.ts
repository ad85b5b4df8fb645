// JSON in and out: strict about what it takes, exact about what it keeps.
import { parseCompact } from './json-compact.ts';
import { readJson } from './json-reader.ts';
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

/** Numbers that kept their text are written with it, digit for digit. */
export function stringifyJson(value: Lossless): string {
  NumberText.met = false;
  const text = JSON.stringify(value);
  return NumberText.met ? write(value) : text;
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
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && equalItems(a, b);
  let count = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !equalJson(a[key], b[key])) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}

function equalItems(a: readonly Lossless[], b: readonly Lossless[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (!equalJson(a[at], b[at])) return false;
  return true;
}
