// Breakers of the returns policy: how they stand, and a person's word about them.
import { z } from 'zod';
import { answerJson, answerPage } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { readJson } from './limits.ts';
import { refuseFaults } from './problem.ts';
import { type Route, route } from './route.ts';
import { after, breaker, breakers as breakersSchema, breakerWord, limit } from './schemas.ts';

export function breakers(deps: GatewayDeps): Route[] {
  const word = (verb: 'open' | 'close', state: 'open' | 'closed', summary: string): Route =>
    route(
      {
        method: 'post',
        path: `/v1/breakers/:id/${verb}`,
        tag: 'Breakers',
        summary,
        description: 'Needs a reason; ends by itself.',
        access: { any: ['operate'] },
        body: {
          'application/json': { schema: breakerWord, example: { scopeKey: 'cus_019c', reason: 'known to us' } },
        },
        answer: { status: 200, description: 'The breaker', content: { 'application/json': { schema: breaker } } },
      },
      async (c, { caller }) => {
        const { value } = await readJson(c, deps, breakerWord);
        const { scopeKey, reason, until } = value;
        if (until !== undefined && Date.parse(until) <= deps.clock.now())
          throw refuseFaults([{ path: '/until', message: 'must lie ahead' }]);
        const said = {
          breaker: c.req.param('id') ?? '',
          scopeKey,
          state,
          reason,
          ...(until !== undefined && { until }),
        };
        return answerJson(await deps.core.setBreaker(said, caller.name));
      },
    );
  return [
    route(
      {
        method: 'get',
        path: '/v1/breakers',
        tag: 'Breakers',
        summary: 'List breakers of the returns policy',
        description: 'Those that have ever moved; any other is closed.',
        access: { any: ['read'] },
        query: z.strictObject({ limit, after }),
        answer: { status: 200, description: 'A page', content: { 'application/json': { schema: breakersSchema } } },
      },
      async (c, { query }) => answerPage(c, deps, await deps.core.breakers(query.limit, query.after ?? null)),
    ),
    word('open', 'open', 'Open a breaker'),
    word('close', 'closed', 'Close a breaker'),
  ];
}
