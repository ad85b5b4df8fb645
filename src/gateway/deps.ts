// What the gateway is handed: the store side, the systems, the delivery side, keys, counters, time.
import type { Clock } from '../clock.ts';
import type { Compared, Comparison, Core, ReturnView } from '../core/core.ts';
import type { Log } from '../log.ts';
import type { JsonObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import type { BreakerState, Metrics } from '../observe/metrics.ts';
import type { KeyRing } from './keys.ts';

export interface GatewayDeps {
  core: Core;
  systems: readonly SystemInfo[];
  delivery: DeliveryPort;
  reconciler: ReconcilePort;
  evidence: EvidencePort;
  keys: KeyRing;
  stream: StreamPort;
  metrics: Metrics;
  limits: GatewayLimits;
  clock: Clock;
  /** Unguessable bytes: what keys are made of. */
  random(bytes: number): Uint8Array;
  log: Log;
  /** False until everything is up. */
  ready(): boolean;
  /** Aborted when a shutdown begins: nobody should be sent here any more, and whoever is gets an answer. */
  leaving: AbortSignal;
  /** Aborted when the listener closes: ends streams and long polls. */
  closing: AbortSignal;
  /** Ties a 500 to its log line. */
  newErrorId(): string;
  /** Where callers reach the hub, without a trailing slash; else links carry the request's own host. */
  publicUrl?: string;
  version: string;
}

export interface SystemInfo {
  id: string;
  role: string;
  connector: string;
  /** It polls us: it has a feed. */
  pulls: boolean;
  /** Record types that are mapped for it. */
  records: readonly RecordType[];
  /** Absent, or answering null: the system has no webhook settings. */
  receive?(request: WebhookRequest): Promise<Received | null>;
}

export interface WebhookRequest {
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  /** The bytes as they came: what a signature is about. */
  body: Uint8Array;
}

export type Received =
  | { kind: 'changes'; body: string; format: 'json' | 'ndjson'; dedupeId?: string }
  /** Verified, and nothing in it for us. */
  | { kind: 'nothing' }
  | { kind: 'bad_signature'; message: string }
  /** Verified and not understood. */
  | { kind: 'unreadable'; message: string };

export interface EvidencePort {
  /** Looks at pictures of a return, keeps them, and tells the return what they have come to. */
  show(
    returnId: string,
    files: readonly Uint8Array[],
    actor: string,
  ): Promise<EvidenceAnswer | { refused: { file: number | null; why: string }[] }>;
}

export interface EvidenceAnswer {
  outcome: 'pass' | 'review' | 'resubmit';
  checks: JsonObject[];
  return: ReturnView;
}

/** Times as RFC 3339. */
export interface SystemCondition {
  breaker: { state: BreakerState; since: string };
  lastSuccessAt: string | null;
  /** When we last polled it; the gateway itself knows when a feed was asked. */
  lastPollAt: string | null;
  /** Of a stream: why what comes next is not published. */
  trouble?: string;
}

export interface DeliveryPort {
  view(system: string): SystemCondition;
  /** Called after the new state is durable. */
  pause(system: string): void;
  resume(system: string): void;
  /** Tries the credentials; a system that was `unauthorized` and answers well is resumed by it. */
  check(system: string): Promise<{ ok: boolean; message?: string }>;
}

export interface ReconcilePort {
  /** @throws ProblemError 409 while one is under way, or where nothing can be paged through */
  begin(
    system: string,
    wish: { actor: string; repair: boolean; records?: readonly RecordType[] },
  ): Promise<ReconcileRun>;
  /** The newest; undefined before the first one. */
  run(system: string): Promise<ReconcileRun | undefined>;
  /** Types that can be reconciled. */
  records(system: string): readonly RecordType[];
}

/** Times in ms since 1970. */
export interface ReconcileRun {
  state: 'running' | 'done' | 'failed';
  actor: string;
  repair: boolean;
  load: boolean;
  startedAt: number;
  endedAt: number | null;
  reason: string | null;
  types: {
    record: RecordType;
    phase: 'reading' | 'looking' | 'done';
    absentKnown: boolean;
    expected: number;
    counts: Record<Comparison, number>;
    repaired: number;
    fields: Record<string, number>;
  }[];
  found: (Compared & { record: RecordType })[];
}

export interface StreamPort {
  /** The newest change number that is durable. */
  head(): number;
  /** Resolves when the head passes `after`, after `ms`, or when the signal is aborted; never rejects. */
  wait(after: number, ms: number, signal: AbortSignal): Promise<void>;
}

export interface GatewayLimits {
  /** Bytes of a request body. */
  body: number;
  /** Bytes of all request headers. */
  headers: number;
  /** Items of one request. */
  batch: number;
  /** Nesting of a JSON body. */
  depth: number;
}
