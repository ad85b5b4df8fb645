// Everything for Prometheus.
import { z } from 'zod';
import type { GatewayDeps } from './deps.ts';
import { type Route, route } from './route.ts';

export function metrics(deps: GatewayDeps): Route[] {
  return [
    route(
      {
        method: 'get',
        path: '/metrics',
        tag: 'Lag and metrics',
        summary: 'Metrics in the Prometheus text format',
        access: { any: ['metrics', 'read'] },
        answer: {
          status: 200,
          description: 'Text exposition format',
          content: { 'text/plain': { schema: z.string() } },
        },
      },
      async () => {
        const { contentType, text } = await deps.metrics.expose(await deps.core.lag());
        return new Response(text, { headers: { 'content-type': contentType, 'cache-control': 'no-store' } });
      },
    ),
  ];
}
