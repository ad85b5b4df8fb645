// Files at the edge of what may be shown: each is looked at, refused or asked for again, and none does harm.
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { createBench, type KnownPicture } from '../../src/evidence/bench.ts';
import { look, type Picture } from '../../src/evidence/look.ts';
import { shippedReturnsPolicy } from '../policy/returns/shipped.ts';
import { jpegOf, scene } from './pictures.ts';

const { evidence: rules } = shippedReturnsPolicy();

async function seen(bytes: Uint8Array): Promise<Picture> {
  const found = await look(bytes);
  if (!('hashes' in found)) throw new Error(JSON.stringify(found));
  return found;
}

describe('a file', () => {
  const types = ['jpeg', 'png', 'webp'] as const;

  it.each(types)('of %s that was cut off anywhere is refused, and nothing falls over', async (type) => {
    const whole = await scene(1, 640, 480)[type]().toBuffer();
    for (const share of [0.001, 0.01, 0.3, 0.9]) {
      const found = await look(whole.subarray(0, Math.max(1, Math.floor(whole.length * share))));
      expect(found, `${type}, ${share} of it`).toHaveProperty('refused');
    }
  });

  it.each(types)('of %s whose bytes were changed is looked at or refused, and nothing falls over', async (type) => {
    const whole = await scene(1, 640, 480)[type]().toBuffer();
    for (let no = 1; no <= 8; no++) {
      const bytes = Buffer.from(whole);
      for (let at = 0; at < 40; at++) bytes[16 + ((at * no * 7919) % (bytes.length - 16))] = (at * no) % 256;
      const found = await look(bytes);
      if ('refused' in found) expect(found.refused).toMatch(/^(undecodable|too_many_pixels|type)$/);
      else expect(found).toHaveProperty('sha256');
    }
  });

  it.each<[string, () => Buffer]>([
    ['a ZIP', () => Buffer.from('PK\u0003\u0004', 'latin1')],
    ['a PDF', () => Buffer.from('%PDF-1.7')],
    ['a program', () => Buffer.from('MZ')],
    ['a page', () => Buffer.from('<!doctype html><img src=x>')],
    ['a RIFF that is no WebP', () => Buffer.from('RIFF\u0010\u0000\u0000\u0000WAVEfmt ', 'latin1')],
    ['one byte', () => Buffer.from([0xff])],
  ])('that is %s is refused by its first bytes', async (_, bytes) => {
    expect(await look(Buffer.concat([bytes(), Buffer.alloc(1_000)]))).toEqual({ refused: 'type' });
  });

  it('that unpacks to far more than its header says is refused', async () => {
    // Eight by eight pixels, and a gigabyte of zeros behind them would follow if anybody read on.
    expect(await look(png({ side: 8, data: deflateSync(Buffer.alloc(64 * 1024 * 1024)) }))).not.toHaveProperty('slow');
    // A header that says 7,000 by 7,000, and hardly any data.
    expect(await look(png({ side: 7_000, data: deflateSync(Buffer.alloc(1_000)) }))).toHaveProperty('refused');
  });

  it('of words only, without a picture behind them, does not grow', async () => {
    const text = Buffer.concat([Buffer.from('words\0\0', 'latin1'), deflateSync(Buffer.alloc(32 * 1024 * 1024))]);
    const base = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#888' } })
      .png()
      .toBuffer();
    const bytes = Buffer.concat([base.subarray(0, 33), chunk('zTXt', text), base.subarray(33)]);
    const before = process.memoryUsage().rss;
    await look(bytes);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });

  it.each<[string, () => Promise<Buffer>, 'jpeg' | 'png' | 'webp']>([
    ['that moves', () => moving(), 'webp'],
    ['in CMYK', () => scene(1).toColourspace('cmyk').jpeg().toBuffer(), 'jpeg'],
    ['of 16 bits', () => scene(1).toColourspace('rgb16').png().toBuffer(), 'png'],
    ['in grey', () => scene(1).greyscale().jpeg().toBuffer(), 'jpeg'],
    ['with a palette', () => scene(1).png({ palette: true, colours: 64 }).toBuffer(), 'png'],
    ['that is partly transparent', () => scene(1).ensureAlpha(0.5).png().toBuffer(), 'png'],
    ['that is progressive', () => scene(1).jpeg({ progressive: true }).toBuffer(), 'jpeg'],
    ['that is interlaced', () => scene(1).png({ progressive: true }).toBuffer(), 'png'],
  ])('%s is looked at like any other, and kept as a plain JPEG', async (_, bytes, type) => {
    const picture = await seen(await bytes());
    expect(picture).toMatchObject({ type, width: 800, height: 600 });
    const kept = await sharp(picture.kept).metadata();
    expect(kept).toMatchObject({ format: 'jpeg', width: 800, height: 600 });
    expect(['srgb', 'b-w']).toContain(kept.space);
    expect(kept.pages ?? 1).toBe(1);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turned by EXIF %i is kept upright', async (orientation) => {
    const { width, height, kept } = await seen(await scene(1).withMetadata({ orientation }).jpeg().toBuffer());
    expect([width, height]).toEqual(orientation > 4 ? [600, 800] : [800, 600]);
    expect((await sharp(kept).metadata()).orientation).toBeUndefined();
  });
});

