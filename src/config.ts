// The configuration of a hub: syncline.yaml and SYNCLINE_KEYS, read and checked whole before anything starts.
import { dirname, resolve } from 'node:path';
import { type ConnectorPackage, loadPackages } from './config-connectors.ts';
import { type ConfigDocument, configDocument, type SystemDocument } from './config-document.ts';
import { type ConfigFault, ConfigFaults, type NamedDocuments, placeOf } from './config-fault.ts';
import type { WrittenDatabase } from './config-fields.ts';
import { type Environment, readSource } from './config-source.ts';
import type { Connector } from './connector/contract.ts';
import { unverifiedFault } from './connector/operations.ts';
import { abilities, createRegistry, isMapped, type Registry } from './connector/registry.ts';
import { readSettings } from './connector/settings.ts';
import type { DatabaseSetup } from './core/open-store.ts';
import type { VisionSettings } from './evidence/vision.ts';
import { type ConfiguredKey, KeyFaults, parseKeys } from './gateway/keys.ts';
import { isTree } from './model/own.ts';

export { ConfigFaults } from './config-fault.ts';

/** Times and ages in ms, sizes in bytes, places absolute. */
export interface Config {
  file: string;
  /** Of the file: what its relative paths are relative to. */
  folder: string;
  /** `127.0.0.1:8080`; port 0 picks a free one. */
  listen: string;
  database: DatabaseSetup;
  systems: SystemConfig[];
  /** Connectors of npm packages. Absent where none is named. */
  packages?: ConnectorPackage[];
  /** Folder of the mapping and merge documents. */
  mappings: string;
  policies?: { folder: string; activate: 'on_start' | 'manual'; approval: 'other_key' | 'none' };
  /** Folder of the pictures that were shown for returns, and who else looks at them. */
  evidence: { folder: string; vision?: VisionSettings };
  limits: { body: number; batch: number; depth: number; headers: number };
  keep: { changes: number; intakeKeys: number; attempts: number; deadLetters: number };
  /** Hosts, addresses and ranges that payloads may lead to beside public ones. */
  egress: { allow: string[] };
  /** Where callers reach the hub, without a trailing slash. */
  publicUrl?: string;
  /** Of SYNCLINE_KEYS. */
  keys: ConfiguredKey[];
  log: { level: ConfigDocument['log']['level'] };
  shutdownGrace: number;
  /** ms that it still answers for after it says that it ends; not said: by who can reach it. */
  shutdownNotice?: number;
}

export interface SystemConfig {
  id: string;
  role: string;
  connector: Connector;
  /** As written, with the environment put in. */
  rawSettings: unknown;
  /** As read by the connector's schema. */
  settings: unknown;
  delivery: {
    concurrency: number;
    rate?: { count: number; perMs: number };
    /** Over a whole exchange. */
    timeout: number;
    attempts: number;
    maxAge: number;
    backoff: { first: number; factor: number; max: number };
    batch: number;
  };
  breaker: { windowMs: number; minimum: number; failures: number; cooldownMs: number };
  backfill: boolean;
  reconcile: { every?: number; repair: boolean; load: boolean };
  /** Record → pairs laid over the mapping file's. */
  overlays: Record<string, unknown>;
}

/**
 * @param path of the file; relative paths in it are relative to its folder
 * @throws ConfigFaults listing every fault
 */
