// Compiles to dist/; with --when-stale only if a source is newer than the last build.
import { chmodSync, existsSync, readdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMain, node, root } from './run.mjs';
import { setup } from './setup.mjs';

const dist = join(root, 'dist');
const stamp = join(dist, '.built');
const conformance = [
  'contract/conformance.ts',
  'contract/connector.contract.ts',
  'contract/connector',
  'connectors/msw-server.ts',
];
const sources = [
  'src',
  'connectors',
  'sandbox',
  'bench',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
].concat(conformance.map((path) => `test/${path}`));

/** Into a folder of its own first: a build that fails leaves the last good one, and no file of a deleted source stays. */
export async function build() {
  const started = new Date();
  const fresh = join(root, `.build-${process.pid}`);
  process.once('exit', () => rmSync(fresh, { recursive: true, force: true }));
  await node('node_modules/typescript/bin/tsc', ['-p', 'tsconfig.build.json', '--outDir', fresh]);
  // Not at the top: it stands on a package that may not be installed when this file is read.
  const { bundle, bundleConformance, compileAhead } = await import('./bundle.mjs');
  await bundle(join(fresh, 'src'));
  await bundleConformance(join(fresh, 'conformance.js'));
  // The shell starts it by its first line.
  chmodSync(join(fresh, 'src', 'main.js'), 0o755);
  await compileAhead(join(fresh, 'src'));
  const mark = join(fresh, '.built');
  writeFileSync(mark, started.toISOString());
  // What was edited while the compiler ran is newer than this build.
  utimesSync(mark, started, started);
  rmSync(dist, { recursive: true, force: true });
  renameSync(fresh, dist);
}

export async function buildWhenStale() {
  if (!isStale()) return;
  console.log('build: compiling to dist/');
  await build();
}

function isStale() {
  if (!existsSync(stamp)) return true;
  const builtAt = statSync(stamp).mtimeMs;
  return sources.some((source) => newest(join(root, source)) > builtAt);
}

/** Folders count too: deleting a file touches nothing but its folder. */
function newest(path) {
  if (!existsSync(path)) return 0;
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(found.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

if (isMain(import.meta.url)) {
  await setup();
  await (process.argv.includes('--when-stale') ? buildWhenStale() : build());
}
