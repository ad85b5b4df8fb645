// npm run test:crash: kills the hub and cuts its power for long; --kills, --cuts, --seed, --round, --engine.
import { parseArgs } from 'node:util';
import { buildWhenStale } from './build.mjs';
import { node } from './run.mjs';
import { setup } from './setup.mjs';

const help = `npm run test:crash -- [options]

  --kills <n>       SIGKILLs, in rounds of at most 25 (default 100)
  --cuts <n>        power cuts, SQLite only (default 20)
  --engine <name>   sqlite or postgres: two processes over one database, which are killed, stopped and cut off
  --seed <text>     the same seed is the same plan; a new one each time unless it is given
  --round <n>       only this round of the plan
  --help

  It ends with a table of what befell the hub and how often each promise was checked. A round takes some minutes;
  what fails names the command that repeats it.`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    kills: { type: 'string', default: '100' },
    cuts: { type: 'string', default: '20' },
    /** The same seed is the same plan; a new one each time unless it is given. */
    seed: { type: 'string', default: new Date().toISOString() },
    round: { type: 'string' },
    /** postgres: two processes over one database, which are killed, stopped and cut off. */
    engine: { type: 'string', default: 'sqlite' },
  },
});
if (values.help) {
  console.log(help);
  process.exit(0);
}
for (const name of ['kills', 'cuts', 'round']) {
  if (values[name] === undefined || /^\d+$/.test(values[name])) continue;
  console.error(`test:crash: --${name} must be a number, not "${values[name]}"`);
  process.exit(2);
}
if (!['sqlite', 'postgres'].includes(values.engine)) {
  console.error(`test:crash: --engine must be sqlite or postgres, not "${values.engine}"`);
  process.exit(2);
}
process.env.CRASH_ENGINE = values.engine;
process.env.CRASH_KILLS = values.kills;
process.env.CRASH_CUTS = values.cuts;
process.env.CRASH_SEED = values.seed;
if (values.round !== undefined) process.env.CRASH_ROUND = values.round;

await setup();
await buildWhenStale();
const cuts = values.engine === 'sqlite' ? ` and ${values.cuts} power cuts` : ' over PostgreSQL';
console.log(`${values.kills} kills${cuts} after the seed "${values.seed}"`);
await node('node_modules/vitest/vitest.mjs', ['run', '--mode', 'long', 'test/crash/rounds.long.test.ts']);
