// The program: hands the outside world to the command line, and its answer to the shell.
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { connectors } from '../connectors/index.ts';
import { httpRequest } from './cli/http-request.ts';
import type { Io } from './cli/io.ts';
import { run } from './cli/program.ts';
import { systemClock } from './clock.ts';
import { createLog, standardOutput } from './log.ts';

// What dies young is cleared away by the thread that made it: V8's helper threads took a sixth of all processor time for it
// (measured on two cores), and made no pause shorter. The helpers of the rest can only be switched off on the command line,
// with `node --single-threaded-gc`: V8 ends the process when concurrent marking is taken from a heap that exists.
setFlagsFromString('--no-parallel-scavenge');

// What is written holds personal data: it is for this user, and for its group as the shell says.
process.umask(process.umask(0o077) | 0o027);

const signals = ['SIGTERM', 'SIGINT'] as const;

const io: Io = {
  env: process.env,
  folder: process.cwd(),
  stdout: (text) => void process.stdout.write(text),
  stderr: (text) => void process.stderr.write(text),
  terminal: process.stderr.isTTY === true,
  clock: systemClock,
  random: randomBytes,
  connectors,
  request: httpRequest,
  onSignal: (tell) => {
    for (const signal of signals) process.on(signal, tell);
    return () => {
      for (const signal of signals) process.off(signal, tell);
    };
  },
  exit: (code) => process.exit(code),
  openLog: (options) => {
    const to = standardOutput();
    return { log: createLog({ ...options, to }), flush: () => to.flushSync() };
  },
  loadHub: () => import('./app.ts'),
};

// Whoever reads our output may have enough of it: `syncline check | head`.
process.stdout.on('error', () => process.exit());

void run(process.argv.slice(2), io).then((code) => {
  // Nothing is left to do: whatever still holds the process open is not worth waiting for.
  process.stdout.write('', () => process.exit(code));
});
