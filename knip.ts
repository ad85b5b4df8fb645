// Finds files, exports and dependencies that nothing uses: `npm run check:unused`.
import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  entry: [
    // Started by the launchers that scripts/bundle.mjs writes.
    'src/load-program.ts',
    // Started as a worker thread, by address: no import leads to it.
    'src/core/thread.ts',
    'src/core/policies/thread.ts',
    'connectors/*/index.ts',
    'sandbox/demo.ts',
    'bench/*.ts',
    'bench/peers/main.ts',
    // Started by the bench as programs of their own.
    'bench/peers/queues/{pg-boss,graphile-worker}.ts',
    'test/**/*.test.ts',
    'test/mysql/*.ts',
    'test/streams/*.ts',
    'test/live/*.live.ts',
    'test/live/start.ts',
    // Built for connector packages, which import it as `syncline/conformance`.
    'test/contract/conformance.ts',
    'scripts/*.mjs',
  ],
  project: ['{src,connectors,sandbox,bench,test}/**/*.{ts,tsx}', 'scripts/*.mjs'],
  // A type that stands in a signature is exported for its readers, even before the first importer.
  ignoreExportsUsedInFile: true,
  // dependency-cruiser loads it as its parser, by name.
  ignoreDependencies: ['@swc/core'],
  // A server that is installed beside this, and told of where it is missing.
  ignoreBinaries: ['mariadbd', 'mariadb-install-db', 'kcat', 'nats-server'],
};

export default config;
