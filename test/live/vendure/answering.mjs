// The other end of blocking.ts: runs what is asked in a thread of its own, and wakes whoever waits.
import { workerData } from 'node:worker_threads';

const { module, settings, port, signal } = workerData;
const { open } = await import(module);
const tasks = await open(settings);

port.on('message', async ({ task, values }) => {
  const answer = await Promise.resolve(tasks[task](...values)).then(
    (result) => ({ result }),
    (error) => ({ error: error.message }),
  );
  port.postMessage(answer);
  Atomics.store(signal, 0, 1);
  Atomics.notify(signal, 0);
});
