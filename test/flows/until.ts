// Waits for a condition: looks every few milliseconds, and says what it saw last when the time is up.
import { setTimeout as pause } from 'node:timers/promises';

const lookEveryMs = 5;
const usualLimitMs = 10_000;

/** @returns the first thing seen for which the condition holds; an error of `look` counts as not yet */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean = Boolean,
  limitMs: number = usualLimitMs,
): Promise<T> {
  const end = performance.now() + limitMs;
  let last: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (holds(seen)) return seen;
      last = seen;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs} ms; last seen: ${shown(last)}`);
    await pause(lookEveryMs);
  }
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 2_000);
