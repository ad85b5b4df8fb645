// The floor: the barest program that does the hub's work. It reads and validates a change, commits it in a group, answers,
// posts it to three sinks and settles that durably. No mapping, no merge, no keys, no retries, no order per record.
//
//   node dist/bench/floor.js --database /tmp/floor.db|postgres://… --sinks http://127.0.0.1:1,http://127.0.0.1:2,http://127.0.0.1:3 [--worker]
import { parseArgs } from 'node:util';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { type FloorChange, readChanges } from './floor/change.ts';
import { deliveryNo, FloorEngine, targets } from './floor/engine.ts';
import { type Commit, GroupCommit } from './floor/group-commit.ts';
import { PostgresFloorEngine } from './floor/postgres-engine.ts';
import { Sender } from './floor/sender.ts';
import { workerCommit } from './floor/store-thread.ts';

const { values } = parseArgs({
  options: { database: { type: 'string' }, sinks: { type: 'string' }, worker: { type: 'boolean', default: false } },
});
const sinks = values.sinks?.split(',') ?? [];
if (values.database === undefined || sinks.length !== targets) {
  console.error(`floor: --database and ${targets} addresses in --sinks are needed`);
  process.exit(2);
}

const group = new GroupCommit(await commitTo(values.database, values.worker));
const senders = sinks.map((url) => new Sender(url, (delivery) => group.settle(delivery)));
const json = { 'content-type': 'application/json' };

const app = new Hono();
app.post('/changes', async (c) => {
  const changes = tryRead(await c.req.text(), c.req.header('content-type'));
  if (typeof changes === 'string') return c.body(JSON.stringify({ detail: changes }), 400, json);
  const first = await group.add(changes);
  for (const [place, { body }] of changes.entries()) {
    for (const [target, sender] of senders.entries()) sender.send(deliveryNo(first + place, target), body);
  }
  return c.body(answer(first, changes.length), 202, json);
});
app.get('/healthz', (c) => c.body('{"status":"ok"}', 200, json));

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ address, port }) =>
  console.log(JSON.stringify({ msg: 'listening', address: `${address}:${port}` })),
);

async function commitTo(database: string, inWorker: boolean): Promise<Commit> {
  if (database.startsWith('postgres:')) {
    const engine = await PostgresFloorEngine.open(database);
    return (group) => engine.commit(group);
  }
  if (inWorker) return workerCommit(database);
  const engine = new FloorEngine(database);
  return (group) => engine.commit(group);
}

function tryRead(body: string, type: string | undefined): FloorChange[] | string {
  try {
    return readChanges(body, type);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function answer(first: number, count: number): string {
  const results = Array.from({ length: count }, (_, place) => `{"status":"accepted","seq":"${first + place}"}`);
  return `{"results":[${results.join(',')}]}`;
}
