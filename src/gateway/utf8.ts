// Bytes to text, strictly; what is no UTF-8 is refused with the place in the document where it stands.
import { isUtf8 } from 'node:buffer';
import { decodeUtf8, JsonFault, parseJson } from '../model/json.ts';
import { refuseFaults } from './problem.ts';

const byteOrderMark = 0xef;

/** @throws EdgeProblem 400 */
export function textOf(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw refuseFaults([{ path: placeOf(bytes), message: 'is not valid UTF-8' }]);
  return bytes[0] === byteOrderMark ? decodeUtf8(bytes) : bytes.toString('utf8');
}

/** A JSON pointer, or a line for NDJSON: the reader names the first lone surrogate, so one is put where the bytes break. */
function placeOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  const broken = brokenAt(text, bytes);
  try {
    parseJson(`${text.slice(0, broken)}\ud800${text.slice(broken + 1)}`);
    return '';
  } catch (error) {
    if (error instanceof JsonFault && error.path !== '') return error.path;
    const line = text.slice(0, broken).split('\n').length;
    return line > 1 ? `/line ${line}` : '';
  }
}

const replacement = Buffer.from('\ufffd');

/** Index of the first replacement character that was not sent as one. */
function brokenAt(text: string, bytes: Buffer): number {
  let index = text.indexOf('\ufffd');
  let offset = Buffer.byteLength(text.slice(0, index));
  while (index >= 0 && bytes.subarray(offset, offset + 3).equals(replacement)) {
    const next = text.indexOf('\ufffd', index + 1);
    offset += Buffer.byteLength(text.slice(index, next));
    index = next;
  }
  return index;
}
