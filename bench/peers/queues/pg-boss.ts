// pg-boss 10, the last that runs on Node 20, at the settings found fastest: few workers, large batches, woken by every insert.
import { peerPackage } from '../peer-package.ts';
import { type Job, places, serveChanges } from './serve.ts';

/** What is used of it. */
interface Boss {
  on(event: 'error', listener: (error: Error) => void): void;
  start(): Promise<unknown>;
  createQueue(name: string): Promise<void>;
  insert(jobs: { name: string; data: Job }[]): Promise<void>;
  work(
    name: string,
    options: { batchSize: number; pollingIntervalSeconds: number },
    handle: (jobs: { data: Job }[]) => Promise<unknown>,
  ): Promise<string>;
  notifyWorker(id: string): void;
}

const workers = 4;
const queue = 'deliver';

const { database, post } = places();
const PgBoss = peerPackage<new (options: { connectionString: string; max: number }) => Boss>('pg-boss');
const boss = new PgBoss({ connectionString: database, max: 20 });
boss.on('error', (error) => {
  console.error(`pg-boss: ${error.message}`);
  process.exit(1);
});
await boss.start();
await boss.createQueue(queue);
const ids: string[] = [];
for (let no = 0; no < workers; no++) {
  const batches = { batchSize: 500, pollingIntervalSeconds: 0.5 };
  ids.push(await boss.work(queue, batches, (jobs) => Promise.all(jobs.map(({ data }) => post(data)))));
}
serveChanges(async (jobs) => {
  await boss.insert(jobs.map((data) => ({ name: queue, data })));
  for (const id of ids) boss.notifyWorker(id);
});
