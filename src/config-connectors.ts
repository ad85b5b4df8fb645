// Connectors that an installation brings along: npm packages, named in syncline.yaml and installed beside it.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type ConfigFault, placeOf } from './config-fault.ts';
import type { Connector } from './connector/contract.ts';
import { defineConnector } from './connector/define.ts';
import { kit, kitVersion } from './connector/kit.ts';
import { importModule } from './mapping/import-module.ts';
import { isTree } from './model/own.ts';

/** A package and what it brought. */
export interface ConnectorPackage {
  package: string;
  version: string;
  connector: Connector;
  proof: Proof;
}

/** What the reports in the package say that the contract suite found of it. */
export interface Proof {
  /** Cases that were kept, over all reports. */
  kept: number;
  /** What a report is missing, or which cases it says were not kept. */
  doubts: string[];
}

export interface LoadedPackages {
  packages: ConnectorPackage[];
  faults: ConfigFault[];
}

/**
 * @param named the member `connectors` as written
 * @param file `syncline.yaml`: where it is, packages are looked for there and above
 * @param taken names of the connectors that there are already
 */
export async function loadPackages(named: unknown, file: string, taken: readonly string[]): Promise<LoadedPackages> {
  const names = Array.isArray(named) ? named : [];
  const loaded: LoadedPackages = { packages: [], faults: [] };
  for (const [index, name] of names.entries()) {
    try {
      const found = await loadPackage(name, file);
      refuseTaken(found, [...taken, ...loaded.packages.map(({ connector }) => connector.name)]);
      loaded.packages.push(found);
    } catch (error) {
      loaded.faults.push({ path: placeOf(['connectors', index]), message: (error as Error).message });
    }
  }
  return loaded;
}

const nameForm = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/;

async function loadPackage(name: unknown, file: string): Promise<ConnectorPackage> {
  if (typeof name !== 'string' || !nameForm.test(name))
    throw new Error('must be the name of an npm package, such as @acme/syncline-parcels');
  const { folder, manifest } = await findPackage(name, file);
  requireKit(name, manifest);
  const connector = connectorOf(name, await importDefault(name, join(folder, entryOf(manifest))));
  const proof = await proofOf(folder, manifest, connector.name);
  return { package: name, version: String(manifest.version ?? '0.0.0'), connector, proof };
}

/** One line for each: told by the check, and by a hub that starts. */
export const packageDoubts = ({ package: name, proof }: ConnectorPackage): string[] =>
  proof.doubts.map((doubt) => `the package ${name} is not proved: ${doubt}`);

/** Its maker runs the suite (`syncline/conformance`) and ships what it wrote; a hub can only look whether it is there. */
async function proofOf(folder: string, { syncline }: Found['manifest'], connector: string): Promise<Proof> {
  const named = (syncline as { conformance?: unknown } | undefined)?.conformance ?? [];
  const files = Array.isArray(named) ? named : [named];
  if (files.length === 0) return { kept: 0, doubts: ['it carries no report of the contract suite'] };
  const proofs = await Promise.all(files.map((file) => proofIn(folder, String(file), connector)));
  return { kept: proofs.reduce((sum, { kept }) => sum + kept, 0), doubts: proofs.flatMap(({ doubts }) => doubts) };
}

async function proofIn(folder: string, file: string, connector: string): Promise<Proof> {
  const doubt = (what: string): Proof => ({ kept: 0, doubts: [`its report ${file} ${what}`] });
  const text = await readFile(join(folder, file), 'utf8').catch(() => undefined);
  if (text === undefined) return doubt('is not there');
  const { connector: of, cases } = reportIn(text);
  if (of !== connector) return doubt(`is none of the contract suite for ${connector}`);
  const outcomes = Object.entries(cases);
  const failed = outcomes.filter(([, outcome]) => outcome !== 'pass' && !outcome.startsWith('n/a: '));
  const kept = outcomes.filter(([, outcome]) => outcome === 'pass').length;
  if (failed.length > 0) return doubt(`has cases that were not kept: ${failed.map(([id]) => id).join(', ')}`);
  return kept > 0 ? { kept, doubts: [] } : doubt('has no case that was kept');
}

