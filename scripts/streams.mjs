// npm run test:streams: what is proved against a real NATS server, and librdkafka's mock broker (in kcat). Where one is missing it says NOT RUN and fails.
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { node } from './run.mjs';

const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'];
const missing = ['nats-server', 'kcat'].filter((name) => !folders.some((one) => existsSync(join(one, name))));
if (missing.length > 0) {
  console.error(
    `NOT RUN: the tests on brokers; there is no ${missing.join(', no ')}. apt-get install ${missing.join(' ')}`,
  );
  process.exitCode = 1;
} else {
  await node('node_modules/vitest/vitest.mjs', ['run', '--mode', 'streams', ...process.argv.slice(2)]);
}
