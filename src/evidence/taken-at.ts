// When a picture was taken, as its EXIF data says; everything else in it, the place above all, is left unread.

const tags = { exif: 0x8769, taken: 0x9003, offset: 0x9011 };

/** @returns the latest instant at which it can have been taken, ms since 1970: the clock of a camera may lack its zone */
export function takenAtLatest(exif: Uint8Array | undefined): number | undefined {
  if (!exif) return undefined;
  try {
    return read(exif);
  } catch {
    // Broken data says nothing, as missing data does: messengers strip it.
    return undefined;
  }
}

const hour = 3_600_000;

function read(exif: Uint8Array): number | undefined {
  const start = String.fromCharCode(...exif.subarray(0, 4)) === 'Exif' ? 6 : 0;
  const view = new DataView(exif.buffer, exif.byteOffset + start, exif.byteLength - start);
  const little = view.getUint16(0) === 0x4949;
  const main = entries(view, view.getUint32(4, little), little);
  const inner = main.get(tags.exif);
  if (inner === undefined) return undefined;
  const found = entries(view, view.getUint32(inner + 8, little), little);
  const taken = textOf(view, found.get(tags.taken), little);
  const parts = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/.exec(taken);
  if (!parts) return undefined;
  const offset = /^[+-]\d\d:\d\d/.exec(textOf(view, found.get(tags.offset), little))?.[0];
  const local = Date.parse(`${parts[1]}-${parts[2]}-${parts[3]}T${parts[4]}${offset ?? 'Z'}`);
  if (Number.isNaN(local)) return undefined;
  return offset === undefined ? local + 12 * hour : local;
}

/** Places of the entries of a directory, by tag. */
function entries(view: DataView, at: number, little: boolean): Map<number, number> {
  const count = view.getUint16(at, little);
  return new Map(
    Array.from({ length: Math.min(count, 200) }, (_, index) => {
      const place = at + 2 + index * 12;
      return [view.getUint16(place, little), place];
    }),
  );
}

function textOf(view: DataView, entry: number | undefined, little: boolean): string {
  if (entry === undefined) return '';
  const length = Math.min(view.getUint32(entry + 4, little), 64);
  const from = length > 4 ? view.getUint32(entry + 8, little) : entry + 8;
  return Array.from({ length }, (_, index) => String.fromCharCode(view.getUint8(from + index))).join('');
}
