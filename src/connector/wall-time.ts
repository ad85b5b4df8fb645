// Times without a zone, as many ERPs keep them: what the clock on a system's wall shows.

const clocks = new Map<string, Intl.DateTimeFormat>();

/** @throws RangeError for a zone that nobody knows */
function clockOf(zone: string): Intl.DateTimeFormat {
  const known = clocks.get(zone);
  if (known) return known;
  const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  clocks.set(zone, clock);
  return clock;
}

export function isZone(zone: string): boolean {
  try {
    return clockOf(zone).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** What the clock shows at an instant (ms), read as if it were UTC. */
const faceOf = (instant: number, zone: string): number =>
  Date.parse(`${clockOf(zone).format(instant).replace(' ', 'T')}Z`) + (((instant % 1000) + 1000) % 1000);

const day = 86_400_000;

/** @param text e.g. `2026-11-24 10:00:00.123456`. @returns RFC 3339; the earlier of two where the clock shows it twice */
export function isoOf(text: string, zone: string): string {
  const face = Date.parse(`${text.slice(0, 23).replace(' ', 'T')}Z`);
  const offsets = [-day, day].map((by) => faceOf(face + by, zone) - (face + by));
  const [earlier = face, later = face] = [face - Math.max(...offsets), face - Math.min(...offsets)];
  return new Date(faceOf(earlier, zone) === face ? earlier : later).toISOString();
}

/** @returns what the clock shows at a time (RFC 3339), with ms */
export const wallTimeOf = (iso: string, zone: string): string =>
  new Date(faceOf(Date.parse(iso), zone)).toISOString().slice(0, 23).replace('T', ' ');

/** @returns how much earlier a round must begin so that an hour that the clock shows twice is read twice, ms */
export function repeatedFace(iso: string | undefined, zone: string): number {
  const instant = Date.parse(iso ?? '');
  if (Number.isNaN(instant)) return 0;
  return [1_800_000, 3_600_000].find((by) => faceOf(instant, zone) === faceOf(instant + by, zone)) ?? 0;
}
