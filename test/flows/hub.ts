// The whole hub as an operator runs it: the compiled program as a process, on loopback, over a database of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { stringify } from 'yaml';
import { nameSchema } from '../postgres/schemas.ts';
import { createClient, type HubClient } from './client.ts';
import { until } from './until.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where hubs of this run keep their store, unless a test says where; vitest.config.ts says who runs over which. */
    engine: 'sqlite' | 'postgres';
  }
}

const program = fileURLToPath(new URL('../../dist/src/main.js', import.meta.url));
export const shippedMappings = fileURLToPath(new URL('../../mappings', import.meta.url));
/** A busy machine; a hub that does not listen by then has failed. */
const startWithinMs = 120_000;

/** The key of a test that is not about keys. */
export const rootKey = 'root-secret-of-the-tests';

export interface Plan {
  /** As under `systems` of syncline.yaml. */
  systems: Record<string, object>;
  /** Documents by path (`wms/order.yaml`), or a folder that is there. */
  mappings?: Record<string, object | string> | string;
  /** Other members of syncline.yaml. */
  more?: object;
  /** SYNCLINE_KEYS. */
  keys?: string;
}

/** Files of one hub; it may be started on them again and again. */
export interface Place {
  folder: string;
  config: string;
  database: Database;
  keys: string;
}

export interface Database {
  /** As in syncline.yaml. */
  name: string;
  /** Of SQLite. @throws Error where the run is over PostgreSQL */
  readonly file: string;
  /** Makes it, where nobody has yet; of SQLite the hub makes its file. */
  prepare(): Promise<void>;
  /** As it was before the first start. */
  empty(): Promise<void>;
}

export interface Hub extends HubClient {
  place: Place;
  pid: number;
  /** Lines of its log, oldest first. */
  log: LogLine[];
  /** What it wrote that is no log line. */
  said: string[];
  /** SIGTERM. @returns its exit code, or the signal that ended it */
  stop(): Promise<number | string>;
  /** SIGKILL */
  kill(): Promise<void>;
  ended: Promise<number | string>;
}

export type LogLine = Record<string, unknown> & { level: string; msg: string };

export interface Ran {
  code: number | string;
  out: string;
  err: string;
}

const running = new Set<ChildProcess>();
const folders = new Set<string>();

// Also where a run is cut short: no hub outlives the tests.
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** For `afterEach`: nothing is left of any hub that was started here. */
export async function endAll(): Promise<void> {
  await Promise.all([...running].map(killed));
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  folders.clear();
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = exitOf(child);
  child.kill('SIGKILL');
  await gone;
}

export function layOut({ systems, mappings = shippedMappings, more = {}, keys }: Plan): Place {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-flow-'));
  folders.add(folder);
  const database = inject('engine') === 'postgres' ? schemaOfPostgres() : fileOfSqlite(join(folder, 'data', 'hub.db'));
  const base = { listen: '127.0.0.1:0', database: database.name, shutdownGrace: '5s' };
  const named = typeof mappings === 'string' ? mappings : 'mappings';
  const config = write(join(folder, 'syncline.yaml'), { ...base, mappings: named, systems, ...more });
  if (typeof mappings !== 'string')
    for (const [path, document] of Object.entries(mappings)) write(join(folder, 'mappings', path), document);
  return { folder, config, database, keys: keys ?? `root:admin=${rootKey}` };
}

function fileOfSqlite(file: string): Database {
  return {
    name: 'sqlite:data/hub.db',
    file,
    prepare: () => Promise.resolve(),
    empty: async () => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true });
    },
  };
}

function schemaOfPostgres(): Database {
  const schema = nameSchema();
  let created: Promise<void> | undefined;
  return {
    name: schema.url,
    get file(): string {
      throw new Error('PostgreSQL has no file of the hub');
    },
    prepare: () => {
      created ??= schema.create();
      return created;
    },
    empty: schema.empty,
  };
}

export function write(path: string, document: object | string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof document === 'string' ? document : stringify(document));
  return path;
}

export const startHub = (plan: Plan): Promise<Hub> => startAt(layOut(plan));

/**
 * @param under a command that starts it: `['unshare', …]`
 * @param of another build of it
 * @param withinMs until it listens
 */
export async function startAt(
  place: Place,
  under: readonly string[] = [],
  { of = program, withinMs = startWithinMs }: { of?: string; withinMs?: number } = {},
): Promise<Hub> {
  await place.database.prepare();
  const child = launch(place, ['serve', '--config', place.config], under, of);
  const { log, said } = listenTo(child);
  const ended = exitOf(child);
  const gone = ended.then((code) => {
    throw new Error(`the hub ended with ${code} before it listened:\n${said.join('\n')}`);
  });
  const line = until('the hub listens', () => log.find(({ msg }) => msg === 'listening'), undefined, withinMs);
  const up = await Promise.race([line, gone]);
  gone.catch(() => undefined);
  const client = createClient(String(up?.address), rootKey);
  return {
    ...client,
    place,
    pid: child.pid ?? 0,
    log,
    said,
    ended,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** One command of the program, run to its end. */
export async function syncline(place: Place, ...argv: string[]): Promise<Ran> {
  await place.database.prepare();
  const child = launch(place, [...argv, '--config', place.config]);
  const out = textOf(child.stdout);
  const err = textOf(child.stderr);
  const code = await exitOf(child);
  return { code, out: await out, err: await err };
}

function launch(place: Place, argv: readonly string[], under: readonly string[] = [], of = program): ChildProcess {
  if (!existsSync(of)) throw new Error(`there is no ${of}: npm run build`);
  const [command = '', ...args] = [...under, process.execPath, of, ...argv];
  const child = spawn(command, args, {
    cwd: place.folder,
    env: { PATH: process.env.PATH, SYNCLINE_KEYS: place.keys, SYNCLINE_KEY: rootKey },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** Once everything that it wrote has been read. */
const exitOf = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? String(signal))));

async function textOf(stream: ChildProcess['stdout']): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function listenTo(child: ChildProcess): { log: LogLine[]; said: string[] } {
  const log: LogLine[] = [];
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      try {
        log.push(JSON.parse(line) as LogLine);
      } catch {
        said.push(line);
      }
    });
  }
  return { log, said };
}
