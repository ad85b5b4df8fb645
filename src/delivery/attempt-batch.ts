// One attempt to bring several replicas up to date in one exchange: each has its own key, its own bytes and its own outcome.
import type { PushResult } from '../connector/contract.ts';
import type { Send } from '../core/core.ts';
import { type AttemptDeps, type Attempted, attempt, explain, watched } from './attempt.ts';
import { connectorSend } from './connector-send.ts';
import { delivered, type Ended, stopped } from './outcome.ts';

/**
 * Never rejects.
 * @param sends of one type and operation; a single one is pushed by itself
 * @returns in their order
 */
export async function attemptBatch(sends: readonly Send[], deps: AttemptDeps): Promise<Attempted[]> {
  const [first] = sends;
  if (first && sends.length === 1) return [await attempt(first, deps)];
  const startedAt = deps.clock.now();
  const ended = await push(sends, deps, startedAt);
  const durationMs = Math.max(0, deps.clock.now() - startedAt);
  return ended.map(({ outcome, sign }) => ({ outcome, sign, startedAt, durationMs }));
}

async function push(sends: readonly Send[], deps: AttemptDeps, startedAt: number): Promise<Ended[]> {
  if (deps.mayStart?.(startedAt, deps.clock.now()) === false)
    return sends.map(({ repeat }) => stopped('another process may have taken it over', repeat));
  const { context, mayHaveArrived } = watched(deps.context);
  const results = await pushMany(sends, { ...deps, context });
  return Promise.all(
    results.map((result, at) => {
      if ('pushed' in result) return delivered(result.pushed.externalId, result.pushed.status);
      const send = sends[at] as Send;
      const made = send.op === 'create' && mayHaveArrived() ? { ...send, repeat: true } : send;
      return explain(result.error, made, deps);
    }),
  );
}

/** What fails as a whole has failed for each of them. */
async function pushMany(sends: readonly Send[], deps: AttemptDeps): Promise<PushResult[]> {
  const { connection, context, newSpanId } = deps;
  try {
    const asked = sends.map((send) => connectorSend(send, newSpanId));
    const results = await connection.connector.pushMany?.(asked, context);
    if (results?.length === sends.length) return results;
    throw new Error(`${results?.length ?? 'no'} answers to ${sends.length} sends`);
  } catch (error) {
    return sends.map(() => ({ error: error as Error }));
  }
}
