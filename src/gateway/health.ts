// Alive, and ready for work. Neither needs a key; neither touches more than it must.
import { answerJson } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { refuse } from './problem.ts';
import { type Route, route } from './route.ts';
import { health as healthSchema } from './schemas.ts';

/** A store that does not answer in this time is not ready. */
const patienceMs = 2_000;

export function health(deps: GatewayDeps): Route[] {
  const get = { method: 'get', tag: 'Health', access: 'public' } as const;
  const answer = (status: 'ok' | 'ready', description: string) => ({
    status: 200,
    description,
    content: { 'application/json': { schema: healthSchema, example: { status } } },
  });
  return [
    route({ ...get, path: '/healthz', summary: 'Is the process alive', answer: answer('ok', 'It is') }, () =>
      answerJson({ status: 'ok' }),
    ),
    route(
      {
        ...get,
        path: '/readyz',
        summary: 'Is the store writable, and no shutdown under way',
        answer: answer('ready', 'It is'),
      },
      async () => {
        await assertReady(deps);
        return answerJson({ status: 'ready' });
      },
    ),
  ];
}

async function assertReady(deps: GatewayDeps): Promise<void> {
  if (deps.leaving.aborted) throw unready('the hub is shutting down');
  if (!deps.ready()) throw unready('the hub is starting');
  let stop: (() => void) | undefined;
  const late = new Promise<never>((_, reject) => {
    stop = deps.clock.after(patienceMs, () => reject(unready('the store does not answer')));
  });
  await Promise.race([storeReady(deps), late]).finally(() => stop?.());
}

async function storeReady({ core, log }: GatewayDeps): Promise<void> {
  await core.ready().catch((error: unknown) => {
    log.error({ err: error }, 'the store is not ready');
    throw unready('the store cannot be written');
  });
}

const unready = (why: string) => refuse('unavailable', why, { headers: { 'retry-after': '2' } });
