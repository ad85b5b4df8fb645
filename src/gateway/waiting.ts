// Long polls: look, and look again whenever something was committed, until there is something or the time is up.
import type { Context } from 'hono';
import type { GatewayDeps } from './deps.ts';
import { preferredWait } from './headers.ts';
import type { KeyRing } from './keys.ts';
import { authenticate } from './route.ts';

type Waits = Pick<GatewayDeps, 'clock' | 'stream'>;
type Asked = Pick<GatewayDeps, 'closing' | 'keys'>;

export interface Looking<T> {
  look(): Promise<T>;
  empty(page: T): boolean;
}

/**
 * As long as the request's `Prefer: wait` says; not at all without it.
 * @throws EdgeProblem 401 when the key is revoked while it waits
 */
export async function lookOrWait<T>(c: Context, deps: Waits & Asked, looking: Looking<T>): Promise<T> {
  const wait = preferredWait(c.req.header('prefer'));
  if (wait === 0) return looking.look();
  const gone = anyOf(c.req.raw.signal, deps.closing);
  try {
    const look = againAs(c, deps.keys, looking.look);
    return await lookUntil(deps, { ...looking, look }, { until: deps.clock.now() + wait, gone: gone.signal });
  } finally {
    gone.release();
  }
}

/** Whoever waits is asked for the key again before each further look: a revoked one must not see what comes. */
function againAs<T>(c: Context, keys: KeyRing, look: () => Promise<T>): () => Promise<T> {
  let isFirst = true;
  return async () => {
    if (!isFirst) authenticate(c, keys);
    isFirst = false;
    return look();
  };
}

export async function lookUntil<T>(
  deps: Waits,
  looking: Looking<T>,
  end: { until: number; gone: AbortSignal },
): Promise<T> {
  for (;;) {
    // The head is read first: what is committed between the look and the wait ends the wait at once.
    const head = deps.stream.head();
    const page = await looking.look();
    const left = end.until - deps.clock.now();
    if (!looking.empty(page) || left <= 0 || end.gone.aborted) return page;
    await deps.stream.wait(head, left, end.gone);
  }
}

/** AbortSignal.any keeps a trace on a long-lived source for each caller; this one lets go. */
export function anyOf(...sources: AbortSignal[]): { signal: AbortSignal; abort(): void; release(): void } {
  const joined = new AbortController();
  const release = () => {
    for (const source of sources) source.removeEventListener('abort', abort);
  };
  const abort = () => {
    release();
    joined.abort();
  };
  for (const source of sources) source.addEventListener('abort', abort, { once: true });
  if (sources.some((source) => source.aborted)) abort();
  return { signal: joined.signal, abort, release };
}
