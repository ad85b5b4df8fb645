// Joins what the hub and its core thread load into a few files: most of a start was finding and linking some hundred
// modules, twice (measured: 2.4 s of processor time from start to listening, 1.6 s with these). What the compiler wrote stays
// beside them, for the sandbox and the benches.
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { root } from './run.mjs';

const programs = { main: 'src/main.ts', 'core/thread': 'src/core/thread.ts' };
/** They load compiled code by a path of their own. */
const native = ['better-sqlite3', 'sharp', 'pg-native', 'ssh2-sftp-client'];

/** What the test of a connector package runs with: its own vitest and msw, one copy of each. */
const ofTheTest = ['vitest', 'msw'];

/** @param file where the suite goes that connector packages import */
export async function bundleConformance(file) {
  const input = join(root, 'test/contract/conformance.ts');
  const bundled = await rolldown({ input, external: [...native, ...ofTheTest], platform: 'node', logLevel: 'warn' });
  await bundled.write({ file, format: 'esm', codeSplitting: false });
  await bundled.close();
}

/** @param folder where the programs go, under the names that the compiler gives them */
export async function bundle(folder) {
  const input = Object.fromEntries(Object.entries(programs).map(([name, file]) => [name, join(root, file)]));
  const bundled = await rolldown({ input, external: native, platform: 'node', logLevel: 'warn' });
  await bundled.write({
    dir: folder,
    format: 'esm',
    sourcemap: true,
    entryFileNames: '[name].js',
    // Beside main.js: a file that is found from `import.meta.url` is found from there too.
    chunkFileNames: 'bundled-[name]-[hash].js',
  });
  await bundled.close();
}
