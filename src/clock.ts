// Time as a thing that is handed in, so that a test can hold it still.

export interface Clock {
  /** ms since 1970. */
  now(): number;
  /** Runs once after `ms`; the answer takes it back. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/** RFC 3339, UTC, milliseconds. */
export const instant = (ms: number): string => new Date(ms).toISOString();
