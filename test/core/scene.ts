// The store side of a hub over a real database file: real mappings, a clock that stands still, sends taken by hand.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createCatalog, type SystemSetup } from '../../src/core/catalog.ts';
import type { Core, CoreEvents, RecordView, Send, Settlement } from '../../src/core/core.ts';
import { createHub, type Hub } from '../../src/core/hub.ts';
import type { DatabaseSetup } from '../../src/core/open-store.ts';
import { loadMappings } from '../../src/mapping/load.ts';
import { defaultPolicy, parseMergeDocument } from '../../src/merge/document.ts';
import type { MergePolicy } from '../../src/merge/types.ts';
import type { RecordType } from '../../src/model/records.ts';
import type { ActiveReturns } from '../../src/policy/returns/active.ts';
import { type ActiveRouting, routingInForce } from '../../src/policy/routing/active.ts';
import { openPostgres, type PostgresOptions } from '../../src/store/postgres/open.ts';
import { openSqlite, type SqliteOptions } from '../../src/store/sqlite/open.ts';
import { giveBack, spareSchema } from '../postgres/schemas.ts';

export interface Result {
  status: string;
  id: string;
  version: number;
  seq: string;
  applied?: string[];
  refused?: { unit: string; reason: string; message: string }[];
  repeated?: true;
  ambiguous?: string[];
  pending?: { reason: string };
  faults?: { path: string; message: string }[];
}

export interface Scene {
  core: Core;
  hub: Hub;
  events: CoreEvents[];
  now(): number;
  pass(ms: number): void;
  /** One change in the words of a system. */
  say(system: string, change: object, key?: string): Promise<Result>;
  /** What is due to a system now; an empty list when nothing is. */
  due(system: string, limit?: number): Promise<Send[]>;
  deliver(send: Send, externalId?: string): Promise<void>;
  fail(
    send: Send,
    outcome: Omit<Extract<Settlement['outcome'], { message: string }>, 'kind'> & { kind: string },
  ): Promise<string>;
  record(type: RecordType, id: string): Promise<RecordView>;
  replica(id: string, system: string): Promise<RecordView['replicas'][number]>;
  database: DatabaseSetup;
  /** Another process takes the same database, perhaps with other systems or documents. */
  restart(others?: { systems?: SystemSetup[]; folder?: string }): Promise<void>;
  close(): Promise<void>;
}

const pushed = (id: string, more: Partial<SystemSetup> = {}): SystemSetup => ({
  id,
  role: id,
  connector: 'http',
  pulls: false,
  writes: 'all',
  deletes: [],
  whole: 'all',
  repeatSafe: 'idempotency-key',
  fetches: 'all',
  limits: { attempts: 3, maxAge: 3_600_000, backoff: { first: 1000, factor: 2, max: 60_000 } },
  backfill: true,
  ...more,
});

/** The four systems of the sandbox. */
export const fourSystems = (): SystemSetup[] => [
  pushed('shop'),
  pushed('crm', { whole: [] }),
  pushed('wms'),
  pushed('erp', { connector: 'feed', pulls: true, deletes: 'all', fetches: [] }),
];

const start = Date.parse('2026-11-23T05:00:00.000Z');

async function policiesIn(folder: string): Promise<Map<RecordType, MergePolicy>> {
  const policies = new Map<RecordType, MergePolicy>();
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.merge.yaml')) continue;
    const read = parseMergeDocument(await readFile(join(folder, name), 'utf8'), name);
    if ('faults' in read) throw new Error(JSON.stringify(read.faults));
    policies.set(basename(name, '.merge.yaml') as RecordType, read.policy);
  }
  return policies;
}

async function loadDocuments(systems: readonly Named[], folder: string) {
  const { mappings, faults, recompile } = await loadMappings(folder, systems);
  if (faults.length > 0) throw new Error(JSON.stringify(faults));
  return { mappings, recompile, policies: await policiesIn(folder) };
}

type Named = Pick<SystemSetup, 'id' | 'connector'>;
const shipped = new Map<string, ReturnType<typeof loadDocuments>>();

/** Those that come with the hub stay the same: to read them took most of a scene's time. */
function documentsOf(systems: readonly SystemSetup[], folder: string): ReturnType<typeof loadDocuments> {
  const named = systems.map(({ id, connector }) => ({ id, connector }));
  if (folder !== 'mappings') return loadDocuments(named, folder);
  const key = JSON.stringify(named);
  const found = shipped.get(key) ?? loadDocuments(named, folder);
  shipped.set(key, found);
  return found;
}

