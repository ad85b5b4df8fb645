// Joins what the hub and its core thread load into a few files, and keeps what V8 makes of them: most of a start was finding,
// linking and compiling some hundred modules, twice (measured, processor time from start to listening: 2.4 s, joined 1.6 s,
// compiled ahead 1.1 s). What the compiler wrote stays beside them, for the sandbox and the benches.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { createInterface } from 'node:readline';
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

/** The loader hands it in (src/load-program.ts): a script that was compiled ahead cannot import. */
const importing = {
  name: 'import-module',
  resolveId: (wanted) =>
    wanted.endsWith('/import-module.ts') ? { id: 'syncline:import-module', external: true } : null,
};

/** @param folder where the programs go, under the names that the compiler gives them */
export async function bundle(folder) {
  const input = Object.fromEntries(Object.entries(programs).map(([name, file]) => [name, join(root, file)]));
  const bundled = await rolldown({ input, external: native, platform: 'node', logLevel: 'warn', plugins: [importing] });
  await bundled.write({
    dir: folder,
    // Of modules Node takes nothing that was compiled ahead.
    format: 'cjs',
    sourcemap: true,
    entryFileNames: '[name].cjs',
    // Beside main.cjs: a file that is found from its own address is found from there too.
    chunkFileNames: 'bundled-[name]-[hash].cjs',
  });
  await bundled.close();
  for (const name of Object.keys(programs)) writeFileSync(join(folder, `${name}.js`), launcher(folder, name));
}

function launcher(folder, name) {
  const file = join(folder, name);
  const loader = relative(dirname(file), join(folder, 'load-program.js'));
  // The shell starts the first by this line.
  return `${name === 'main' ? '#!/usr/bin/env node\n' : ''}// Made by scripts/bundle.mjs.
import { loadProgram } from '${loader.startsWith('.') ? loader : `./${loader}`}';

loadProgram(new URL('./${name.split('/').at(-1)}.cjs', import.meta.url));
`;
}

/**
 * Starts the hub once and ends it; scripts/keep-compiled.cjs writes what V8 has compiled until then. Without it a hub works
 * the same and only starts more slowly, so that a hub that cannot start here is no fault of the build.
 */
export async function compileAhead(folder) {
  const place = mkdtempSync(join(tmpdir(), 'syncline-build-'));
  const config = join(place, 'syncline.yaml');
  writeFileSync(
    config,
    JSON.stringify({
      listen: '127.0.0.1:0',
      database: `sqlite:${join(place, 'hub.db')}`,
      mappings: join(root, 'mappings'),
      policies: join(root, 'policies'),
      systems: { shop: { role: 'order', connector: 'http', settings: { url: 'http://127.0.0.1:9' } } },
    }),
  );
  const hook = join(root, 'scripts', 'keep-compiled.cjs');
  const main = join(folder, 'main.js');
  const hub = spawn(process.execPath, ['--require', hook, main, 'serve', '--config', config], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const said = [];
  createInterface({ input: hub.stdout }).on('line', (line) => {
    said.push(line);
    if (line.includes('"msg":"started"')) hub.kill('SIGTERM');
  });
  const code = await new Promise((resolve) => hub.once('close', resolve));
  rmSync(place, { recursive: true, force: true });
  if (code !== 0) console.warn(`build: nothing is compiled ahead, the hub ended with ${code}\n${said.join('\n')}`);
}
