// A command line in a folder of its own, with everything outside of it held still and what it says written down.
import { join } from 'node:path';
import { connectors } from '../../connectors/index.ts';
import type { HttpAnswer, HttpRequest, Io } from '../../src/cli/io.ts';
import { run } from '../../src/cli/program.ts';
import { createLog } from '../../src/log.ts';
import { folderWith } from '../config/folder.ts';
import { type ManualClock, manualClock } from '../gateway/manual-clock.ts';

/** Port 9 is the discard service: nobody is expected there, and nobody is asked. */
export const plainConfig = `
listen: 127.0.0.1:9
database: sqlite:hub.db
systems:
  shop: { role: order, connector: http, settings: { url: "http://shop", auth: { bearer: shop-secret-token } } }
  erp: { role: erp, connector: feed }
`;

export interface Shell {
  io: Io;
  folder: string;
  database: string;
  clock: ManualClock;
  requests: HttpRequest[];
  exits: number[];
  logged: string[];
  signal(name: string): void;
  /** @returns its exit code, and what this command wrote */
  syncline(...argv: string[]): Promise<{ code: number; out: string; err: string }>;
  /** The one line of JSON that it wrote. */
  json(...argv: string[]): Promise<unknown>;
}

export interface ShellOptions {
  files?: Record<string, string>;
  env?: Record<string, string>;
  terminal?: boolean;
  /** Answers in place of a hub. */
  hub?: (request: HttpRequest) => Promise<HttpAnswer>;
  loadHub?: Io['loadHub'];
}

const nobody = async (): Promise<never> => {
  throw Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
};

export function openShell(options: ShellOptions = {}): Shell {
  const folder = folderWith({ 'syncline.yaml': plainConfig, ...options.files });
  const clock = manualClock();
  const written = { out: '', err: '' };
  const listeners = new Set<(signal: string) => void>();
  const requests: HttpRequest[] = [];
  const exits: number[] = [];
  const logged: string[] = [];
  let chance = 0;
  const io: Io = {
    env: options.env ?? {},
    folder,
    stdout: (text) => {
      written.out += text;
    },
    stderr: (text) => {
      written.err += text;
    },
    terminal: options.terminal === true,
    clock,
    random: (bytes) => new Uint8Array(bytes).fill(++chance),
    connectors,
    request: (request) => {
      requests.push(request);
      return (options.hub ?? nobody)(request);
    },
    onSignal: (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    exit: (code) => void exits.push(code),
    openLog: (log) => ({
      log: createLog({ ...log, to: { write: (line: string) => void logged.push(line) } }),
      flush: () => void logged.push('flushed'),
    }),
    loadHub: options.loadHub ?? (() => Promise.reject(new Error('no hub in this test'))),
  };
  const syncline: Shell['syncline'] = async (...argv) => {
    written.out = '';
    written.err = '';
    const code = await run(argv, io);
    return { code, ...written };
  };
  return {
    io,
    folder,
    database: join(folder, 'hub.db'),
    clock,
    requests,
    exits,
    logged,
    signal: (name) => {
      for (const tell of listeners) tell(name);
    },
    syncline,
    json: async (...argv) => JSON.parse((await syncline(...argv, '--json')).out),
  };
}