export type Engine = 'sqlite' | 'postgres';

export async function scene(
  options: {
    systems?: SystemSetup[];
    folder?: string;
    routing?: ActiveRouting;
    returns?: ActiveReturns;
    engine?: Engine | undefined;
  } = {},
): Promise<Scene> {
  const { systems = fourSystems(), folder = 'mappings', routing, returns, engine = 'sqlite' } = options;
  const home = await mkdtemp(join(tmpdir(), 'syncline-core-'));
  let now = start;
  let chance = 0;
  const random = (bytes: number): Uint8Array =>
    Buffer.alloc(bytes)
      .fill(0)
      .map((_, index) => (index === bytes - 1 ? chance++ : chance >> 8));
  const catalogOf = async (systems: SystemSetup[], folder: string) => {
    const { mappings, policies, recompile } = await documentsOf(systems, folder);
    return { catalog: createCatalog({ systems, mappings, policies, defaultPolicy }), recompile };
  };
  let documents = await catalogOf(systems, folder);
  const events: CoreEvents[] = [];

  const url = engine === 'postgres' ? await spareSchema() : '';

  const open = async () => {
    let hub: Hub | undefined;
    const options: SqliteOptions & PostgresOptions = {
      path: join(home, 'hub.db'),
      url,
      now: () => now,
      random,
      onCommit: (commit) => hub?.committed(commit),
      onPostponed: ({ error }) => {
        throw error;
      },
    };
    const store = await (engine === 'postgres' ? openPostgres(options) : openSqlite(options));
    hub = createHub({
      store,
      createsUnsettled: (system, type, upTo) => store.createsUnsettled(system, type, upTo),
      ...documents,
      ...(routing && { routing: routingInForce([routing]) }),
      ...(returns && { returns }),
      limits: { batch: 1000, depth: 64 },
      keep: { changes: 1e12, intakeKeys: 7 * 86_400_000, attempts: 1e12, deadLetters: 1e12 },
      now: () => now,
      random,
      onEvents: (event) => events.push(event),
    });
    await hub.start();
    return { hub, store };
  };
  let { hub } = await open();
  const core = (): Core => hub.core;

  const settle = async (send: Send, outcome: Settlement['outcome']): Promise<string> => {
    const { system, recordId, seq, token } = send;
    const [settled] = await core().settle([{ system, recordId, seq, token, outcome, startedAt: now, durationMs: 5 }]);
    return settled?.outcome ?? '';
  };

  const view = async (id: string, type: RecordType): Promise<RecordView> => {
    const found = await core().record({ type, id });
    if (!found) throw new Error(`no ${type} ${id}`);
    return found;
  };

  return {
    get core() {
      return hub.core;
    },
    get hub() {
      return hub;
    },
    events,
    database:
      engine === 'postgres' ? { engine, url, name: 'the test' } : { engine: 'sqlite', path: join(home, 'hub.db') },
    now: () => now,
    pass: (ms) => {
      now += ms;
    },
    say: async (system, change, key) => {
      now += 1;
      const reply = await core().accept({
        system,
        body: JSON.stringify(change),
        format: 'json',
        via: 'api',
        ...(key !== undefined && { key }),
      });
      return (JSON.parse(reply.body) as { results: [Result] }).results[0];
    },
    due: async (system, limit = 10) => {
      now += 1;
      const found = core().claim(system, limit);
      // A commit decides what is due; a claim that still waits afterwards found nothing.
      await core().ready();
      await core().cancelClaims();
      return found;
    },
    deliver: async (send, externalId) => {
      now += 1;
      await settle(send, { kind: 'delivered', ...(externalId !== undefined && { externalId }) });
    },
    fail: (send, outcome) => {
      now += 1;
      return settle(send, outcome);
    },
    record: (type, id) => view(id, type),
    replica: async (id, system) => {
      const type = id.startsWith('cus_') ? 'customer' : id.startsWith('tsk_') ? 'task' : 'order';
      const found = (await view(id, type)).replicas.find((one) => one.system === system);
      if (!found) throw new Error(`${id} has no replica of ${system}`);
      return found;
    },
    restart: async (others) => {
      await hub.core.close();
      if (others) documents = await catalogOf(others.systems ?? systems, others.folder ?? folder);
      ({ hub } = await open());
    },
    close: async () => {
      await hub.core.close();
      if (engine === 'postgres') await giveBack(url);
      await rm(home, { recursive: true });
    },
  };
}
