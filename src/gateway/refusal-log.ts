// Tells the log who was refused: a line a second for each kind, however many try.
import type { IncomingMessage } from 'node:http';
import type { Context } from 'hono';
import type { Problem } from '../core/core.ts';
import type { GatewayDeps } from './deps.ts';

const quietMs = 1_000;
const told: ReadonlySet<string> = new Set(['unauthenticated', 'bad-signature', 'forbidden']);

interface Quiet {
  until: number;
  /** Refused since the last line. */
  untold: number;
}

/** @returns a function for every problem that is answered; most of them are not its affair */
export function createRefusalLog({ log, clock }: Pick<GatewayDeps, 'log' | 'clock'>) {
  const quiet = new Map<string, Quiet>();
  return (problem: Problem, c: Context): void => {
    if (!told.has(problem.type)) return;
    const now = clock.now();
    const { until, untold } = quiet.get(problem.type) ?? { until: 0, untold: 0 };
    if (now < until) {
      quiet.set(problem.type, { until, untold: untold + 1 });
      return;
    }
    quiet.set(problem.type, { until: now + quietMs, untold: 0 });
    log.warn({ ...whatWasAsked(problem, c), ...(untold > 0 && { untold }) }, 'a caller was refused');
  };
}

/** Nothing of what was sent but method and path: the rest may hold a key that was only mistyped. */
function whatWasAsked({ type, status, detail }: Problem, c: Context): Record<string, unknown> {
  const from = (c.env as { incoming?: IncomingMessage } | undefined)?.incoming?.socket.remoteAddress;
  const refused = { refused: type, status, method: c.req.method, path: c.req.path.slice(0, 200), detail };
  return from === undefined ? refused : { ...refused, from };
}
