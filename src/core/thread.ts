// The worker thread of the store side: one writer, so that a slow disk never holds up the HTTP side.
import { randomBytes } from 'node:crypto';
import { type MessagePort, parentPort, Worker, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import type { CoreEvents } from './core.ts';
import { type CoreSetup, openCore } from './open.ts';
import { workApart } from './policies/work-apart.ts';
import { serveCore } from './serve.ts';

if (!parentPort) throw new Error('core/thread is started by the hub, as a thread of it');

void begin(parentPort);

async function begin(port: MessagePort): Promise<void> {
  let tell: (events: CoreEvents) => void = () => undefined;
  const core = await openCore(workerData as CoreSetup, {
    now: systemClock.now,
    random: randomBytes,
    onEvents: (events) => tell(events),
    // Beside this file, compiled as it is.
    startWork: () =>
      workApart(new Worker(new URL('./policies/thread.js', import.meta.url), { name: 'syncline-policies' })),
    // After the answers of those who waited: the other thread then stops the process.
    onFailure: (error) =>
      setImmediate(() => {
        throw error;
      }),
  });
  const serving = serveCore(core, port);
  tell = serving.events;
}
