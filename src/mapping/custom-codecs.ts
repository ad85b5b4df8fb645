// Codecs that an installation brings along: `codecs/<name>.js` (or .ts where the runtime reads it) beside the mappings.
import { readdir } from 'node:fs/promises';
import { basename, extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { type CodecDefinition, defineCodec, Unreadable } from './codec.ts';
import { builtInCodecs, type Codecs } from './codecs.ts';
import type { Fault } from './fault.ts';
import { importModule } from './import-module.ts';

/** What a codec file gets when its default export is a function, so that it needs no import path into the hub. */
const codecKit = { defineCodec, Unreadable, z };

const isDefinition = (value: unknown): value is CodecDefinition =>
  typeof value === 'object' &&
  value !== null &&
  ['name', 'params', 'kinds', 'class', 'make', 'arbitrary'].every((member) => member in value);

const readable = ['.js', '.mjs', '.ts'];

async function codecFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const chosen = new Map<string, string>();
  for (const extension of readable) {
    for (const name of names.filter((one) => extname(one) === extension && !one.endsWith('.d.ts'))) {
      const stem = basename(name, extension);
      if (!chosen.has(stem)) chosen.set(stem, name);
    }
  }
  return [...chosen.values()].sort();
}

/** @returns the built-in codecs and those of `<folder>/codecs` */
export async function loadCodecs(folder: string, faults: Fault[]): Promise<Codecs> {
  const codecs = new Map(builtInCodecs);
  for (const name of await codecFiles(join(folder, 'codecs'))) {
    const file = join(folder, 'codecs', name);
    const codec = await importCodec(file, (message) => faults.push({ file, path: '', message }));
    const stem = basename(name, extname(name));
    if (!codec) continue;
    if (codec.name !== stem)
      faults.push({ file, path: 'name', message: `is "${codec.name}"; a codec is called like its file, ${stem}` });
    else if (builtInCodecs.has(stem)) faults.push({ file, path: 'name', message: `there is already a codec ${stem}` });
    else codecs.set(stem, codec);
  }
  return codecs;
}

async function importCodec(file: string, fault: (message: string) => void): Promise<CodecDefinition | undefined> {
  let found: unknown;
  try {
    found = (await importModule(pathToFileURL(resolve(file)).href)).default;
    if (typeof found === 'function') found = (found as (kit: typeof codecKit) => unknown)(codecKit);
  } catch (error) {
    const unread = (error as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION';
    return void fault(
      unread
        ? 'this Node.js does not read TypeScript; compile it to .js beside it'
        : `cannot be loaded: ${(error as Error).message}`,
    );
  }
  if (isDefinition(found)) return found;
  return void fault(
    'its default export is no codec: give defineCodec({ name, params, kinds, class, make, arbitrary }), or a function of { defineCodec, Unreadable, z } that returns one',
  );
}