describe('the picture of one return', () => {
  let known: KnownPicture;
  beforeAll(async () => {
    const { sha256, hashes } = await seen(await jpegOf(1));
    known = { no: 1, returnId: 'ret_1', customerId: 'cus_1', sha256, pictureHash: hashes[0] ?? '' };
  });

  async function shownAgain(bytes: Uint8Array, returnId = 'ret_2'): Promise<string[]> {
    const upload = { returnId, reason: 'size', deliveredAt: null, files: [bytes], rules, known: [known] };
    const found = await createBench()(upload);
    if ('refused' in found) throw new Error(JSON.stringify(found.refused));
    return [found.outcome, ...found.checks.map(({ check }) => check)];
  }

  it.each<[string, () => Promise<Buffer>]>([
    ['the same file', () => jpegOf(1)],
    ['saved again', () => jpegOf(1, 30)],
    ['saved as PNG', () => scene(1).png().toBuffer()],
    ['saved as WebP', () => scene(1).webp({ quality: 60 }).toBuffer()],
    ['made smaller', () => scene(1).resize(660).jpeg().toBuffer()],
    ['made larger', () => scene(1).resize(1600).jpeg().toBuffer()],
    [
      'cropped by four in a hundred',
      () => scene(1).extract({ left: 16, top: 12, width: 768, height: 576 }).jpeg().toBuffer(),
    ],
    ['turned over', () => scene(1).rotate(180).jpeg().toBuffer()],
    ['in grey', () => scene(1).greyscale().jpeg().toBuffer()],
    [
      'with a mark upon it',
      () =>
        scene(1)
          .composite([{ input: mark, left: 40, top: 40 }])
          .jpeg()
          .toBuffer(),
    ],
  ])("%s for another one is a person's to see", async (_, bytes) => {
    expect(await shownAgain(await bytes())).toEqual(['review', 'duplicate']);
  });

  it('for the same return again is no duplicate', async () => {
    expect(await shownAgain(await jpegOf(1), 'ret_1')).toEqual(['pass']);
  });

  it('is not found in other pictures', async () => {
    for (const seed of [2, 3, 4, 5, 6, 7]) expect(await shownAgain(await jpegOf(seed))).toEqual(['pass']);
  });
});

const mark = {
  create: { width: 60, height: 20, channels: 4 as const, background: { r: 255, g: 255, b: 255, alpha: 0.5 } },
};

/** Two frames of a WebP. */
async function moving(): Promise<Buffer> {
  const frames = await Promise.all([1, 2].map((seed) => scene(seed).raw().toBuffer()));
  const pages = { width: 800, height: 1200, channels: 3 as const, pageHeight: 600 };
  return sharp(Buffer.concat(frames), { raw: pages })
    .webp({ loop: 0, delay: [100, 100] })
    .toBuffer();
}

function png({ side, data }: { side: number; data: Buffer }): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(8);
  framed.writeUInt32BE(data.length, 0);
  framed.writeUInt32BE(crcOf(named), 4);
  return Buffer.concat([framed.subarray(0, 4), named, framed.subarray(4)]);
}

/** As PNG has it. Node 20 has no crc32 in its early releases. */
function crcOf(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
