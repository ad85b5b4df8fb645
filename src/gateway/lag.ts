// Sync lag as JSON.
import { instant } from '../clock.ts';
import { answerJson } from './answers.ts';
import type { GatewayDeps } from './deps.ts';
import { type Route, route } from './route.ts';
import { lag as lagSchema } from './schemas.ts';

const states = { behind: 12, parked: 0, unclear: 0, dead: 1, held: 0, synced: 840 };
const example = {
  at: '2026-11-23T05:02:00.000Z',
  systems: [
    {
      system: 'wms',
      records: [{ record: 'order', ...states, lagSeconds: 4.2, oldest: 'ord_01JD' }],
      lagSeconds: 4.2,
      syncDuration: { p50: 0.012, p99: 0.4 },
    },
  ],
};

export function lag(deps: GatewayDeps): Route[] {
  return [
    route(
      {
        method: 'get',
        path: '/v1/lag',
        tag: 'Lag and metrics',
        summary: 'How far each system is behind',
        description:
          'Counts behind, parked and unclear replicas; dead and held ones stand apart. A paused system’s lag keeps growing. `syncDuration`: seconds from commit to arrival since the start, null before the first.',
        access: { any: ['metrics', 'read'] },
        answer: {
          status: 200,
          description: 'Lag by system and record type',
          content: { 'application/json': { schema: lagSchema, example } },
        },
      },
      async () => {
        const [views, durations] = await Promise.all([deps.core.lag(), deps.metrics.syncDurations()]);
        const systems = views.map(({ system, records, lagSeconds }) => ({
          system,
          records,
          lagSeconds,
          syncDuration: durations.get(system) ?? { p50: null, p99: null },
        }));
        return answerJson({ at: instant(deps.clock.now()), systems });
      },
    ),
  ];
}
