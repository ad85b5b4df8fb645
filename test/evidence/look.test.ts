// One file at a time: types by their bytes, sizes before decoding, measures, hashes that survive what people do to pictures.
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { fileLimits, look, type Picture } from '../../src/evidence/look.ts';
import { distance } from '../../src/evidence/picture-hash.ts';
import { jpegOf, scene } from './pictures.ts';

async function seen(bytes: Uint8Array): Promise<Picture> {
  const found = await look(bytes);
  if (!('hashes' in found)) throw new Error(JSON.stringify(found));
  return found;
}

describe('a file', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('that is %s is looked at', async (type) => {
    const picture = await seen(await scene(1)[type]().toBuffer());
    expect(picture).toMatchObject({ type, width: 800, height: 600, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(picture.sharpness).toBeGreaterThan(1);
    expect(picture.entropy).toBeGreaterThan(4);
    expect(picture.brightness).toBeGreaterThan(30);
  });

  it.each<[string, () => Promise<Uint8Array> | Uint8Array, string]>([
    ['nothing', () => new Uint8Array(), 'empty'],
    ['a text', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'), 'type'],
    ['a GIF', () => Buffer.from('GIF89a\u0001\u0000\u0001\u0000', 'latin1'), 'type'],
    ['a TIFF', () => scene(1).tiff().toBuffer(), 'type'],
    ['a HEIC', () => Buffer.from('\u0000\u0000\u0000\u0018ftypheic\u0000\u0000\u0000\u0000', 'latin1'), 'heic'],
    [
      'too many bytes',
      () => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.alloc(fileLimits.bytes)]),
      'too_large',
    ],
    ['a text that begins like a PNG', () => Buffer.from('\u0089PNG\r\n\u001a\n<svg/>', 'latin1'), 'undecodable'],
    ['half a picture', async () => (await jpegOf(1)).subarray(0, 20_000), 'undecodable'],
    [
      'a PNG under the name of a JPEG that is an SVG',
      () => Buffer.from([0xff, 0xd8, 0xff, ...Buffer.from('<svg/>')]),
      'undecodable',
    ],
  ])('of %s is refused', async (_, bytes, refused) => {
    expect(await look(await bytes())).toEqual({ refused });
  });

  it('that would be too large is refused by its header, before a pixel is decoded', async () => {
    // Only the header is there: whoever decoded it would say that it is broken.
    const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } })
      .png()
      .toBuffer();
    png.writeUInt32BE(60_000, 16);
    png.writeUInt32BE(60_000, 20);
    const crc = await import('node:zlib').then(({ crc32 }) => crc32?.(png.subarray(12, 29)));
    if (crc !== undefined) png.writeUInt32BE(crc, 29);
    expect(await look(png)).toEqual({ refused: 'too_many_pixels' });
    const bomb = await sharp({ create: { width: 8000, height: 7000, channels: 3, background: '#888' } })
      .png()
      .toBuffer();
    expect(bomb.length).toBeLessThan(500_000);
    expect(await look(bomb)).toEqual({ refused: 'too_many_pixels' });
  });

  it('is kept upright and without its metadata, the place above all', async () => {
    const exif = { IFD0: { Copyright: 'me' }, IFD3: { GPSLatitude: '31/1 13/1 0/1', GPSLatitudeRef: 'N' } };
    const bytes = await scene(1).jpeg().withMetadata({ orientation: 6 }).withExifMerge(exif).toBuffer();
    expect((await sharp(bytes).metadata()).exif).toBeDefined();
    const { kept, width, height } = await seen(bytes);
    const { exif: left, orientation, icc } = await sharp(kept).metadata();
    expect([left, orientation, icc, width, height]).toEqual([undefined, undefined, undefined, 600, 800]);
  });
});

describe('when a picture was taken', () => {
  const taken = async (exif: Record<string, string>) =>
    (await seen(await scene(1).jpeg().withExif({ IFD2: exif }).toBuffer())).takenAtLatest;

  it('is read with its zone, and without one is the latest that it can be', async () => {
    const DateTimeOriginal = '2026:11:01 10:00:00';
    expect(await taken({ DateTimeOriginal, OffsetTimeOriginal: '+08:00' })).toBe(
      Date.parse('2026-11-01T10:00:00+08:00'),
    );
    expect(await taken({ DateTimeOriginal })).toBe(Date.parse('2026-11-01T22:00:00Z'));
  });

  it('is not known without it, or where it is broken', async () => {
    expect(await taken({ DateTimeOriginal: 'yesterday' })).toBeUndefined();
    expect((await seen(await jpegOf(1))).takenAtLatest).toBeUndefined();
  });
});

describe('the hash of a picture', () => {
  let original: Picture;
  beforeAll(async () => {
    original = await seen(await jpegOf(1, 95));
  });

  /** As a later upload is compared: all its orientations with the upright one that is stored. */
  const away = async (bytes: Uint8Array) => {
    const { hashes } = await seen(bytes);
    return Math.min(...hashes.map((hash) => distance(original.hashes[0] ?? '', hash)));
  };

  it.each<[string, () => Promise<Uint8Array>]>([
    ['saved again', () => jpegOf(1, 40)],
    ['another type', () => scene(1).webp().toBuffer()],
    ['smaller', () => scene(1).resize(500).jpeg().toBuffer()],
    ['brighter', () => scene(1).modulate({ brightness: 1.15 }).jpeg().toBuffer()],
    ['turned', () => scene(1).rotate(90).jpeg().toBuffer()],
    [
      'turned by its EXIF alone',
      async () =>
        sharp(await scene(1).rotate(270).jpeg().toBuffer())
          .withMetadata({ orientation: 6 })
          .toBuffer(),
    ],
    ['mirrored', () => scene(1).flop().jpeg().toBuffer()],
    ['cropped a little', () => scene(1).extract({ left: 16, top: 12, width: 768, height: 576 }).jpeg().toBuffer()],
  ])('is near for one %s', async (_, bytes) => {
    expect(await away(await bytes())).toBeLessThanOrEqual(10);
  });

  it('is far for another', async () => {
    const others = await Promise.all([2, 3, 4, 5].map(async (seed) => away(await jpegOf(seed))));
    for (const found of others) expect(found).toBeGreaterThan(10);
  });
});
