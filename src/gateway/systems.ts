// The systems: their condition, and stopping, resuming and checking one.
import { z } from 'zod';
import { instant } from '../clock.ts';
import type { LagView } from '../core/core.ts';
import { countOf } from '../observe/metrics.ts';
import { replicaStates, type SystemRow } from '../store/rows.ts';
import { answerJson } from './answers.ts';
import type { GatewayDeps, SystemInfo } from './deps.ts';
import { readJson } from './limits.ts';
import { type Route, route } from './route.ts';
import { optionalReason, resuming, system as systemSchema, systems as systemsSchema } from './schemas.ts';
import { requireSystem } from './system-info.ts';

const example = {
  system: 'wms',
  role: 'wms',
  connector: 'http',
  state: 'active',
  breaker: { state: 'closed', since: '2026-11-23T05:00:00.000Z' },
  replicas: { synced: 120, behind: 2, parked: 0, unclear: 0, dead: 1, held: 0 },
  lagSeconds: 4.2,
  lastPollAt: null,
  lastSuccessAt: '2026-11-23T05:02:00.000Z',
  reason: null,
};
const one = {
  status: 200,
  description: 'The system',
  content: { 'application/json': { schema: systemSchema, example } },
};
const post = { method: 'post', tag: 'Systems', access: { any: ['operate'] }, answer: one } as const;

export function systems(deps: GatewayDeps): Route[] {
  const all = { schema: systemsSchema, example: { systems: [example] } };
  return [
    route(
      {
        method: 'get',
        path: '/v1/systems',
        tag: 'Systems',
        summary: 'The condition of every system',
        access: { any: ['read'] },
        answer: { status: 200, description: 'All systems', content: { 'application/json': all } },
      },
      async () => answerJson({ systems: await views(deps) }),
    ),
    setState(deps, 'pause', { summary: 'Stop delivering to a system; its lag keeps growing', schema: optionalReason }),
    setState(deps, 'resume', {
      summary: 'Deliver to a system again; a stream also from another place in the stream of changes',
      schema: resuming,
    }),
    route(
      {
        ...post,
        path: '/v1/systems/:system/check',
        summary: 'Try the credentials of a system',
        body: { 'application/json': { schema: z.strictObject({}) } },
      },
      async (c, { caller }) => {
        const { id } = requireSystem(deps.systems, c.req.param('system'));
        await readJson(c, deps, z.strictObject({}));
        const check = await deps.delivery.check(id);
        const deed = { actor: caller.name, action: 'system.check', target: id, detail: { ok: check.ok } };
        await deps.core.saveDeed(deed);
        return answerJson({ ...(await viewOf(deps, id)), check });
      },
    ),
  ];
}

function setState(
  deps: GatewayDeps,
  verb: 'pause' | 'resume',
  { summary, schema }: { summary: string; schema: typeof resuming | typeof optionalReason },
): Route {
  const body = { 'application/json': { schema, example: { reason: 'stock-taking' } } };
  return route({ ...post, path: `/v1/systems/:system/${verb}`, summary, body }, async (c, { caller }) => {
    const { id } = requireSystem(deps.systems, c.req.param('system'));
    const { value } = await readJson(c, deps, schema);
    // First: a place that is none leaves the system as it is.
    if ('from' in value && value.from !== undefined) await deps.core.moveStream(id, value.from, caller.name);
    await deps.core.setSystem(id, verb === 'pause' ? 'paused' : 'active', value.reason ?? null, caller.name);
    deps.delivery[verb](id);
    return answerJson(await viewOf(deps, id));
  });
}

async function viewOf(deps: GatewayDeps, id: string) {
  return (await views(deps)).find((view) => view.system === id);
}

async function views(deps: GatewayDeps) {
  const [rows, lags] = await Promise.all([deps.core.systems(), deps.core.lag()]);
  return deps.systems.map((info) =>
    view(deps, {
      info,
      row: rows.find((row) => row.system === info.id),
      lag: lags.find((lag) => lag.system === info.id),
    }),
  );
}

function view(
  deps: GatewayDeps,
  { info, row, lag }: { info: SystemInfo; row: SystemRow | undefined; lag: LagView | undefined },
) {
  const { breaker, lastPollAt, lastSuccessAt, trouble } = deps.delivery.view(info.id);
  const kept = row?.state ?? 'active';
  const asked = deps.metrics.lastFeedPoll(info.id);
  return {
    system: info.id,
    role: info.role,
    connector: info.connector,
    state: kept === 'active' && breaker.state === 'open' ? 'open' : kept,
    breaker,
    replicas: Object.fromEntries(replicaStates.map((state) => [state, countOf(lag?.records ?? [], state)])),
    lagSeconds: lag?.lagSeconds ?? 0,
    lastPollAt: lastPollAt ?? (asked === undefined ? null : instant(asked)),
    lastSuccessAt,
    reason: row?.reason ?? trouble ?? null,
  };
}
