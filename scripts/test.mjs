// npm test: installs and compiles what is missing, then runs vitest; further arguments go to vitest.
import { buildWhenStale } from './build.mjs';
import { node } from './run.mjs';
import { setup } from './setup.mjs';

await setup();
// The tests of the running server and of its worker thread start the compiled program.
await buildWhenStale();
await node('node_modules/vitest/vitest.mjs', ['run', ...process.argv.slice(2)]);
