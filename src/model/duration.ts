// Lengths of time as people write them: `50ms 10s 5m 2h 3d`, or ISO 8601 such as `PT10M` and `P3D`.

const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const short = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;
const iso = /^P(?!$)(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/**
 * @returns milliseconds
 * @throws Error naming the text
 */
export function parseDuration(text: string): number {
  const plain = short.exec(text);
  if (plain) return Math.round(Number(plain[1]) * units[plain[2] as keyof typeof units]);
  const parts = iso.exec(text);
  if (!parts) throw new Error(`"${text}" is no duration; write 50ms, 10s, 5m, 2h, 3d, or PT10M, P3D`);
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map((part) => Number(part ?? 0));
  return Math.round((weeks * 7 + days) * units.d + hours * units.h + minutes * units.m + seconds * units.s);
}

/** @returns the shortest exact form, e.g. `90s`, `2h` */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms % units[unit] === 0) return `${ms / units[unit]}${unit}`;
  }
  return `${ms}ms`;
}