function reportIn(text: string): { connector: unknown; cases: Record<string, string> } {
  try {
    const { connector, cases } = JSON.parse(text) as { connector?: unknown; cases?: unknown };
    if (isTree(cases)) return { connector, cases: cases as Record<string, string> };
  } catch {
    // Told by the caller.
  }
  return { connector: undefined, cases: {} };
}

interface Found {
  folder: string;
  manifest: Record<string, unknown>;
}

/** Where npm puts it: in `node_modules` beside the file, or of a folder above. */
async function findPackage(name: string, file: string): Promise<Found> {
  const folders = createRequire(file).resolve.paths(name) ?? [];
  for (const above of folders) {
    const folder = join(above, name);
    const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
    if (text !== undefined) return { folder, manifest: manifestIn(text, name) };
  }
  throw new Error(`the package ${name} is not installed; run "npm install ${name}" in the folder of ${file}`);
}

function manifestIn(text: string, name: string): Found['manifest'] {
  try {
    const manifest: unknown = JSON.parse(text);
    if (isTree(manifest)) return manifest;
  } catch {
    // Told below.
  }
  throw new Error(`the package.json of ${name} cannot be read; install the package anew`);
}

function requireKit(name: string, { syncline }: Found['manifest']): void {
  const made = isTree(syncline) ? (syncline as Record<string, unknown>).kit : undefined;
  if (made === undefined)
    throw new Error(
      `${name} is no connector for this hub: its package.json has no "syncline": { "kit": ${kitVersion} }`,
    );
  if (made === kitVersion) return;
  const advice =
    Number(made) > kitVersion ? 'update the hub, or install an older version of it' : 'install a newer version of it';
  throw new Error(`${name} is made for kit ${JSON.stringify(made)}, this hub has kit ${kitVersion}; ${advice}`);
}

/** The main entry, as Node.js finds it for `import`. */
function entryOf({ exports: said, main }: Found['manifest']): string {
  const own = isTree(said) && '.' in said ? (said as Record<string, unknown>)['.'] : said;
  return entryIn(own) ?? (typeof main === 'string' ? main : 'index.js');
}

function entryIn(said: unknown): string | undefined {
  if (typeof said === 'string') return said;
  if (!isTree(said)) return undefined;
  const conditions = said as Record<string, unknown>;
  const met = ['node', 'import', 'default'].find((condition) => entryIn(conditions[condition]) !== undefined);
  return met === undefined ? undefined : entryIn(conditions[met]);
}

async function importDefault(name: string, entry: string): Promise<unknown> {
  try {
    return (await importModule(pathToFileURL(entry).href)).default;
  } catch (error) {
    throw new Error(`${name} cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
}

function connectorOf(name: string, exported: unknown): Connector {
  if (typeof exported !== 'function')
    throw new Error(`${name} exports no connector: its default export must be a function of the kit that returns one`);
  const made: unknown = madeBy(exported as (given: typeof kit) => unknown, name);
  if (!isTree(made)) throw new Error(`${name} exports no connector: its function returns none`);
  return checked(made as unknown as Connector, name);
}

function madeBy(make: (given: typeof kit) => unknown, name: string): unknown {
  try {
    return make(kit);
  } catch (error) {
    throw new Error(`${name} makes no connector: ${(error as Error).message}`, { cause: error });
  }
}

/** Also where the package did not call `defineConnector` by itself. */
function checked(made: Connector, name: string): Connector {
  try {
    return defineConnector(made);
  } catch (error) {
    throw new Error(`${name} makes no connector: ${(error as Error).message}`, { cause: error });
  }
}

function refuseTaken({ package: name, connector }: ConnectorPackage, taken: readonly string[]): void {
  if (taken.includes(connector.name))
    throw new Error(`${name} calls its connector "${connector.name}", and there is one of that name already`);
}
