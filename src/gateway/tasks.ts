// Tasks: what the hub asks a person to decide.
import { z } from 'zod';
import { answerPage, answerRecord, maskRecord } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { readJson } from './limits.ts';
import { type Route, route } from './route.ts';
import { after, limit, record, records, taskAnswer } from './schemas.ts';

const state = z.enum(['open', 'done', 'all']).default('open');

export function tasks(deps: GatewayDeps): Route[] {
  return [
    route(
      {
        method: 'get',
        path: '/v1/tasks',
        tag: 'Tasks',
        summary: 'List tasks',
        access: { any: ['read'] },
        query: z.strictObject({ state, limit, after }),
        answer: { status: 200, description: 'A page', content: { 'application/json': { schema: records } } },
      },
      async (c, { query, caller }) => {
        const page = await deps.core.tasks(query.state, query.limit, query.after ?? null);
        return answerPage(c, deps, { items: page.items.map((item) => maskRecord(item, caller)), next: page.next });
      },
    ),
    route(
      {
        method: 'post',
        path: '/v1/tasks/:id/done',
        tag: 'Tasks',
        summary: 'Answer a task',
        description: '`decision` is one of the task’s `options`.',
        access: { any: ['operate'] },
        body: {
          'application/json': { schema: taskAnswer, example: { decision: 'keep', reason: 'asked the customer' } },
        },
        answer: { status: 200, description: 'The task', content: { 'application/json': { schema: record } } },
      },
      async (c, { caller }) => {
        const { value } = await readJson(c, deps, taskAnswer);
        return answerRecord(
          await deps.core.taskDone(c.req.param('id') ?? '', value.decision, value.reason, caller.name),
          caller,
        );
      },
    ),
  ];
}
