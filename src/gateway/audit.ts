// What people did: who, when, what, on which record.
import { z } from 'zod';
import { instant } from '../clock.ts';
import type { AuditRow } from '../store/rows.ts';
import { answerPage } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { type Route, route } from './route.ts';
import { after, auditEntries, limit } from './schemas.ts';

const example = {
  at: '2026-11-23T05:02:00.000Z',
  actor: 'ops',
  action: 'deadletter.replay',
  target: 'dl_01JD',
  recordId: 'ord_01JD',
  detail: { system: 'wms', seq: 1094 },
};
const name = z.string().min(1, 'must not be empty').max(256).optional();
const query = z.strictObject({
  actor: name.describe('Only what was done with keys of this name'),
  recordId: name.describe('Only what was done to this record'),
  limit,
  after,
});

export function audit(deps: GatewayDeps): Route[] {
  const content = { 'application/json': { schema: auditEntries, example: { items: [example], next: null } } };
  return [
    route(
      {
        method: 'get',
        path: '/v1/audit',
        tag: 'Audit',
        summary: 'What people did',
        description:
          'Newest first: edits, replays, discards, holds, releases, answers to tasks, pauses, checks, keys, backups. Written in the commit of the deed itself, never changed and never pruned. What systems did stands in timelines and the change stream.',
        access: { any: ['admin'] },
        query,
        answer: { status: 200, description: 'A page', content },
      },
      async (c, { query: { limit: count, after: cursor = null, actor, recordId } }) => {
        const filter = { ...(actor !== undefined && { actor }), ...(recordId !== undefined && { recordId }) };
        const page = await deps.core.audit(filter, count, cursor);
        return answerPage(c, deps, { items: page.items.map(viewOf), next: page.next });
      },
    ),
  ];
}

const viewOf = ({ at, actor, action, target, recordId, detail }: AuditRow) => ({
  at: instant(at),
  actor,
  action,
  target,
  recordId,
  detail,
});
