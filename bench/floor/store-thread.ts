// The floor's store in a worker thread, for `--worker`: one group at a time, while the next one gathers.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { FloorEngine, type Group } from './engine.ts';
import type { Commit } from './group-commit.ts';

export function workerCommit(database: string): Commit {
  const worker = new Worker(new URL(import.meta.url), { workerData: { floorDatabase: database } });
  let done: ((seq: number) => void) | undefined;
  worker.on('message', (seq: number) => done?.(seq));
  worker.on('error', (error) => {
    throw error;
  });
  return (group) =>
    new Promise((resolve) => {
      done = resolve;
      worker.postMessage(group);
    });
}

if (!isMainThread && parentPort && typeof workerData?.floorDatabase === 'string') {
  const engine = new FloorEngine(workerData.floorDatabase);
  const port = parentPort;
  port.on('message', (group: Group) => port.postMessage(engine.commit(group)));
}
