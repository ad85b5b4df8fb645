// A JSON reader that says where a text goes wrong, refuses what JSON.parse lets pass, and keeps long numbers.
import { JsonFault, type Lossless, type LosslessObject, NumberText, pointer } from './json-value.ts';
import { put } from './own.ts';

export interface JsonLimits {
  /** Deepest nesting of arrays and objects. */
  depth: number;
  /** Most members of one object. */
  keys: number;
}

/** Recursion is bounded by `limits.depth`. */
interface Reader {
  readonly text: string;
  readonly limits: JsonLimits;
  at: number;
  path: (string | number)[];
}

/** @throws JsonFault naming the place */
export function readJson(text: string, limits: JsonLimits): Lossless {
  const reader: Reader = { text, limits, at: 0, path: [] };
  const value = readValue(reader, 0);
  if (skipSpace(reader) < text.length) fail(reader, `unexpected ${shown(reader)} after the value`);
  return value;
}

function fail(reader: Reader, message: string): never {
  const path = reader.path.reduce<string>(pointer, '');
  throw new JsonFault(path, `${message} (position ${reader.at})`);
}

function shown(reader: Reader): string {
  const char = reader.text[reader.at];
  return char === undefined ? 'end of text' : JSON.stringify(char);
}

function skipSpace(reader: Reader): number {
  const { text } = reader;
  let at = reader.at;
  for (
    let code = text.charCodeAt(at);
    code === 32 || code === 10 || code === 13 || code === 9;
    code = text.charCodeAt(at)
  )
    at++;
  reader.at = at;
  return at;
}

const quote = 34;
const comma = 44;
const colon = 58;
const minus = 45;
const openBracket = 91;
const closeBracket = 93;
const openBrace = 123;
const closeBrace = 125;

const words: readonly (readonly [string, Lossless])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];

function readValue(reader: Reader, depth: number): Lossless {
  const code = reader.text.charCodeAt(skipSpace(reader));
  if (code === quote) return readText(reader);
  if (code === openBrace || code === openBracket) {
    if (depth >= reader.limits.depth) fail(reader, `is nested deeper than ${reader.limits.depth}`);
    return code === openBrace ? readObject(reader, depth + 1) : readArray(reader, depth + 1);
  }
  if (code === minus || (code >= 48 && code <= 57)) return readNumber(reader);
  for (const [word, value] of words) {
    if (!reader.text.startsWith(word, reader.at)) continue;
    reader.at += word.length;
    return value;
  }
  return fail(reader, `expected a value, found ${shown(reader)}`);
}

function readObject(reader: Reader, depth: number): LosslessObject {
  const object: LosslessObject = {};
  let count = 0;
  reader.at++;
  if (takes(reader, closeBrace)) return object;
  do {
    skipSpace(reader);
    if (reader.text.charCodeAt(reader.at) !== quote) fail(reader, `expected a member name, found ${shown(reader)}`);
    const key = readText(reader);
    reader.path.push(key);
    if (Object.hasOwn(object, key)) fail(reader, 'is given twice');
    if (++count > reader.limits.keys) fail(reader, `is one of more than ${reader.limits.keys} members`);
    if (!takes(reader, colon)) fail(reader, `expected ":", found ${shown(reader)}`);
    put(object, key, readValue(reader, depth));
    reader.path.pop();
  } while (takes(reader, comma));
  if (!takes(reader, closeBrace)) fail(reader, `expected "," or "}", found ${shown(reader)}`);
  return object;
}

function readArray(reader: Reader, depth: number): Lossless[] {
  const items: Lossless[] = [];
  reader.at++;
  if (takes(reader, closeBracket)) return items;
  do {
    reader.path.push(items.length);
    items.push(readValue(reader, depth));
    reader.path.pop();
  } while (takes(reader, comma));
  if (!takes(reader, closeBracket)) fail(reader, `expected "," or "]", found ${shown(reader)}`);
  return items;
}

function takes(reader: Reader, code: number): boolean {
  if (reader.text.charCodeAt(skipSpace(reader)) !== code) return false;
  reader.at++;
  return true;
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function readNumber(reader: Reader): number | NumberText {
  number.lastIndex = reader.at;
  const text = number.exec(reader.text)?.[0];
  if (text === undefined) return fail(reader, 'is not a number');
  reader.at += text.length;
  const value = Number(text);
  return holds(value, text) ? value : new NumberText(text);
}

/** Whether the double says the same as the text: no digit lost, no overflow, no negative zero. */
function holds(value: number, text: string): boolean {
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  const written = String(value);
  return written === text || decimal(written) === decimal(text);
}

/** Sign, significant digits and exponent of a decimal numeral. */
function decimal(text: string): string {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  const power = significant === '' ? 0 : Number(exponent) - fraction.length + digits.length - significant.length;
  return `${text.startsWith('-') ? '-' : ''}${significant}e${power}`;
}

function readText(reader: Reader): string {
  const { text } = reader;
  const start = reader.at + 1;
  let end = start;
  let plain = true;
  for (let code = text.charCodeAt(end); code !== 34; code = text.charCodeAt(++end)) {
    if (code >= 32 && code !== 92) continue;
    reader.at = end;
    if (Number.isNaN(code)) fail(reader, 'text has no closing quote');
    if (code < 32) fail(reader, code === 0 ? 'text holds NUL' : 'text holds a raw control character');
    plain = false;
    end++;
  }
  const value = plain ? text.slice(start, end) : unescaped(reader, text.slice(start - 1, end + 1));
  reader.at = end + 1;
  if (!plain && value.includes('\0')) fail(reader, 'text holds NUL');
  if (!isWellFormed(value)) fail(reader, 'text holds a lone surrogate');
  return value;
}

function unescaped(reader: Reader, quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return fail(reader, 'text holds an unknown escape');
  }
}

/** @returns false when the text holds half of a surrogate pair (`isWellFormed` is newer than the library types) */
export const isWellFormed = (text: string): boolean => (text as unknown as { isWellFormed(): boolean }).isWellFormed();
