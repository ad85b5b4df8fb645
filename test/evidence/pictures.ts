// Pictures made on the spot: a scene of soft waves and grain, so that each seed looks like a photo of something else.
import sharp, { type Sharp } from 'sharp';

/** @returns brightnesses that change softly over the picture, as those of a photo do */
export function scene(seed: number, width = 800, height = 600): Sharp {
  return sharp(pixelsOf(seed, width, height), { raw: { width, height, channels: 3 } });
}

const made = new Map<string, Buffer>();

function pixelsOf(seed: number, width: number, height: number): Buffer {
  const name = `${seed}/${width}/${height}`;
  const known = made.get(name);
  if (known) return known;
  const data = Buffer.alloc(width * height * 3);
  made.set(name, data);
  const wave = (at: number): number => Math.sin(seed * 12.9898 + at * 78.233);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      let light = 128;
      for (let n = 1; n <= 6; n++)
        light += 22 * Math.sin((x / width) * 7 * wave(n) + (y / height) * 7 * wave(n + 10) + seed + n);
      const grain = ((x * 7919 + y * 104_729 + seed * 31) % 61) - 30;
      const at = (y * width + x) * 3;
      for (let channel = 0; channel < 3; channel++)
        data[at + channel] = Math.max(0, Math.min(255, light + grain + channel * 5));
    }
  return data;
}

export const jpegOf = (seed: number, quality = 85): Promise<Buffer> => scene(seed).jpeg({ quality }).toBuffer();
