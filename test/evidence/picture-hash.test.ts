// Distances and the packed scan, against the obvious way to compute them.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { distance, hashSide, nearIn, pack, pictureHashes } from '../../src/evidence/picture-hash.ts';

const hash = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map((bits) => bits.toString(16).padStart(16, '0'));
const slowly = (a: string, b: string) =>
  [...(BigInt(`0x${a}`) ^ BigInt(`0x${b}`)).toString(2)].filter((bit) => bit === '1').length;

it('the distance is the number of bits that differ', () => {
  fc.assert(
    fc.property(hash, hash, (a, b) => {
      expect(distance(a, b)).toBe(slowly(a, b));
      expect([distance(a, a), distance(a, b) - distance(b, a)]).toEqual([0, 0]);
    }),
    { numRuns: 1000 },
  );
});

it('the packed scan finds what lies near any of the hashes asked for', () => {
  fc.assert(
    fc.property(
      fc.array(hash, { maxLength: 40 }),
      fc.array(hash, { minLength: 1, maxLength: 8 }),
      fc.nat(64),
      (all, asked, most) => {
        const wanted = all
          .map((one, at) => ({ at, distance: Math.min(...asked.map((other) => slowly(one, other))) }))
          .filter((one) => one.distance <= most);
        expect(nearIn(pack(all), asked, most)).toEqual(wanted);
      },
    ),
    { numRuns: 300 },
  );
});

it('a turned or mirrored picture has the same hashes in another order', () => {
  const grey = Uint8Array.from({ length: hashSide ** 2 }, (_, at) => (at * 7919 + (at >> 6) * 31) % 256);
  const turned = Uint8Array.from({ length: hashSide ** 2 }, (_, at) => {
    const [x, y] = [at % hashSide, Math.floor(at / hashSide)];
    return grey[(hashSide - 1 - x) * hashSide + y] as number;
  });
  expect(new Set(pictureHashes(turned))).toEqual(new Set(pictureHashes(grey)));
  expect(pictureHashes(grey)).toHaveLength(8);
});
