// Perceptual hashes: 64 bits of which neighbour is brighter, alike for one picture however it was saved.

/** 16 hexadecimal digits. */
export type PictureHash = string;

const columns = 9;
const rows = 8;
/** The grey picture that hashes are made of: square, and divisible by columns and rows. */
export const hashSide = 72;

/** @param grey hashSide × hashSide brightnesses, row by row. @returns of its eight orientations, the upright one first */
export function pictureHashes(grey: Uint8Array): PictureHash[] {
  const last = hashSide - 1;
  const orientations: ((x: number, y: number) => number)[] = [
    (x, y) => y * hashSide + x,
    (x, y) => y * hashSide + last - x,
    (x, y) => (last - y) * hashSide + x,
    (x, y) => (last - y) * hashSide + last - x,
    (x, y) => x * hashSide + y,
    (x, y) => x * hashSide + last - y,
    (x, y) => (last - x) * hashSide + y,
    (x, y) => (last - x) * hashSide + last - y,
  ];
  return orientations.map((at) => hashOf((x, y) => grey[at(x, y)] as number));
}

function hashOf(pixel: (x: number, y: number) => number): PictureHash {
  const cells = Array.from({ length: rows }, (_, row) =>
    Array.from({ length: columns }, (_, column) => brightness(pixel, column, row)),
  );
  let bits = '';
  for (const row of cells)
    for (let column = 1; column < columns; column++)
      bits += (row[column] as number) > (row[column - 1] as number) ? '1' : '0';
  return BigInt(`0b${bits}`).toString(16).padStart(16, '0');
}

/** Of one cell, as the sum of its pixels: no rounding that a second saving could turn over. */
function brightness(pixel: (x: number, y: number) => number, column: number, row: number): number {
  const [width, height] = [hashSide / columns, hashSide / rows];
  let sum = 0;
  for (let y = row * height; y < (row + 1) * height; y++)
    for (let x = column * width; x < (column + 1) * width; x++) sum += pixel(x, y);
  return sum;
}

/** Bits in which two hashes differ: 0 to 64. */
export const distance = (a: PictureHash, b: PictureHash): number => {
  const [aHigh, aLow] = halves(a);
  const [bHigh, bLow] = halves(b);
  return ones(aHigh ^ bHigh) + ones(aLow ^ bLow);
};

/** Hashes in a row of 32-bit halves: a million of them are one scan of eight megabytes. */
export function pack(hashes: readonly PictureHash[]): Uint32Array {
  const packed = new Uint32Array(hashes.length * 2);
  hashes.forEach((hash, at) => {
    packed.set(halves(hash), at * 2);
  });
  return packed;
}

export interface Near {
  /** Place among the packed hashes. */
  at: number;
  distance: number;
}

/** @param asked the orientations of one picture @returns what lies near any of them, in packed order */
export function nearIn(packed: Uint32Array, asked: readonly PictureHash[], most: number): Near[] {
  const wanted = asked.map(halves);
  const found: Near[] = [];
  for (let at = 0; at * 2 < packed.length; at++) {
    const [high, low] = [packed[at * 2] as number, packed[at * 2 + 1] as number];
    let nearest = 65;
    for (const [h, l] of wanted) nearest = Math.min(nearest, ones(high ^ h) + ones(low ^ l));
    if (nearest <= most) found.push({ at, distance: nearest });
  }
  return found;
}

const halves = (hash: PictureHash): [number, number] => [
  Number.parseInt(hash.slice(0, 8), 16),
  Number.parseInt(hash.slice(8), 16),
];

function ones(bits: number): number {
  let left = bits - ((bits >>> 1) & 0x55555555);
  left = (left & 0x33333333) + ((left >>> 2) & 0x33333333);
  return Math.imul((left + (left >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
