// What a job queue needs around it to do the hub's work: an endpoint that reads changes as the floor does, and three sinks to post to.
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { Pool } from 'undici';
import { type FloorChange, readChanges } from '../../floor/change.ts';
import { targets } from '../../floor/engine.ts';

export interface Job {
  target: number;
  /** Idempotency key. */
  key: string;
  body: string;
}

const connections = 64;
const json = { 'content-type': 'application/json' };

/** Of the command line: `--database postgres://… --sinks http://…,http://…,http://…` */
export function places(): { database: string; post: (job: Job) => Promise<void> } {
  const { values } = parseArgs({ options: { database: { type: 'string' }, sinks: { type: 'string' } } });
  const sinks = values.sinks?.split(',') ?? [];
  if (values.database === undefined || sinks.length !== targets) {
    console.error(`--database and ${targets} addresses in --sinks are needed`);
    process.exit(2);
  }
  const pools = sinks.map((url) => new Pool(url, { connections, headersTimeout: 0, bodyTimeout: 0 }));
  const post = async ({ target, key, body }: Job): Promise<void> => {
    const headers = { ...json, 'idempotency-key': key };
    const answer = await pools[target]?.request({ method: 'POST', path: '/orders', headers, body });
    await answer?.body.dump();
    if (!answer || answer.statusCode >= 300) throw new Error(`sink ${target} answered ${answer?.statusCode}`);
  };
  return { database: values.database, post };
}

let added = 0;

const jobsOf = ({ body }: FloorChange): Job[] => {
  const no = ++added;
  return Array.from({ length: targets }, (_, target) => ({ target, key: `${no}-${target}`, body }));
};

/** @param add resolves once the jobs are durable */
export function serveChanges(add: (jobs: Job[]) => Promise<unknown>): void {
  const app = new Hono();
  app.post('/changes', async (c) => {
    const changes = readChanges(await c.req.text(), c.req.header('content-type'));
    await add(changes.flatMap(jobsOf));
    return c.body(`{"results":[${changes.map(() => '{"status":"accepted"}').join(',')}]}`, 202, json);
  });
  app.get('/healthz', (c) => c.body('{"status":"ok"}', 200, json));
  serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ address, port }) =>
    console.log(JSON.stringify({ msg: 'listening', address: `${address}:${port}` })),
  );
}
