// The worker thread of long work on policies; started for each piece of work, and ended with it.
import { parentPort } from 'node:worker_threads';
import { serveWork } from './serve-work.ts';

if (!parentPort) throw new Error('core/policies/thread is started by the core, as a thread of it');
serveWork(parentPort);
