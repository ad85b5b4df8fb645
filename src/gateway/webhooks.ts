// A vendor's own webhooks: the connector verifies the raw bytes and says what is in them.
import type { Context } from 'hono';
import { z } from 'zod';
import { readTraceparent } from '../observe/trace.ts';
import { answerJson } from './answers.ts';
import { countTaken } from './changes-in.ts';
import type { GatewayDeps, Received } from './deps.ts';
import { readBody } from './limits.ts';
import { problemIn, refuse } from './problem.ts';
import { type Route, route } from './route.ts';

export function webhooks(deps: GatewayDeps): Route[] {
  return [
    route(
      {
        method: 'post',
        path: '/v1/webhooks/:system',
        tag: 'Changes',
        summary: 'Receive a system’s webhook',
        description:
          'Verified over the raw bytes as the system’s settings say; no key is needed. Standard Webhooks: `webhook-id`, `webhook-timestamp` (±300 s), `webhook-signature`. The same `webhook-id` again is taken once.',
        access: 'signature',
        body: { '*/*': { schema: z.unknown() } },
        answer: {
          status: 200,
          description: 'Taken',
          content: { 'application/json': { schema: z.strictObject({}), example: {} } },
        },
      },
      (c) => takeWebhook(c, deps),
    ),
  ];
}

async function takeWebhook(c: Context, deps: GatewayDeps): Promise<Response> {
  // Nobody is asked for a key here, so nobody is told which systems there are.
  const name = c.req.param('system') ?? '';
  const system = deps.systems.find(({ id }) => id === name);
  const received = await system?.receive?.({ headers: c.req.header(), body: await readBody(c, deps) });
  if (!system || !received) throw refuse('not-found', `no system "${name}" has webhook settings`);
  if (received.kind === 'bad_signature') {
    throw refuse('bad-signature', received.message, { headers: { 'www-authenticate': 'Signature realm="syncline"' } });
  }
  if (received.kind === 'unreadable') throw unreadable(deps, system.id, received.message);
  if (received.kind === 'changes') await accept(c, deps, system.id, received);
  return answerJson({});
}

async function accept(
  c: Context,
  deps: GatewayDeps,
  system: string,
  received: Received & { kind: 'changes' },
): Promise<void> {
  const { body, format, dedupeId } = received;
  const traceparent = readTraceparent(c.req.header('traceparent'));
  try {
    const more = {
      ...(dedupeId !== undefined && { key: dedupeId }),
      ...(traceparent !== undefined && { traceparent }),
    };
    const reply = await deps.core.accept({ system, body, format, via: 'webhook', ...more });
    countTaken(deps, system, reply.counts);
  } catch (error) {
    const problem = problemIn(error);
    if (problem?.status === 400) raise(deps, system, problem.detail);
    throw error;
  }
}

function unreadable(deps: GatewayDeps, system: string, message: string) {
  raise(deps, system, message);
  return refuse('invalid-request', message);
}

/** A vendor that signs well and is not understood: somebody must look, the vendor will not. */
function raise({ metrics, log }: GatewayDeps, system: string, message: string): void {
  metrics.alert('webhook_unreadable');
  log.warn({ alert: 'webhook_unreadable', system, message }, 'a verified webhook could not be read');
}
