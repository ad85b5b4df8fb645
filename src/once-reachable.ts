// A start that waits for a database which goes away in the middle of it, as a hub that runs does at any time.
import type { Clock } from './clock.ts';
import { ProblemError } from './core/problem.ts';
import type { Log } from './log.ts';

const retryMs = 500;
const longestMs = 60_000;

/** @throws what `step` throws, if it is something else or lasts longer than a minute */
export async function onceReachable<T>(step: () => Promise<T>, { clock, log }: { clock: Clock; log: Log }): Promise<T> {
  // From the first failure on: a process that stood still meanwhile has not tried for as long.
  let end: number | undefined;
  for (;;) {
    try {
      return await step();
    } catch (error) {
      const isAway = error instanceof ProblemError && error.problem.type === 'unavailable';
      if (!isAway || (end !== undefined && clock.now() >= end)) throw error;
      if (end === undefined)
        log.warn({ err: error }, 'the database went away during the start; the start waits for it');
      end ??= clock.now() + longestMs;
    }
    await new Promise<void>((resolve) => clock.after(retryMs, resolve));
  }
}
