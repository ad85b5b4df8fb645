// Starts one real PostgreSQL for the whole run; each test makes a schema of its own in it. Where it cannot be started
// the run fails: nothing that needs it is skipped.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../../bench/measure/postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** `postgres://…` of a user who may do everything. */
    postgres: string;
  }
}

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-postgres-'));
  const server = await startPostgres(join(folder, 'server'), { connections: 200 });
  project.provide('postgres', server.url);
  return async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}