export async function loadConfig(
  path: string,
  { env, connectors }: { env: Environment; connectors: readonly Connector[] },
): Promise<Config> {
  const file = resolve(path);
  const source = await readSource(file, env);
  const keys = readKeys(env.SYNCLINE_KEYS ?? '');
  const named = isTree(source.tree) ? source.tree.connectors : undefined;
  const { packages, faults: unloaded } = await loadPackages(
    named,
    file,
    connectors.map(({ name }) => name),
  );
  const isMissing = unloaded.length > 0 || (named !== undefined && !Array.isArray(named));
  const faults = [...source.faults, ...keys.faults, ...unloaded];
  if (source.tree === undefined) throw new ConfigFaults(file, faults);
  const registry = createRegistry([...connectors, ...packages.map(({ connector }) => connector)]);
  const systems = rawSystems(source.tree).map(([id, raw]) => readSystem(id, raw, registry, isMissing));
  const reading = readSettings(configDocument, source.tree ?? {});
  const found = [
    ...('faults' in reading ? reading.faults.map(({ path, message }) => ({ path: placed(path), message })) : []),
    ...systems.flatMap((system) => system.faults),
  ].filter(({ path }) => !source.incomplete.some((place) => isWithin(path, place)));
  faults.push(...found.map(plainly));
  if (faults.length > 0 || 'faults' in reading) {
    throw new ConfigFaults(file, faults, namedDocuments(source.tree, dirname(file), registry));
  }
  return assemble(file, reading.settings as ConfigDocument, { systems, keys: keys.keys, packages });
}

function readKeys(text: string): { keys: ConfiguredKey[]; faults: ConfigFault[] } {
  try {
    return { keys: parseKeys(text), faults: [] };
  } catch (error) {
    if (!(error instanceof KeyFaults)) throw error;
    return { keys: [], faults: error.faults.map((message) => ({ path: 'SYNCLINE_KEYS', message })) };
  }
}

/** Also those of a file with faults elsewhere. */
function rawSystems(tree: unknown): [id: string, raw: unknown][] {
  return isTree(tree) && isTree(tree.systems) ? Object.entries(tree.systems) : [];
}

interface ReadSystem {
  id: string;
  /** Absent when the connector is unknown or its settings have faults. */
  joined?: { connector: Connector; rawSettings: unknown; settings: unknown };
  faults: ConfigFault[];
}

const idForm = /^[a-z][a-z0-9_-]{0,31}$/;
/** Sources of changes that are no systems. */
const reservedIds = new Set(['console', 'policy', 'hub']);

/** @param isMissing a package could not be loaded, and nobody can say what its connector is called */
function readSystem(id: string, raw: unknown, registry: Registry, isMissing: boolean): ReadSystem {
  const at = placeOf(['systems', id]);
  const faults: ConfigFault[] = [];
  if (reservedIds.has(id))
    faults.push({ path: at, message: `"${id}" is what the hub calls itself or a person; choose another name` });
  else if (!idForm.test(id))
    faults.push({
      path: at,
      message: 'a system is named by a-z first, then a-z, 0-9, "_" or "-", 32 characters at most',
    });
  const { connector: name, settings: rawSettings } = isTree(raw) ? (raw as Record<string, unknown>) : {};
  if (typeof name !== 'string' || name === '') return { id, faults };
  // The package that it would come with is told of already.
  const isToldOf = isMissing && registry.meant(name) === undefined;
  const connector = connectorOf(name, registry, (message) => {
    if (!isToldOf) faults.push({ path: `${at}.connector`, message });
  });
  if (!connector) return { id, faults };
  const reading = readSettings(connector.settings, rawSettings);
  if ('settings' in reading) {
    if (isTree(raw) && 'reconcile' in raw && abilities(connector, reading.settings).lists.length === 0)
      faults.push({ path: `${at}.reconcile`, message: `nothing can be compared: ${connectorList(connector)}` });
    const unverified = unverifiedFault(connector, reading.settings);
    if (unverified !== undefined) faults.push({ path: `${at}.settings`, message: unverified });
    return { id, faults, joined: { connector, rawSettings, settings: reading.settings } };
  }
  for (const { path, message } of reading.faults)
    faults.push({ path: placed(`/systems/${id}/settings${path}`), message });
  return { id, faults };
}

const connectorList = ({ name, list }: Connector): string =>
  list ? 'no record of its settings has a list' : `the connector "${name}" has no list`;

function connectorOf(name: string, registry: Registry, tell: (message: string) => void): Connector | undefined {
  try {
    return registry.get(name);
  } catch (error) {
    return void tell((error as Error).message);
  }
}

