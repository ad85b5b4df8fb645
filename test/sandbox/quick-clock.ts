// A clock whose waits are over at once, and remembered: tests look at how long would have been waited.
import type { Clock } from '../../src/clock.ts';

export interface QuickClock extends Clock {
  waited: number[];
  time: number;
}

/** Real enough for signatures, which must be of these five minutes. */
export function quickClock(time = Date.now()): QuickClock {
  const clock: QuickClock = {
    waited: [],
    time,
    now: () => clock.time,
    after: (ms, run) => {
      clock.waited.push(ms);
      const handle = setImmediate(() => {
        clock.time += ms;
        run();
      });
      return () => clearImmediate(handle);
    },
  };
  return clock;
}
