// Upkeep that runs again and again until the hub stops.
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

export interface Repeating {
  stop(): void;
}

/** Again and again, each time counted from the end of the last. */
export function repeat(clock: Clock, everyMs: number, run: () => Promise<unknown>, log: Log): Repeating {
  let stopped = false;
  let cancel: () => void = () => undefined;
  const next = (): void => {
    if (stopped) return;
    cancel = clock.after(everyMs, () => {
      run()
        .catch((error: unknown) => {
          if (!stopped) log.warn({ err: error }, 'upkeep failed and is tried again');
        })
        .finally(next);
    });
  };
  next();
  return {
    stop: () => {
      stopped = true;
      cancel();
    },
  };
}
