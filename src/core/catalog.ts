// What is configured, ready to be asked: systems, their mappings, the merge policies.
import type { FeedProfiles, Verb } from '../connector/contract.ts';
import type { Mapping } from '../mapping/mapping.ts';
import type { MergePolicy } from '../merge/types.ts';
import type { RecordType } from '../model/records.ts';
import type { ActiveReturns } from '../policy/returns/active.ts';
import type { RoutingInForce, ShadowRouting } from '../policy/routing/active.ts';
import type { CoreEvents } from './core.ts';

export interface DeliveryLimits {
  /** Attempts that a record may spend before it is dead. */
  attempts: number;
  /** How long a record may stay behind while its system is reachable, ms. */
  maxAge: number;
  backoff: { first: number; factor: number; max: number };
}

/** One system as the store side needs it: plain data, made from `syncline.yaml` and its connector. */
export interface SystemSetup {
  id: string;
  role: string;
  connector: string;
  /** It polls us: its replicas are served by a feed, never claimed. */
  pulls: boolean;
  /** Record types that the connector can write (for a feed: every mapped one). */
  writes: RecordType[] | 'all';
  /** Record types that can be deleted there. */
  deletes: RecordType[] | 'all';
  /** Types updated with the whole payload; others get a merge patch of what differs. */
  whole: RecordType[] | 'all';
  repeatSafe: 'idempotency-key' | 'natural-key' | 'no';
  /** The connector can fetch one object, so a reference-only change can be read. */
  fetches: RecordType[] | 'all';
  limits: DeliveryLimits;
  /** Records that exist when the system is new are sent to it. */
  backfill: boolean;
  /** Types of which everything that a new system holds is read before anything is sent to it. */
  loadsFirst?: readonly RecordType[];
  /** Types of which it can be asked whether one may be changed, held, cancelled; `update`: by changing it. */
  verbs?: Readonly<Partial<Record<Verb | 'update', readonly RecordType[]>>>;
  /** It is a stream: it has no replicas, and is told of every change of these types. */
  publishes?: RecordType[] | 'all';
  /** How its feed is written as CSV and XML; without it, it is not. */
  profiles?: FeedProfiles;
}

export interface Receiver {
  system: SystemSetup;
  mapping: Mapping;
}

export interface Catalog {
  /** Ids of all systems. */
  systems: readonly string[];
  system(id: string): SystemSetup | undefined;
  mapping(system: string, type: RecordType): Mapping | undefined;
  /** Types that a mapping of the system reads or writes. */
  types(system: string): readonly RecordType[];
  policy(type: RecordType): MergePolicy;
  /** Systems that get records of this type: mapped outwards and writable there. */
  receivers(type: RecordType): readonly Receiver[];
  /** Fields by which any mapping of the type finds a record. */
  matchFields(type: RecordType): readonly string[];
}

export const covers = (types: RecordType[] | 'all', type: RecordType): boolean =>
  types === 'all' || types.includes(type);

export function createCatalog(options: {
  systems: readonly SystemSetup[];
  mappings: ReadonlyMap<string, ReadonlyMap<RecordType, Mapping>>;
  policies: ReadonlyMap<RecordType, MergePolicy>;
  defaultPolicy: (type: RecordType) => MergePolicy;
}): Catalog {
  const systems = new Map(options.systems.map((system) => [system.id, system]));
  const policies = new Map(options.policies);
  const receivers = new Map<RecordType, Receiver[]>();
  const matchFields = new Map<RecordType, string[]>();
  for (const system of options.systems) {
    for (const [type, mapping] of options.mappings.get(system.id) ?? []) {
      matchFields.set(type, [...new Set([...(matchFields.get(type) ?? []), ...mapping.matchFields])]);
      if (mapping.outward.length === 0 || !covers(system.writes, type)) continue;
      receivers.set(type, [...(receivers.get(type) ?? []), { system, mapping }]);
    }
  }
  return {
    systems: [...systems.keys()],
    system: (id) => systems.get(id),
    mapping: (system, type) => options.mappings.get(system)?.get(type),
    types: (system) => [...(options.mappings.get(system)?.keys() ?? [])],
    policy: (type) => {
      const policy = policies.get(type) ?? options.defaultPolicy(type);
      policies.set(type, policy);
      return policy;
    },
    receivers: (type) => receivers.get(type) ?? [],
    matchFields: (type) => matchFields.get(type) ?? [],
  };
}

/** What every decision of the store side is handed beside the state. */
export interface World {
  catalog: Catalog;
  /** True while a create of that type to that system, of at most that change number, has no answer yet. */
  createsUnsettled(system: string, type: RecordType, upTo?: number): boolean;
  notes: Notes;
  traces: Traces;
  /** Absent in a hub without policies: nothing is decided then. */
  routing?: RoutingInForce;
  /** Absent in a hub without a returns policy: no return is taken then. */
  returns?: ActiveReturns;
  /** Decides beside it. */
  shadow?: ShadowRouting;
  /** Tells one claim from every other, also of an earlier process. */
  newToken(): string;
}

/** What a decision tells beside what it writes; passed on once it is committed. */
export interface Notes {
  alert(alert: CoreEvents['alerts'][number]): void;
  attempt(system: string, outcome: string): void;
  synced(system: string, record: RecordType, seconds: number): void;
  fetch(): void;
  /** A change waits for the unsettled creates of that type to that system. */
  wait(system: string, record: RecordType): void;
  waits(system: string, record: RecordType): boolean;
}

/** Trace contexts of recent changes by their number, so that a delivery goes on with the trace of what caused it. */
export interface Traces {
  put(seq: number, traceparent: string | undefined): void;
  get(seq: number): string | null;
}

/** No state of it is left out for a newer one: each is delivered, in their order. */
export const keepsEvery = (catalog: Catalog, type: RecordType): boolean => catalog.policy(type).history === 'every';
