// Which tests run when: `npm test` the short ones, `--mode long` (npm run test:long) those that take minutes.
import { defineConfig } from 'vitest/config';

const longTests = ['test/long/**/*.test.ts', 'test/**/*.long.test.ts'];

/**
 * They leave nothing behind, so their files share a process and what they import: to load it anew for each took two fifths of
 * their time. One of them puts a module of its own in the place of another, and stays apart.
 */
const sharing = [
  ...['architecture', 'bench', 'config', 'connector', 'connectors', 'contract', 'core', 'delivery'],
  ...['documents', 'evidence', 'gateway', 'intake'],
  ...['cli', 'flows', 'store'],
  ...['mapping', 'merge', 'model', 'observe', 'policy', 'postgres', 'sandbox'],
]
  .map((folder) => `test/${folder}/**/*.test.ts`)
  .concat('test/security/**/!(constant-time).test.ts');
/**
 * Hubs as an operator runs them: these run a second time with the store in PostgreSQL. Not so bad-start: there the hub ends
 * before it opens its database, or is asked about its file and the disk below it; what PostgreSQL makes of that stands in
 * test/postgres (newer schema, no database) and test/crash/nodes (a database that ends).
 */
const overBothEngines = 'test/flows/!(bad-start).test.ts';
/**
 * Over PostgreSQL in `--mode long` only, since all of npm test is to take less than eight minutes: above the store's port
 * nothing of them differs, and what is below it stands in test/postgres, the stories of test/core among it.
 */
const longOverPostgres =
  'test/flows/(bad-input|batches|mapping-plan|returns|routing|shutdown|stream|surface|tokens|vendure).test.ts';
/** Against running systems: npm run test:live, docs/live.md. */
const liveTests = ['test/live/**/*.live.ts'];
const never = ['dist/**', 'node_modules/**'];

export default defineConfig(({ mode }) => {
  if (mode === 'live')
    return {
      test: {
        include: liveTests,
        globalSetup: ['test/live/start.ts'],
        pool: 'forks',
        fileParallelism: false,
        testTimeout: 600_000,
        hookTimeout: 600_000,
      },
    };
  const long = mode === 'long';
  // They only end what would never end: how long a test takes is the machine's affair.
  const timeouts = { testTimeout: long ? 900_000 : 300_000, hookTimeout: 300_000, teardownTimeout: 10_000 };
  // better-sqlite3 and worker threads do not live well inside vitest's own worker threads.
  const each = { pool: 'forks' as const, ...timeouts, provide: { engine: 'sqlite' as const } };
  const apart = {
    ...each,
    name: 'apart',
    include: long ? longTests : ['test/**/*.test.ts'],
    exclude: [...never, ...(long ? [] : [...longTests, ...sharing])],
  };
  const together = { ...each, name: 'together', include: sharing, exclude: [...never, ...longTests], isolate: false };
  const postgres = {
    ...each,
    name: 'postgres',
    isolate: false,
    include: [long ? longOverPostgres : overBothEngines],
    exclude: [...never, ...(long ? [] : [longOverPostgres])],
    provide: { engine: 'postgres' as const },
  };
  const mysql = {
    ...each,
    name: 'mysql',
    include: ['test/mysql/*.mysql.ts'],
    globalSetup: ['test/mysql/server.ts'],
  };
  if (mode === 'mysql') return { test: { projects: [{ test: mysql }] } };
  const streams = {
    ...each,
    name: 'streams',
    include: ['test/streams/*.streams.ts'],
    globalSetup: ['test/streams/nats-server.ts', 'test/streams/kafka-mock.ts'],
  };
  if (mode === 'streams') return { test: { projects: [{ test: streams }] } };
  return {
    test: {
      // One more than the two cores of CI: tests that start servers wait for a quarter of their time.
      maxWorkers: 3,
      // Here, not in a project: one server for all of them.
      globalSetup: ['test/postgres/server.ts'],
      projects: [{ test: apart }, { test: postgres }, ...(long ? [] : [{ test: together }])],
    },
  };
});
