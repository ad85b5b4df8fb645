// Looks at one uploaded file: what it is, how good it is, what it looks like; refused before a pixel is decoded where it may not be.
import { createHash } from 'node:crypto';
import sharp, { type Sharp } from 'sharp';
import { type ImageType, imageType, isHeic } from './image-type.ts';
import { hashSide, type PictureHash, pictureHashes } from './picture-hash.ts';
import { takenAtLatest } from './taken-at.ts';

// The decoder reads more types than we do: whatever gets past the first bytes meets no other reader.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer', 'VipsForeignLoadWebpBuffer'],
});

export const fileLimits = { files: 6, bytes: 10 * 1024 * 1024, pixels: 50_000_000, decodeSeconds: 10 } as const;

export interface Picture {
  /** Of the bytes as they came. */
  sha256: string;
  type: ImageType;
  /** Upright, as its orientation says. */
  width: number;
  height: number;
  sharpness: number;
  entropy: number;
  /** Mean, 0 to 255. */
  brightness: number;
  /** Of its eight orientations, the upright one first. */
  hashes: readonly PictureHash[];
  takenAtLatest: number | undefined;
  /** Encoded again, upright and without its metadata: what is kept. */
  kept: Uint8Array;
}

/** not_an_image and the others: the file is refused. slow: it was not looked at, and a person does. */
export type Unseen =
  | { refused: 'empty' | 'too_large' | 'heic' | 'type' | 'too_many_pixels' | 'undecodable' }
  | { slow: true; sha256: string };

export async function look(bytes: Uint8Array, seconds: number = fileLimits.decodeSeconds): Promise<Picture | Unseen> {
  if (bytes.length === 0) return { refused: 'empty' };
  if (bytes.length > fileLimits.bytes) return { refused: 'too_large' };
  const type = imageType(bytes);
  if (!type) return { refused: isHeic(bytes) ? 'heic' : 'type' };
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  try {
    return await decode(bytes, { type, sha256, seconds });
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (/timeout/i.test(message)) return { slow: true, sha256 };
    return { refused: /pixel limit/i.test(message) ? 'too_many_pixels' : 'undecodable' };
  }
}

interface About {
  type: ImageType;
  sha256: string;
  seconds: number;
}

/** @throws Error where the header says too much, or the pixels are not what it says */
async function decode(bytes: Uint8Array, { type, sha256, seconds }: About): Promise<Picture> {
  const open = (input: Uint8Array): Sharp =>
    sharp(input, { limitInputPixels: fileLimits.pixels, failOn: 'error' }).timeout({ seconds });
  const { exif } = await open(bytes).metadata();
  const upright = await open(bytes).autoOrient().jpeg({ quality: 90 }).toBuffer({ resolveWithObject: true });
  const { width, height } = upright.info;
  const [stats, grey] = await Promise.all([
    open(upright.data).stats(),
    open(upright.data).greyscale().resize(hashSide, hashSide, { fit: 'fill' }).raw().toBuffer(),
  ]);
  const brightness = stats.channels.slice(0, 3).reduce((sum, { mean }, _, all) => sum + mean / all.length, 0);
  return {
    ...{ sha256, type, width, height, sharpness: stats.sharpness, entropy: stats.entropy, brightness },
    ...{ hashes: pictureHashes(grey), takenAtLatest: takenAtLatest(exif), kept: upright.data },
  };
}

/** A smaller picture for whoever else looks at it. @param most pixels of the longer side */
export const smaller = (kept: Uint8Array, most: number): Promise<Uint8Array> =>
  sharp(kept, { limitInputPixels: fileLimits.pixels })
    .resize(most, most, { fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: 80 })
    .toBuffer();
