// Comparing a system with the hub: begun on request, and how far it has come.
import { instant } from '../clock.ts';
import { answerJson } from './answers.ts';
import type { GatewayDeps, ReconcileRun } from './deps.ts';
import { readJson } from './limits.ts';
import { refuseFaults } from './problem.ts';
import { type Route, route } from './route.ts';
import { reconcileWish, reconciliation } from './schemas.ts';
import { requireSystem } from './system-info.ts';

const driftKinds = ['unknown', 'differs', 'absent', 'unreadable', 'ambiguous'] as const;

const counts = { same: 118, pending: 1, ignored: 0, unknown: 0, differs: 1, absent: 0, unreadable: 0, ambiguous: 0 };
const example = {
  system: 'wms',
  state: 'done',
  repair: false,
  load: false,
  by: 'ops',
  startedAt: '2026-11-23T05:00:00.000Z',
  endedAt: '2026-11-23T05:00:04.000Z',
  reason: null,
  drift: 1,
  repaired: 0,
  records: [
    {
      ...{ record: 'order', phase: 'done', checked: 120, expected: 120, drift: 1, repaired: 0 },
      ...{ counts, fields: { shipTo: 1 }, absentKnown: true },
    },
  ],
  found: [
    {
      ...{ record: 'order', id: 'ord_01jd8', externalId: 'W-77', verdict: 'differs' },
      ...{ fields: ['shipTo'], message: null, repaired: null },
    },
  ],
};
const content = { 'application/json': { schema: reconciliation, example } };
const path = '/v1/systems/:system/reconcile';

export function reconcile(deps: GatewayDeps): Route[] {
  return [
    route(
      {
        method: 'post',
        path,
        tag: 'Systems',
        summary: 'Compare everything that a system holds with the records',
        description: 'Answered at once; GET tells how far it has come. Nothing is changed unless `repair` is true.',
        access: { any: ['operate'] },
        body: { 'application/json': { schema: reconcileWish, example: { record: 'order', repair: false } } },
        answer: { status: 202, description: 'It has begun', content },
      },
      async (c, { caller }) => {
        const { id } = requireSystem(deps.systems, c.req.param('system'));
        const { value } = await readJson(c, deps, reconcileWish);
        const { record, repair } = value;
        const known = deps.reconciler.records(id);
        if (record !== undefined && known.length > 0 && !known.includes(record)) {
          const message = `${record} of ${id} cannot be paged through, or is not mapped; known: ${known.join(', ')}`;
          throw refuseFaults([{ path: '/record', message }]);
        }
        const wish = { actor: caller.name, repair, ...(record !== undefined && { records: [record] }) };
        return answerJson(viewOf(id, await deps.reconciler.begin(id, wish)), 202);
      },
    ),
    route(
      {
        method: 'get',
        path,
        tag: 'Systems',
        summary: 'How far the newest comparison has come, and what it found',
        access: { any: ['read'] },
        answer: { status: 200, description: 'The newest one, also of an earlier process', content },
      },
      async (c) => {
        const { id } = requireSystem(deps.systems, c.req.param('system'));
        return answerJson(viewOf(id, await deps.reconciler.run(id)));
      },
    ),
  ];
}

function viewOf(system: string, run: ReconcileRun | undefined) {
  const records = (run?.types ?? []).map(({ record, phase, expected, repaired, counts, fields, absentKnown }) => {
    const checked = Object.values(counts).reduce((sum, count) => sum + count, 0);
    const drift = driftKinds.reduce((sum, kind) => sum + counts[kind], 0);
    return { record, phase, checked, expected, drift, repaired, counts, fields, absentKnown };
  });
  const sum = (member: 'drift' | 'repaired'): number => records.reduce((total, one) => total + one[member], 0);
  return {
    system,
    state: run?.state ?? 'never',
    repair: run?.repair ?? false,
    load: run?.load ?? false,
    by: run?.actor ?? null,
    startedAt: run ? instant(run.startedAt) : null,
    endedAt: run?.endedAt ? instant(run.endedAt) : null,
    reason: run?.reason ?? null,
    drift: sum('drift'),
    repaired: sum('repaired'),
    records,
    found: (run?.found ?? []).map(({ record, recordId, externalId, verdict, fields, message, repaired }) => ({
      record,
      id: recordId ?? null,
      externalId,
      verdict,
      fields: fields ?? [],
      message: message ?? null,
      repaired: repaired ?? null,
    })),
  };
}
