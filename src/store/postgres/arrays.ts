// Columns as the server takes them in binary: as text, every quote of every JSON would be escaped here and read again there.

export type ArrayType = 'bigint' | 'text';

const elementTypes: Record<ArrayType, number> = { bigint: 20, text: 25 };
const [headBytes, lengthBytes, bigintBytes] = [20, 4, 8];
const upper = 2 ** 32;

/** @throws TypeError when a value is no whole number that the server and this program read as the same */
export function arrayOf(type: ArrayType, values: readonly unknown[]): Buffer {
  return type === 'bigint' ? bigints(values) : texts(values);
}

function bigints(values: readonly unknown[]): Buffer {
  const bytes = Buffer.allocUnsafe(headBytes + values.length * (lengthBytes + bigintBytes));
  let at = putHead(bytes, 'bigint', values.length);
  for (const value of values) {
    if (value === null || value === undefined) {
      at = bytes.writeInt32BE(-1, at);
      continue;
    }
    if (!Number.isSafeInteger(value)) throw new TypeError(`${value} is no number for a column`);
    at = bytes.writeInt32BE(bigintBytes, at);
    const high = Math.floor((value as number) / upper);
    at = bytes.writeInt32BE(high, at);
    at = bytes.writeUInt32BE((value as number) - high * upper, at);
  }
  return bytes.subarray(0, at);
}

function texts(values: readonly unknown[]): Buffer {
  let size = headBytes;
  for (const value of values) size += lengthBytes + (typeof value === 'string' ? Buffer.byteLength(value) : 0);
  const bytes = Buffer.allocUnsafe(size);
  let at = putHead(bytes, 'text', values.length);
  for (const value of values) {
    if (value === null || value === undefined) {
      at = bytes.writeInt32BE(-1, at);
      continue;
    }
    if (typeof value !== 'string') throw new TypeError(`${value} is no text for a column`);
    const length = bytes.write(value, at + lengthBytes);
    bytes.writeInt32BE(length, at);
    at += lengthBytes + length;
  }
  return bytes;
}

/** Dimensions, whether nulls may come, type of the elements, how many, number of the first. @returns where they begin */
function putHead(bytes: Buffer, type: ArrayType, count: number): number {
  let at = bytes.writeInt32BE(1, 0);
  at = bytes.writeInt32BE(1, at);
  at = bytes.writeInt32BE(elementTypes[type], at);
  at = bytes.writeInt32BE(count, at);
  return bytes.writeInt32BE(1, at);
}
