// A server under test as a process of its own: started, timed until it listens, ended.
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { nowMs } from './now.ts';
import { type Usage, usageOf } from './usage.ts';

export interface ServerProgram {
  /** Arguments of node. */
  args: string[];
  env?: Record<string, string>;
}

export interface Server {
  url: string;
  /** From start to the log line that says "listening". */
  startMs: number;
  usage(): Usage | undefined;
  stop(): Promise<void>;
  /** SIGKILL, at once. */
  kill(): void;
}

const startWithinMs = 60_000;
const stopWithinMs = 20_000;
const keepLines = 20;

/** @throws when it ends, or says nothing for a minute, before it listens */
export async function startServer({ args, env = {} }: ServerProgram): Promise<Server> {
  const started = nowMs();
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  const address = await listening(child);
  const pid = child.pid ?? 0;
  return {
    url: address.includes('://') ? address : `http://${address}`,
    startMs: nowMs() - started,
    usage: () => usageOf(pid),
    stop: () => ended(child),
    kill,
  };
}

function listening(child: ChildProcess): Promise<string> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    const fail = (what: string) => reject(new Error(`the server ${what}\n${said.join('\n')}`));
    const timer = setTimeout(() => fail(`did not listen within ${startWithinMs / 1000} s`), startWithinMs);
    child.once('exit', (code, signal) => fail(`ended (${signal ?? code}) before it listened`));
    child.once('error', reject);
    for (const input of [child.stdout, child.stderr]) {
      if (!input) continue;
      // Read to the end: a full pipe would stop the server.
      createInterface({ input }).on('line', (line) => {
        said.push(line);
        if (said.length > keepLines) said.shift();
        const address = addressIn(line);
        if (address === undefined) return;
        clearTimeout(timer);
        resolve(address);
      });
    }
  });
}

function addressIn(line: string): string | undefined {
  if (!line.includes('"listening"')) return undefined;
  try {
    const { msg, address } = JSON.parse(line) as { msg?: unknown; address?: unknown };
    return msg === 'listening' && typeof address === 'string' ? address : undefined;
  } catch {
    return undefined;
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
