// A question that ends in time, or when nobody is there any more to hear the answer.
import { setMaxListeners } from 'node:events';

/**
 * With a timer of our own: a signal of the platform's that is joined with others may be collected before its time has come.
 * @returns undefined when it failed or took too long
 */
export async function inTime<T>(
  ms: number,
  over: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  const timer = setTimeout(end, ms);
  // All that is asked at once listens to it; that is no leak.
  setMaxListeners(0, over);
  over.addEventListener('abort', end);
  try {
    return await run(ending.signal);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
    over.removeEventListener('abort', end);
  }
}
