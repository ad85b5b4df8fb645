// Starts one real PostgreSQL for the whole run; each test makes a schema of its own in it. Where it cannot be started
// the run fails: nothing that needs it is skipped.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { type Postgres, startPostgres as startIn } from '../../bench/measure/postgres.ts';

export { freePort } from '../../bench/measure/postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `postgres://…` of a user who may do everything. */
    postgres: string;
  }
}

/** In the environment: the address of a server that is there already. */
export const runningServer = 'SYNCLINE_TEST_POSTGRES';

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

/** In a folder of its own, which goes with it. */
export async function startPostgres(): Promise<Postgres> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-postgres-'));
  const server = await startIn(folder, { settings: ['max_connections=200'] });
  return {
    ...server,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
