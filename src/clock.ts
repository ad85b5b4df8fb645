// Time as a thing that is handed in, so that a test can hold it still.

export interface Clock {
  /** ms since 1970; never less than before. */
  now(): number;
  /** Runs once after `ms`; the answer takes it back. */
  after(ms: number, run: () => void): () => void;
}

/**
 * A time of day that is set forward is followed at once. One that is set back would make everything wait that is due later
 * by as much: it is caught up with at half the pace.
 * @param wall ms since 1970, as the machine has it
 * @param elapsed ms of a clock that nobody sets
 */
export function steadyTime(wall: () => number, elapsed: () => number): () => number {
  let last = wall();
  let at = elapsed();
  return () => {
    const now = elapsed();
    last = Math.max(wall(), last + (now - at) / 2);
    at = now;
    return Math.floor(last);
  };
}

export const systemClock: Clock = {
  now: steadyTime(
    () => Date.now(),
    () => performance.now(),
  ),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** RFC 3339, UTC, milliseconds. */
export const instant = (ms: number): string => new Date(ms).toISOString();
