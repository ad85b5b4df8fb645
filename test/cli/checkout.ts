// A checkout of the project in a folder of its own, for commands that write into one.
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/program.ts';
import { root } from '../architecture/sources.ts';
import { runningServer } from '../postgres/server.ts';
import { openShell } from './shell.ts';

export interface Checkout {
  folder: string;
  /** A program of node_modules in it; resolves with what it wrote, and rejects with that when it fails. */
  tool(program: string, ...argv: string[]): Promise<string>;
  /** A command of the hub in it. */
  syncline(...argv: string[]): Promise<{ code: number; out: string; err: string }>;
  remove(): void;
}

const parts = ['src', 'connectors', 'mappings', 'scaffold', 'test', 'bench/measure'];
const settings = ['package.json', 'tsconfig.json', 'vitest.config.ts', 'biome.json'];

export function makeCheckout(): Checkout {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-checkout-'));
  for (const part of [...parts, ...settings]) cpSync(join(root, part), join(folder, part), { recursive: true });
  symlinkSync(realpathSync(join(root, 'node_modules')), join(folder, 'node_modules'));
  return {
    folder,
    tool: (program, ...argv) => execute(process.execPath, [join('node_modules', program), ...argv], folder),
    syncline: (...argv) => command(folder, argv),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** As on a machine of one who develops: snapshots that are not there yet are written. */
export function execute(program: string, argv: string[], cwd: string): Promise<string> {
  const { CI: _, ...rest } = process.env;
  // Its tests need no PostgreSQL, and would wait for one to be started.
  const env = { ...rest, [runningServer]: inject('postgres') };
  return new Promise((resolve, reject) => {
    execFile(program, argv, { cwd, env, maxBuffer: 1 << 24 }, (error, stdout, stderr) =>
      error ? reject(new Error(`${stdout}\n${stderr}`)) : resolve(stdout + stderr),
    );
  });
}

/** As they are when they are first asked for. */
async function connectorsOf(folder: string): Promise<Io['connectors']> {
  const list: { connectors: Io['connectors'] } = await import(join(folder, 'connectors', 'index.ts'));
  return list.connectors;
}

async function command(folder: string, argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const io: Io = {
    ...openShell().io,
    folder,
    connectors: argv[0] === 'new' ? [] : await connectorsOf(folder),
    stdout: (text) => {
      said.out += text;
    },
    stderr: (text) => {
      said.err += text;
    },
  };
  return { code: await run(argv, io), ...said };
}
