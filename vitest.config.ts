// Which tests run when: `npm test` the short ones, `--mode long` (npm run test:long) those that take minutes.
import { defineConfig } from 'vitest/config';

const longTests = ['test/long/**/*.test.ts', 'test/**/*.long.test.ts'];

/** Nothing of theirs outlives a test, so they share what they import: to load it anew for each file took a tenth of the run. */
const sharing = ['architecture', 'bench', 'config', 'mapping', 'merge', 'model', 'observe', 'policy'].map(
  (folder) => `test/${folder}/**/*.test.ts`,
);
const never = ['dist/**', 'node_modules/**'];

export default defineConfig(({ mode }) => {
  const long = mode === 'long';
  const timeouts = { testTimeout: long ? 900_000 : 30_000, hookTimeout: 60_000, teardownTimeout: 10_000 };
  // better-sqlite3 and worker threads do not live well inside vitest's own worker threads.
  const each = { pool: 'forks' as const, ...timeouts };
  const apart = {
    ...each,
    name: 'apart',
    include: long ? longTests : ['test/**/*.test.ts'],
    exclude: [...never, ...(long ? [] : [...longTests, ...sharing])],
    globalSetup: ['test/postgres/server.ts'],
  };
  const together = { ...each, name: 'together', include: sharing, exclude: [...never, ...longTests], isolate: false };
  return {
    test: {
      // CI has two cores, and the crash tests start servers beside the tests.
      maxWorkers: 2,
      projects: [{ test: apart }, ...(long ? [] : [{ test: together }])],
    },
  };
});
