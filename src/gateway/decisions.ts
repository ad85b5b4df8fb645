// Decisions of policies: asked for, and read back with their reasons.
import { z } from 'zod';
import { answerJson, answerPage } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { readJson } from './limits.ts';
import { refuse } from './problem.ts';
import { type Call, type Route, route } from './route.ts';
import { after, anyDecision, decide, decision, decisions as decisionsSchema, limit } from './schemas.ts';
import { refusal } from './scopes.ts';

const example = {
  ...{ id: 'dec_019c', policy: 'routing', version: 7, order: 'ord_019c', at: '2026-11-23T05:00:00.000Z' },
  ...{ factsHash: '9f2c', haltedBy: null },
  slots: { warehouse: { action: 'warehouse.lock', key: 'WH-COLD-01', rule: 'cold-chain' } },
  effects: [{ slot: 'warehouse', action: 'warehouse.lock', key: 'WH-COLD-01', rule: 'cold-chain', status: 'claimed' }],
  trace: [{ rule: 'risk-hold', status: 'no_match' }],
  facts: { order: { handling: ['cold_chain'] } },
};
const one = { 'application/json': { schema: decision, example } };

export function decisions(deps: GatewayDeps): Route[] {
  return [
    route(
      {
        method: 'post',
        path: '/v1/routing/decisions',
        tag: 'Decisions',
        summary: 'Decide about an order',
        description:
          'A dry run says what would be decided, of an order or of facts, and keeps nothing. A live decision is made and carried out, and needs the scope operate; of the same facts it is the one that was made before.',
        access: { any: ['read', 'operate'] },
        body: { 'application/json': { schema: decide, example: { order: 'ord_019c', mode: 'dry_run' } } },
        answer: { status: 200, description: 'The decision', content: one },
      },
      async (c, call) => {
        const { value } = await readJson(c, deps, decide);
        requireScope(call, value.mode === 'live' ? 'operate' : 'read');
        const { mode, order, facts, policy } = value;
        const request = {
          mode,
          ...(order !== undefined && { order }),
          ...(facts !== undefined && { facts: facts as never }),
          ...(policy !== undefined && { policy }),
        };
        return answerJson(await deps.core.decide(request, call.caller.name));
      },
    ),
    route(
      {
        method: 'get',
        path: '/v1/decisions',
        tag: 'Decisions',
        summary: 'List the decisions about a record',
        access: { any: ['read'] },
        query: z.strictObject({ record: z.string().min(1).max(300).describe('Id of the record'), limit, after }),
        answer: {
          status: 200,
          description: 'A page, newest first',
          content: { 'application/json': { schema: decisionsSchema } },
        },
      },
      async (c, { query }) =>
        answerPage(c, deps, await deps.core.decisions(query.record, query.limit, query.after ?? null)),
    ),
    route(
      {
        method: 'get',
        path: '/v1/decisions/:id',
        tag: 'Decisions',
        summary: 'Read a decision',
        access: { any: ['read'] },
        answer: { status: 200, description: 'The decision', content: { 'application/json': { schema: anyDecision } } },
      },
      async (c) => {
        const id = c.req.param('id') ?? '';
        const found = await deps.core.decision(id);
        if (!found) throw refuse('not-found', `there is no decision ${id}`);
        return answerJson(found);
      },
    ),
  ];
}

export function requireScope({ caller }: Pick<Call<unknown>, 'caller'>, scope: 'read' | 'operate' | 'admin'): void {
  const why = refusal(caller, { any: [scope] }, undefined);
  if (why !== undefined) throw refuse('forbidden', why);
}
