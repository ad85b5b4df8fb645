// graphile-worker at the settings found fastest: a local queue in front of many concurrent jobs, completions in batches.
import { peerPackage } from '../peer-package.ts';
import { type Job, places, serveChanges } from './serve.ts';

/** What is used of it. */
interface Graphile {
  Logger: new (make: () => () => void) => object;
  makeWorkerUtils(options: { connectionString: string; maxPoolSize: number; preset: object }): Promise<{
    migrate(): Promise<void>;
    addJobs(jobs: { identifier: string; payload: Job }[]): Promise<unknown>;
  }>;
  run(options: {
    connectionString: string;
    noHandleSignals: boolean;
    taskList: { deliver: (payload: Job) => Promise<void> };
    preset: object;
  }): Promise<unknown>;
}

const { database, post } = places();
const { Logger, makeWorkerUtils, run } = peerPackage<Graphile>('graphile-worker');
const maxPoolSize = 20;
// A line for every job would be measured too.
const logger = new Logger(() => () => undefined);
const local = { concurrentJobs: 192, maxPoolSize, localQueue: { size: 500 }, completeJobBatchDelay: 0, logger };
const preset = { worker: local };
const adding = await makeWorkerUtils({ connectionString: database, maxPoolSize, preset });
await adding.migrate();
await run({ connectionString: database, noHandleSignals: true, taskList: { deliver: post }, preset });
serveChanges((jobs) => adding.addJobs(jobs.map((payload) => ({ identifier: 'deliver', payload }))));
