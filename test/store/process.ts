// Starts the store in another process and reads what it says, line by line.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./child.mjs', import.meta.url));
const compiled = fileURLToPath(new URL('../../dist/src/store/sqlite/open.js', import.meta.url));

export interface Started {
  lines: AsyncIterableIterator<string>;
  kill(): void;
  ended: Promise<number | string>;
}

const started = new Set<ChildProcess>();

/** After a test that failed half-way. */
export function killStarted(): void {
  for (const child of started) child.kill('SIGKILL');
}

interface StartOptions {
  /** Most that a file of it may hold, in KiB. */
  blocks?: number;
  /** Of the disk below it. */
  env?: Record<string, string>;
}

export function startStore(
  what: 'own' | 'write' | 'fail' | 'backup',
  path: string,
  { blocks, env }: StartOptions = {},
): Started {
  if (!existsSync(compiled)) throw new Error('dist/ is missing: npm run build');
  const node = [process.execPath, program, what, path];
  const limited = ['-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', ...node];
  const [command = '', ...args] = blocks === undefined ? node : ['/bin/bash', ...limited];
  const child: ChildProcess = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<number | string>((resolve) =>
    child.once('exit', (code, signal) => resolve(code ?? String(signal))),
  );
  if (!child.stdout) throw new Error('no output');
  started.add(child);
  child.once('exit', () => started.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { lines, ended, kill: () => child.kill('SIGKILL') };
}
