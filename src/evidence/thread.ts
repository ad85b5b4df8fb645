// The worker thread of the evidence desk: decoding pictures and comparing them holds up nobody there.
import { parentPort } from 'node:worker_threads';
import { createBench, type Shown } from './bench.ts';

if (!parentPort) throw new Error('evidence/thread is started by the hub, as a thread of it');
const port = parentPort;
const bench = createBench();

port.on('message', ({ no, shown }: { no: number; shown: Shown }) => {
  bench(shown).then(
    (answer) => port.postMessage({ no, answer }),
    (error: unknown) => port.postMessage({ no, failure: error instanceof Error ? error.message : String(error) }),
  );
});
