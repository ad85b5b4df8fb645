// Waits for a condition: looks again and again, and says what it saw last when the time is up.
import { setTimeout as pause } from 'node:timers/promises';

/** Between the first two looks; then each time longer, since a look costs the hub as much as the test. */
const firstLookMs = 5;
const slower = 1.3;
const longestLookMs = 50;
/** It only ends what would never end; a machine that does other work as well takes long over each step. */
const usualLimitMs = 60_000;

/** @returns the first thing seen for which the condition holds; an error of `look` counts as not yet */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  holds: (seen: T) => boolean = Boolean,
  limitMs: number = usualLimitMs,
): Promise<T> {
  const end = performance.now() + limitMs;
  let last: unknown;
  for (let waitMs = firstLookMs; ; waitMs = Math.min(waitMs * slower, longestLookMs)) {
    try {
      const seen = await look();
      if (holds(seen)) return seen;
      last = seen;
    } catch (error) {
      last = error instanceof Error ? error.message : error;
    }
    if (performance.now() > end) throw new Error(`${what}: not within ${limitMs} ms; last seen: ${shown(last)}`);
    await pause(waitMs);
  }
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 2_000);
