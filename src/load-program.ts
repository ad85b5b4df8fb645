// Loads a bundled program with what V8 made of it at build time: to compile it anew took a third of every start.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import * as importing from './mapping/import-module.ts';

/** As scripts/bundle.mjs names it. */
const importingName = 'syncline:import-module';

/**
 * Runs it once, and what it requires by a relative path; everything else is Node's to find.
 * @param program of scripts/bundle.mjs: `file:///…/dist/src/main.cjs`
 */
export function loadProgram(program: URL): void {
  const file = fileURLToPath(program);
  const name = basename(file, '.cjs');
  const loaded = new Map<string, { exports: object }>();

  const load = (path: string): object => {
    const found = loaded.get(path);
    if (found) return found.exports;
    const module = { exports: {} };
    loaded.set(path, module);
    const outer = createRequire(path);
    const inner = (wanted: string): unknown => {
      if (wanted === importingName) return importing;
      return wanted.startsWith('.') ? load(resolve(dirname(path), wanted)) : outer(wanted);
    };
    (scriptOf(path, name).runInThisContext() as Wrapped)(module.exports, inner, module, path, dirname(path));
    return module.exports;
  };
  load(file);
}

type Wrapped = (exports: object, require: unknown, module: object, filename: string, dirname: string) => void;

/**
 * What another Node has compiled, or this one with other flags of V8, is set aside: `cachedDataRejected`.
 * @param program `main`, `thread`: each has what it uses of a file
 */
export function scriptOf(path: string, program: string): vm.Script {
  const source = `(function (exports, require, module, __filename, __dirname) { ${readFileSync(path, 'utf8')}\n})`;
  const cachedData = readIfThere(`${path}.${program}.compiled`);
  return new vm.Script(source, { filename: path, ...(cachedData && { cachedData }) });
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
