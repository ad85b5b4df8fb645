// Installs and compiles what is missing, then starts a compiled program: node scripts/start.mjs dist/sandbox/demo.js --once
import { buildWhenStale } from './build.mjs';
import { node } from './run.mjs';
import { setup } from './setup.mjs';

const [program, ...args] = process.argv.slice(2);
if (program === undefined) {
  console.error('start: name the compiled program, such as dist/sandbox/demo.js');
  process.exit(2);
}
await setup();
await buildWhenStale();
await node(program, args);
