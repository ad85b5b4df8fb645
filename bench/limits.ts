// What the machine can do at all, measured in the same run: fdatasync, a bare Hono endpoint, the two stores by themselves.
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { readChanges } from './floor/change.ts';
import { appendRate } from './limits/append.ts';
import { engineRate } from './limits/engine-rate.ts';
import { groupRate } from './limits/group-rate.ts';
import { offerJobs } from './measure/jobs.ts';

/** The least that an endpoint for changes can do: read, validate, answer. */
function listen(): Promise<string> {
  const app = new Hono();
  const accepted = '{"results":[{"status":"accepted"}]}';
  app.post('/changes', async (c) => {
    readChanges(await c.req.text(), c.req.header('content-type'));
    return c.body(accepted, 202, { 'content-type': 'application/json' });
  });
  return new Promise((resolve) => {
    serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ address, port }) =>
      resolve(`http://${address}:${port}/changes`),
    );
  });
}

const jobs = { listen, appendRate, groupRate, engineRate };
export type LimitJobs = typeof jobs;

offerJobs(jobs);
