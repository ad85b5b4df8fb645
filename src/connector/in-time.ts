// One limit over a whole exchange that is not HTTP, and its end when the hub stops.
import { ConnectorError } from './error.ts';

interface Context {
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Whoever is given up should be closed by the caller: it goes on until then.
 * @param what the system, as errors name it
 * @throws ConnectorError timeout, unavailable (the hub stops), with `sent: false`; whoever has written says otherwise
 */
export async function inTime<T>({ timeoutMs, signal }: Context, what: string, run: () => Promise<T>): Promise<T> {
  let giveUp: (error: ConnectorError) => void = () => undefined;
  const given = new Promise<never>((_, reject) => {
    giveUp = reject;
  });
  const stop = (): void =>
    giveUp(new ConnectorError('unavailable', `the hub stopped while it spoke to the ${what}`, { sent: false }));
  const timer = setTimeout(() => {
    giveUp(new ConnectorError('timeout', `the ${what} did not answer in time`, { sent: false }));
  }, timeoutMs);
  signal?.addEventListener('abort', stop);
  try {
    if (signal?.aborted) stop();
    return await Promise.race([given, run()]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}
