// Programs that the live tests install and start: told as they go, ended when the run ends, and with their own words when they fail.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Program {
  command: string;
  args: readonly string[];
  cwd: string;
  env?: Record<string, string>;
}

export const say = (what: string): void => void process.stderr.write(`live: ${what}\n`);

/** The reason stands first: nobody looks for it in a stack. */
export const notRun = (why: string): Error => new Error(`NOT RUN: ${why}; docs/live.md says what is needed`);

export const isInstalled = (name: string): boolean =>
  (process.env.PATH ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

const keptLines = 40;

function launch({ command, args, cwd, env = {} }: Program): { child: ChildProcess; said: string[] } {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said.push(...chunk.toString().split('\n').filter(Boolean));
      said.splice(0, said.length - keptLines);
    });
  return { child, said };
}

/** @param what for people: what is done meanwhile. @throws Error with the last lines that it wrote */
export async function runToEnd(what: string, program: Program): Promise<void> {
  say(what);
  const begun = Date.now();
  const { child, said } = launch(program);
  const [code] = await Promise.race([once(child, 'exit'), once(child, 'error').then(([error]) => [error.message])]);
  if (code !== 0) throw new Error(`${what}: ${program.command} ended with ${code}\n${said.join('\n')}`);
  say(`${what}: done in ${Math.round((Date.now() - begun) / 1000)} s`);
}

export interface Running {
  pid: number;
  /** SIGTERM, and SIGKILL where that is not heard. */
  stop(): Promise<void>;
  /** SIGKILL */
  kill(): Promise<void>;
}

const patienceMs = 300_000;
const lookEveryMs = 250;

/** @param isUp asked again and again; an error counts as not yet */
export async function startProgram(what: string, program: Program, isUp: () => Promise<boolean>): Promise<Running> {
  say(`${what}: starting`);
  const { child, said } = launch(program);
  const gone = once(child, 'exit');
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(late);
  };
  // Whatever ends the run ends them.
  process.once('exit', () => child.kill('SIGKILL'));
  const until = Date.now() + patienceMs;
  while (!(await isUp().catch(() => false))) {
    const ended = child.exitCode ?? child.signalCode;
    if (ended !== null) throw new Error(`${what} ended with ${ended} before it was up\n${said.join('\n')}`);
    if (Date.now() > until) {
      await end('SIGKILL');
      throw new Error(`${what} was not up within ${patienceMs / 1000} s\n${said.join('\n')}`);
    }
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  say(`${what}: running, process ${child.pid}`);
  return { pid: child.pid ?? 0, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}
