// Which tests run when: `npm test` the short ones, `--mode long` (npm run test:long) those that take minutes.
import { defineConfig } from 'vitest/config';

const longTests = ['test/long/**/*.test.ts', 'test/**/*.long.test.ts'];

export default defineConfig(({ mode }) => {
  const long = mode === 'long';
  return {
    test: {
      include: long ? longTests : ['test/**/*.test.ts'],
      exclude: ['dist/**', 'node_modules/**', ...(long ? [] : longTests)],
      // better-sqlite3 and worker threads do not live well inside vitest's own worker threads.
      pool: 'forks',
      globalSetup: ['test/postgres/server.ts'],
      // CI has two cores, and the crash tests start servers beside the tests.
      maxWorkers: 2,
      testTimeout: long ? 900_000 : 30_000,
      hookTimeout: 60_000,
      teardownTimeout: 10_000,
    },
  };
});
