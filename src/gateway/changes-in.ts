// Changes from a system. The hottest route: bytes in, the store side reads them, its answer goes out as it is.
import type { Context } from 'hono';
import type { AcceptRequest } from '../core/core.ts';
import { readTraceparent } from '../observe/trace.ts';
import { answerText } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { idempotencyKey } from './headers.ts';
import { mediaType, readText } from './limits.ts';
import { type Route, route } from './route.ts';
import { change, changeResults } from './schemas.ts';
import { requireSystem } from './system-info.ts';

const lineTypes = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];
const bodyTypes = ['application/json', ...lineTypes];

const example = {
  record: 'order',
  id: '8812',
  at: '2026-11-23T05:00:00.000Z',
  key: 'evt-771',
  data: { id: '8812', orderNo: 'SO-1001', receiver: { name: '李雷', address: '新街 9 号' } },
};

export function changesIn(deps: GatewayDeps): Route[] {
  return [
    route(
      {
        method: 'post',
        path: '/v1/systems/:system/changes',
        tag: 'Changes',
        summary: 'Hand in what changed in a system',
        description:
          'One change, an array (at most 1,000) or NDJSON. Answered after the commit is durable. A refusal is an answer, not an error: read `status`. ' +
          'The same key and body get the first answer again, marked `repeated`; the same key with another body is a 422.',
        access: { own: 'intake' },
        headers: {
          'Idempotency-Key': 'Makes a single change repeatable; a quoted string or a bare token',
          traceparent: 'W3C Trace Context; goes on to the systems that receive the change',
        },
        body: { 'application/json': { schema: change, example }, 'application/x-ndjson': { schema: change } },
        answer: {
          status: 202,
          description: 'What became of each change, in order',
          content: {
            'application/json': {
              schema: changeResults,
              example: {
                results: [
                  { status: 'accepted', record: 'order', id: 'ord_01JD', version: 4, seq: '1093', applied: ['shipTo'] },
                ],
              },
            },
          },
        },
      },
      (c) => takeChanges(c, deps),
    ),
  ];
}

async function takeChanges(c: Context, deps: GatewayDeps): Promise<Response> {
  const { id: system } = requireSystem(deps.systems, c.req.param('system'));
  const type = mediaType(c, bodyTypes);
  const key = idempotencyKey(c.req.header('idempotency-key'));
  const traceparent = readTraceparent(c.req.header('traceparent'));
  const body = await readText(c, deps);
  const request: AcceptRequest = { system, body, format: lineTypes.includes(type) ? 'ndjson' : 'json', via: 'api' };
  if (key !== undefined) request.key = key;
  if (traceparent !== undefined) request.traceparent = traceparent;
  const reply = await deps.core.accept(request);
  countTaken(deps, system, reply.counts);
  return answerText(reply.body, reply.status, reply.replayed ? { 'idempotency-replayed': 'true' } : undefined);
}

export function countTaken(
  { metrics }: Pick<GatewayDeps, 'metrics'>,
  system: string,
  counts: Record<string, number>,
): void {
  for (const status in counts) metrics.changeTaken(system, status, counts[status]);
}