/** @param pointer as settings are told */
const placed = (pointer: string): string =>
  placeOf(
    pointer
      .split('/')
      .slice(1)
      .map((segment) => (/^\d+$/.test(segment) ? Number(segment) : segment)),
  );

const isWithin = (path: string, place: string): boolean =>
  path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`);

/** The checker's own words for what has the wrong kind. */
const wrongKind = /^Invalid input: expected (\w+), received (\w+)$/;
const kinds: Record<string, string> = {
  object: 'have members',
  record: 'have members',
  array: 'be a list',
  string: 'be a text',
};

function plainly({ path, message }: ConfigFault): ConfigFault {
  const [, expected = '', received] = wrongKind.exec(message) ?? [];
  if (received === undefined) return { path, message };
  return { path, message: received === 'undefined' ? 'is missing' : `must ${kinds[expected] ?? `be a ${expected}`}` };
}

/** Without systems of a connector that nobody knows: where their mappings should be would be a guess. */
function namedDocuments(tree: unknown, folder: string, { names, get }: Registry): NamedDocuments | undefined {
  if (!isTree(tree)) return undefined;
  const { mappings = 'mappings' } = tree as Record<string, unknown>;
  if (typeof mappings !== 'string' || mappings === '') return undefined;
  const systems = rawSystems(tree).flatMap(([id, raw]) => {
    const { connector, mappings: overlays } = isTree(raw) ? (raw as Record<string, unknown>) : {};
    if (typeof connector !== 'string' || !names.includes(connector) || !isMapped({ connector: get(connector) }))
      return [];
    return [{ id, connector, overlays: isTree(overlays) ? overlays : {} }];
  });
  return { mappings: resolve(folder, mappings), systems };
}

interface Parts {
  systems: readonly ReadSystem[];
  keys: ConfiguredKey[];
  packages: ConnectorPackage[];
}

function assemble(file: string, document: ConfigDocument, { systems, keys, packages }: Parts): Config {
  const folder = dirname(file);
  const { listen, limits, keep, egress, log, shutdownGrace, shutdownNotice, policies, publicUrl } = document;
  return {
    file,
    folder,
    listen,
    database: placedDatabase(folder, document.database),
    systems: systems.flatMap(({ id, joined }) => {
      const said = document.systems[id];
      return joined && said ? [{ id, ...joined, ...systemLimits(said) }] : [];
    }),
    ...(packages.length > 0 && { packages }),
    mappings: resolve(folder, document.mappings),
    ...(policies && { policies: { ...policies, folder: resolve(folder, policies.folder) } }),
    evidence: placedEvidence(folder, document.evidence),
    limits,
    keep,
    egress,
    ...(publicUrl !== undefined && { publicUrl }),
    keys,
    log,
    shutdownGrace,
    ...(shutdownNotice !== undefined && { shutdownNotice }),
  };
}

function placedEvidence(home: string, document: ConfigDocument['evidence']): Config['evidence'] {
  const folder = resolve(home, document.folder);
  const vision = 'vision' in document ? document.vision : undefined;
  if (!vision) return { folder };
  const { timeout: timeoutMs, apiKey, ...asked } = vision;
  return { folder, vision: { ...asked, timeoutMs, ...(apiKey !== undefined && { apiKey }) } };
}

const placedDatabase = (folder: string, database: WrittenDatabase): DatabaseSetup =>
  database.engine === 'sqlite' ? { ...database, path: resolve(folder, database.path) } : database;

function systemLimits({ role, delivery, breaker, backfill, mappings, reconcile }: SystemDocument) {
  const { every, ...reconciling } = reconcile;
  const { rate, ...rest } = delivery;
  const { window: windowMs, minimum, failures, cooldown: cooldownMs } = breaker;
  return {
    role,
    delivery: { ...rest, ...(rate && { rate }) },
    breaker: { windowMs, minimum, failures, cooldownMs },
    backfill,
    reconcile: { ...reconciling, ...(every !== undefined && { every }) },
    overlays: mappings,
  };
}
