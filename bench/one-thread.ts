// The hub with its store side in the main thread, for what the thread of its own is worth: bench/main.ts --one-thread.

import { connectors } from '../connectors/index.ts';
import { startHub } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { createLog } from '../src/log.ts';

const [config = ''] = process.argv.slice(2);
const hub = await startHub(await loadConfig(config, { env: process.env, connectors }), {
  log: createLog({ level: 'info' }),
  version: 'bench',
  oneThread: true,
});
process.once('SIGTERM', () => hub.stop('SIGTERM'));
process.exit(await hub.stopped);
