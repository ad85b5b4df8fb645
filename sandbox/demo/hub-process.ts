// The built hub as a process of its own, started and stopped the way an operator does it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from './root.ts';

export interface HubProcess {
  url: string;
  /** Warnings and worse, and anything it wrote that is no log line: for a story that failed. */
  complaints(): string[];
  /** SIGTERM; @returns its exit code */
  stop(): Promise<number | null>;
}

/** A machine that is busy with other things starts two threads slowly. */
const startWithinMs = 90_000;
const keepLines = 30;

export async function startHub(config: string, keys: string): Promise<HubProcess> {
  const program = join(projectRoot, 'dist', 'src', 'main.js');
  if (!existsSync(program)) throw new Error(`there is no ${program}; run npm run build first`);
  const child = spawn(process.execPath, [program, 'serve', '--config', config], {
    env: { PATH: process.env.PATH, SYNCLINE_KEYS: keys },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  // The demo never leaves a hub behind, however it ends.
  process.once('exit', () => child.kill('SIGKILL'));
  const complaints: string[] = [];
  const url = await listening(child, exited, complaints);
  return {
    url,
    complaints: () => complaints,
    stop: () => {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

async function listening(child: ChildProcess, exited: Promise<unknown>, complaints: string[]): Promise<string> {
  const address = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream) continue;
      createInterface({ input: stream }).on('line', (line) => {
        const said = readLine(line);
        if (said.address !== undefined) resolve(said.address);
        if (said.complaint) complaints.push(line);
        if (complaints.length > keepLines) complaints.shift();
      });
    }
  });
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`the hub did not listen within ${startWithinMs / 1000} s`)),
      startWithinMs,
    );
    timer.unref();
  });
  const gone = exited.then((code) => {
    throw new Error(`the hub stopped with exit code ${code} before it listened\n${complaints.join('\n')}`);
  });
  return Promise.race([address, late, gone]);
}

const warning = 40;
const words: Record<string, number> = { trace: 10, debug: 20, info: 30 };

function readLine(line: string): { address?: string; complaint: boolean } {
  try {
    const { msg, address, level } = JSON.parse(line) as Record<string, unknown>;
    const rank = typeof level === 'number' ? level : (words[String(level)] ?? warning);
    return { complaint: rank >= warning, ...(msg === 'listening' && { address: baseUrl(String(address)) }) };
  } catch {
    return { complaint: true };
  }
}

const baseUrl = (address: string): string => (address.includes('://') ? address : `http://${address}`);
