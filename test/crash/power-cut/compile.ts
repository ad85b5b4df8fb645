// Compiles the preloaded library, once for each state of its source.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('./power-cut.c', import.meta.url));

/**
 * @returns the path of the library
 * @throws Error naming what is missing: these tests are never left out silently
 */
export function compilePowerCut(): string {
  if (process.platform !== 'linux')
    throw new Error(
      `power cuts are simulated by a library that Linux preloads; on ${process.platform} run them in a container`,
    );
  const digest = createHash('sha256').update(readFileSync(source)).update(process.arch).digest('hex').slice(0, 16);
  const library = join(tmpdir(), `syncline-power-cut-${process.getuid?.()}-${digest}.so`);
  if (existsSync(library)) return library;
  const compiler = process.env.CC ?? 'cc';
  const fresh = `${library}.${process.pid}`;
  const { error, status, stderr } = spawnSync(
    compiler,
    ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror', '-o', fresh, source, '-lpthread'],
    { encoding: 'utf8' },
  );
  if (error)
    throw new Error(
      `the C compiler "${compiler}" does not start (${error.message}); install one (apt install gcc libc6-dev) or name it in CC: power cuts are simulated by a small library`,
    );
  if (status !== 0) throw new Error(`"${compiler}" cannot compile ${source}:\n${stderr}`);
  renameSync(fresh, library);
  return library;
}
