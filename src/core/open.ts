// Joins the store side with an engine: documents, database, hub. The same in the worker thread and, for tests, without one.

import type { IntakeLimits } from '../intake/intake.ts';
import { defaultPolicy } from '../merge/document.ts';
import type { Store } from '../store/store.ts';
import { createCatalog, type SystemSetup, type World } from './catalog.ts';
import type { Core, CoreEvents } from './core.ts';
import { DocumentFaults, loadDocuments } from './documents.ts';
import { createHub, type Hub } from './hub.ts';
import { type DatabaseSetup, openStore } from './open-store.ts';
import type { Work } from './policies/work.ts';
import { loadPolicyDocuments, type PolicyDocuments } from './policy-documents.ts';
import { compileReturns, returnsInForce, versionsInForce } from './policy-versions.ts';
import type { Keep } from './upkeep.ts';

/** Plain data: it crosses into the worker thread. */
export interface CoreSetup {
  database: DatabaseSetup;
  /** Folder of the mapping and merge documents. */
  mappings: string;
  /** Named in faults of overlays. */
  configFile: string;
  /** Folder of the policies; without it nothing is decided. */
  policies?: { folder: string; activate: 'on_start' | 'manual'; approval: 'other_key' | 'none' };
  systems: (SystemSetup & { overlays: Record<string, unknown> })[];
  limits: IntakeLimits;
  keep: Keep;
}

export interface CoreEnvironment {
  now: () => number;
  random: (bytes: number) => Uint8Array;
  onEvents(events: CoreEvents): void;
  /** Long work on policies; where it does not say, it is done here. */
  startWork?: () => Work;
  /** The disk failed: the process has to end. */
  onFailure(error: Error): void;
}

/**
 * @throws DocumentFaults listing every fault of the documents
 * @throws StoreError (src/store/errors.ts) when the database cannot be opened
 */
export async function openCore(setup: CoreSetup, environment: CoreEnvironment): Promise<Core> {
  const { onEvents, onFailure } = environment;
  const random = pooled(environment.random);
  const systems = setup.systems
    .filter(({ publishes }) => publishes === undefined)
    .map(({ id, connector, overlays }) => ({ id, connector, overlays }));
  const { mappings, policies, faults, recompile } = await loadDocuments({ ...setup, systems });
  const decided =
    setup.policies && (await loadPolicyDocuments(setup.policies.folder, { systems: setup.systems, mappings }));
  const found = [...faults, ...(decided?.faults ?? [])];
  if (found.length > 0) throw new DocumentFaults(found);
  const catalog = createCatalog({ systems: setup.systems, mappings, policies, defaultPolicy });
  let committed: Hub['committed'] | undefined;
  const { store, now, createsUnsettled } = await openStore(setup.database, {
    now: environment.now,
    random,
    onCommit: (commit) => committed?.(commit),
    onHead: (head) => onEvents({ ...silence, head }),
    onShared: () => onEvents({ ...silence, shared: true }),
    onFailure,
    onPostponed: ({ system, recordId, error }) => {
      const message = `${recordId} for ${system} could not be prepared and is tried again in a minute: ${messageOf(error)}`;
      onEvents({ ...silence, alerts: [{ kind: 'internal', system, record: recordId, message }] });
    },
  });
  const { routing, returns } =
    decided && setup.policies ? await policiesInForce(store, decided, { ...setup.policies, now: now() }) : {};
  const hub = createHub({
    store,
    ...(routing && { routing }),
    policies: {
      ...(setup.policies && { approval: setup.policies.approval }),
      ...(environment.startWork && { startWork: environment.startWork }),
    },
    ...(returns && { returns }),
    createsUnsettled,
    shared: setup.database.engine === 'postgres',
    catalog,
    recompile,
    limits: setup.limits,
    keep: setup.keep,
    now,
    random,
    onEvents,
  });
  committed = hub.committed;
  await hub.start();
  return hub.core;
}

async function policiesInForce(
  store: Store,
  { routing, returns }: PolicyDocuments,
  { activate, now }: Pick<NonNullable<CoreSetup['policies']>, 'activate'> & { now: number },
): Promise<Pick<World, 'routing' | 'returns'>> {
  const returnsRow = await returnsInForce(store, returns, { activate, now });
  const active = routing && (await versionsInForce(store, routing, { activate, now }));
  return { ...(active && { routing: active }), ...(returnsRow && { returns: compileReturns(returnsRow) }) };
}

const poolBytes = 4096;

/** Each id takes a few random bytes; asking for many at once costs about as much as asking for ten. */
function pooled(random: (bytes: number) => Uint8Array): (bytes: number) => Uint8Array {
  let pool: Uint8Array = new Uint8Array(0);
  let used = 0;
  return (bytes) => {
    if (bytes > poolBytes) return random(bytes);
    if (used + bytes > pool.length) {
      pool = random(poolBytes);
      used = 0;
    }
    used += bytes;
    return pool.subarray(used - bytes, used);
  };
}

const silence: CoreEvents = { head: 0, alerts: [], commits: [], synced: [], attempts: [], fetches: false };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
