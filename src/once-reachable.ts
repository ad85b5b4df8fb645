// A start that waits for a database which goes away in the middle of it, as a hub that runs does at any time.
import type { Clock } from './clock.ts';
import { ProblemError } from './core/problem.ts';
import type { Log } from './log.ts';

const retryMs = 500;
const longestMs = 60_000;

/** @throws what `step` throws, if it is something else or lasts longer than a minute */
export async function onceReachable<T>(step: () => Promise<T>, { clock, log }: { clock: Clock; log: Log }): Promise<T> {
  const end = clock.now() + longestMs;
  for (let isFirst = true; ; isFirst = false) {
    try {
      return await step();
    } catch (error) {
      const isAway = error instanceof ProblemError && error.problem.type === 'unavailable';
      if (!isAway || clock.now() >= end) throw error;
      if (isFirst) log.warn({ err: error }, 'the database went away during the start; the start waits for it');
    }
    await new Promise<void>((resolve) => clock.after(retryMs, resolve));
  }
}
