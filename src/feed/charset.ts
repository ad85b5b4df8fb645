// Text as bytes of the character set that a reader asked for, and what that set has no bytes for.
import iconv from 'iconv-lite';
import type { Charset } from '../connector/contract.ts';

const loneSurrogate = /\p{Surrogate}/u;

/** @returns the first character that the set cannot hold: a writer would put a `?` in its place */
export function unwritableIn(text: string, charset: Charset): string | undefined {
  if (charset === 'utf-8') return loneSurrogate.exec(text)?.[0];
  if (survives(text, charset)) return undefined;
  return [...text].find((character) => !survives(character, charset));
}

const survives = (text: string, charset: Charset): boolean =>
  iconv.decode(iconv.encode(text, charset), charset) === text;

/** `"€" (U+20AC)` */
export function characterName(character: string): string {
  const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return /[\p{C}\p{Z}]/u.test(character) ? `U+${code}` : `"${character}" (U+${code})`;
}

export const bytesOf = (text: string, charset: Charset): Uint8Array<ArrayBuffer> =>
  new Uint8Array(iconv.encode(text, charset));
