// The store-side half of the hub as the other half sees it: plain data in, plain data out, so that a thread boundary fits.
import type { JsonObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import type { CredentialRow, RenewalRight } from '../store/credentials.ts';
import type {
  ApiKeyRow,
  AuditRow,
  ChangeRow,
  DeadLetterRow,
  HistoryItem,
  PolicyState,
  ReplicaState,
  SystemRow,
} from '../store/rows.ts';
import type {
  BreakerMove,
  ConditionRow,
  LeaseHeld,
  RateShare,
  Shared,
  SharedRateLimit,
  ShareRequest,
} from '../store/sharing.ts';

/** A failure the caller is told about: becomes problem+json at the gateway, a message on the command line. */
export interface Problem {
  status: number;
  /** Last part of the type URI, e.g. `invalid-request`. */
  type: string;
  title: string;
  detail: string;
  faults?: Fault[];
  /** Extra members of the problem body, e.g. `restart` of a 410. */
  extra?: JsonObject;
}

export interface Fault {
  path: string;
  message: string;
}

export interface AcceptRequest {
  system: string;
  /** The body as text; decoded strictly from UTF-8 by the caller. */
  body: string;
  format: 'json' | 'ndjson';
  via: 'api' | 'webhook' | 'poll';
  /** `Idempotency-Key` header, or the webhook's id. Only for a single change. */
  key?: string;
  traceparent?: string;
  /** Polls only: when the system was asked before; a change without a time happened after it. */
  since?: number;
  /** First load or reconcile: marked in the change. */
  backfill?: boolean;
}

export interface AcceptReply {
  status: 200 | 202;
  /** JSON text `{ "results": […] }`. */
  body: string;
  /** A single change with a known key: the first answer again. */
  replayed: boolean;
  /** How the items went, for the metrics: status → count (`repeated` counts apart). */
  counts: Record<string, number>;
}

export interface UnitView {
  source: string;
  at: string;
  version: number;
  ambiguous?: true;
  held?: string;
  /** Id of the change request that waits for an answer. */
  pending?: string;
}

export interface ReplicaView {
  system: string;
  externalId: string | null;
  state: ReplicaState;
  syncedVersion: number;
  wantedVersion: number;
  behindSince: string | null;
  lagSeconds: number;
  attempts: number;
  nextAttemptAt: string | null;
  lastError: string | null;
  /** The record it waits for, when parked. */
  parkedOn?: string;
}

export interface RecordView {
  record: RecordType;
  id: string;
  version: number;
  createdAt: string;
  updatedAt: string;
  deleted?: true;
  data: JsonObject;
  units: Record<string, UnitView>;
  /** Changes that wait for a system's answer. */
  pendingChanges?: { unit: string; request: string }[];
  replicas: ReplicaView[];
}

export interface DecideRequest {
  mode: 'dry_run' | 'live';
  /** Id of the order; live decisions are about one. */
  order?: string;
  /** Of a dry run: every fact, by group. */
  facts?: JsonObject;
  /** `routing`, or `routing@7` for a version that is not in force (dry run only). */
  policy?: string;
}

export interface DecisionView {
  /** null: a dry run, which is not kept. */
  id: string | null;
  policy: string;
  version: number;
  /** The order that was decided about. */
  order: string | null;
  at: string;
  factsHash: string;
  haltedBy: string | null;
  slots: JsonObject;
  effects: JsonObject[];
  trace: JsonObject[];
  facts: JsonObject;
  /** Why nothing was decided. */
  error?: string;
  /** Of a dry run: why an order as this one is not decided about by itself. */
  notRouted?: string;
}

export interface PolicySummary {
  version: number;
  state: PolicyState;
  createdAt: string;
  createdBy: string;
  /** When it takes, or took, force; null: with its activation. */
  effectiveFrom: string | null;
  effectiveUntil: string | null;
  /** Orders that it decides about; `*`: of every one. */
  scope: { channel: string; store: string };
}

export interface PolicyView {
  policy: string;
  /** The version in force; of several, for other orders each, the newest. */
  active: number | null;
  versions: PolicySummary[];
}

/** Work that runs or has failed is told in place of its result. */
export type PolicyWorkView =
  | { state: 'running'; progress: number }
  | { state: 'failed'; message: string }
  | { state: 'done'; at: string; by: string; [member: string]: unknown };

export interface PolicyVersionView extends PolicySummary {
  policy: string;
  digest: string;
  document: string;
  warehouses: string;
  check: PolicyWorkView | null;
  backtest: PolicyWorkView | null;
  approved: { at: string; by: string; override?: string } | null;
  activated: { at: string; by: string; override?: string } | null;
  inForce: { from: string; until: string | null } | null;
  rollbackOf: number | null;
  shadow: {
    running: boolean;
    since: string;
    by: string;
    until: string | null;
    seen: number;
    different: number;
  } | null;
}

export interface ShadowDifference {
  decision: string;
  subject: string;
  at: string;
  changes?: { part: string; before: string[]; after: string[] }[];
  failure?: string;
}

export type PolicyDiffView =
  | { state: 'running'; progress: number }
  | { state: 'done'; verdict: 'equivalent' | 'different' | 'unknown'; parts: unknown[] };

export interface BacktestRequest {
  /** RFC 3339. */
  since?: string;
  limit?: number;
  maxChangedShareBp?: number;
}

/** A return that is asked for, or only thought of. */
export interface ReturnAsked {
  customer: string;
  order: string;
  lines: { orderLine: string; quantity: number }[];
  reason: string;
  fault?: 'customer' | 'merchant' | 'carrier' | 'unknown';
  kind?: 'return_refund' | 'refund_only' | 'exchange';
  /** RFC 3339; now where nothing is said. */
  requestedAt?: string;
}

export type DecideReturnRequest =
  | { mode: 'dry_run'; facts: JsonObject }
  | { mode: 'dry_run'; asked: ReturnAsked }
  | { mode: 'live'; return: string };

export interface ReturnDecisionView {
  /** null: a dry run, which is not kept. */
  id: string | null;
  policy: 'returns';
  version: number;
  return: string | null;
  at: string;
  factsHash: string;
  approval: string;
  refund: string;
  needs: string[];
  level: string;
  flags: JsonObject[];
  grants: string[];
  reasons: JsonObject[];
  trace: JsonObject[];
  protectedBy: string | null;
  /** What the customer may always ask for. */
  review: JsonObject;
  facts: JsonObject;
  breakers: JsonObject;
  limits: JsonObject;
  met: string[];
  error?: string;
}

export interface ReturnView extends RecordView {
  decision: ReturnDecisionView | null;
}

/** What a person or a program tells of a return; `id` makes it repeatable. */
export interface ReturnEventTold {
  type: string;
  id: string;
  /** RFC 3339; now where nothing is said. */
  at?: string;
  by: 'person' | 'customer';
  [member: string]: unknown;
}

export interface ReturnProfileView {
  customer: string;
  at: string;
  policy: string;
  version: number;
  facts: {
    fact: string;
    value: boolean | number;
    how: { en: string; zh: string };
    from?: string;
    to?: string;
    counted?: Record<string, number>;
  }[];
}

export interface BreakerView {
  breaker: string;
  scope: 'customer' | 'store' | null;
  scopeKey: string;
  level: string | null;
  state: 'closed' | 'open' | 'half_open';
  openedAt: string | null;
  until: string | null;
  trips: number;
  permitsLeft: number;
  passed: number;
  override: { by: string; reason: string; until: string } | null;
}

export interface BreakerWord {
  breaker: string;
  /** Customer or store. */
  scopeKey: string;
  state: 'open' | 'closed';
  reason: string;
  /** RFC 3339; the cool-down of the breaker where nothing is said. */
  until?: string;
}

/** What the pre-check of evidence has to know of a return. */
export interface EvidenceCase {
  returnId: string;
  reason: string;
  /** ms since 1970. */
  deliveredAt: number | null;
  rules: JsonObject;
  /** Pictures of the last twelve months that were not told before. */
  known: { no: number; returnId: string; customerId: string; sha256: string; pictureHash: string }[];
}

export interface EvidenceShown {
  outcome: 'pass' | 'review' | 'resubmit';
  /** Unlike that of any other upload. */
  id: string;
  /** What keeps it from passing, for whoever looks. */
  found?: readonly string[];
  pictures: {
    sha256: string;
    keptSha256: string;
    type: string;
    size: number;
    width: number;
    height: number;
    pictureHash: string;
  }[];
}

export type RecordAddress =
  | { type: RecordType; id: string }
  | { type: RecordType; external: { system: string; id: string } }
  | { type: RecordType; match: { field: string; value: string } };

/** A position in commit order with the store's epoch, or where to start when the epoch is another one. */
export type StreamAnswer<T> = { gone: { restart: string } } | T;

export interface ChangesPage {
  changes: ChangeRow[];
  /** In step with `changes`: the cursor after each, so that a reader cut off mid-page resumes exactly there. */
  cursors: string[];
  next: string;
}

/** What is to be published next to a system that is a stream. */
export type StreamPage =
  /** Changes were pruned before they were published; nothing more is told until a person says where to go on. */
  | { gap: { after: number; prunedUpTo: number } }
  | {
      epoch: string;
      changes: ChangeRow[];
      /** Where the page ends, also where its last changes are of other types. */
      upTo: number;
      /** There may be more at once. */
      more: boolean;
      /** How often a person has moved the place; to be handed back with what was published. */
      moves: number;
      /** The place was written under another epoch: the store was made from a backup since. */
      restored: boolean;
    };

export interface FeedItem {
  record: RecordType;
  id: string;
  externalId: string | null;
  op: 'create' | 'update' | 'delete';
  seq: string;
  changedAt: string;
  /** The payload in the system's words, as JSON text (numbers kept). */
  data: string;
}

export interface FeedPage {
  items: FeedItem[];
  next: string;
  more: boolean;
  /** The page as it was asked for, with its media type. */
  written?: { type: string; bytes: Uint8Array<ArrayBuffer> };
}

/** Beside JSON, which any page is of. */
export type FeedFormat = 'csv' | 'xml';

export type AckStatus = 'acknowledged' | 'stale' | 'unknown' | 'conflict';
export interface AckResult {
  record: string;
  id: string;
  seq: string;
  status: AckStatus;
}

export interface DeadLetterFilter {
  system?: string;
  record?: RecordType;
  kind?: string;
  since?: string;
  state?: 'open' | 'closed' | 'all';
}

export interface AuditFilter {
  /** Name of a key. */
  actor?: string;
  recordId?: string;
}

export interface LagView {
  system: string;
  records: {
    record: RecordType;
    behind: number;
    parked: number;
    unclear: number;
    dead: number;
    held: number;
    synced: number;
    lagSeconds: number;
    oldest: string | null;
  }[];
  lagSeconds: number;
}

/** A send that the relay makes: bytes and key were stored before it was handed out. */
export interface Send {
  system: string;
  record: RecordType;
  recordId: string;
  externalId: string | null;
  op: 'create' | 'update' | 'delete';
  key: string;
  seq: number;
  body: string;
  match: { field: string; value: string }[];
  traceparent: string | null;
  /** The same bytes were already sent under this key. */
  repeat: boolean;
  token: string;
  /** Attempts spent so far on the wanted state. */
  attempts: number;
  /** When the attempt before this one ended (ms); null before the first. */
  lastAttemptAt: number | null;
  /** Kind of the failure before this one; null where there was none. */
  lastError: string | null;
}

/** What became of a send. */
export interface Settlement {
  system: string;
  recordId: string;
  seq: number;
  token: string;
  outcome:
    | { kind: 'delivered'; externalId?: string; status?: number }
    | {
        kind: string;
        message: string;
        status?: number;
        body?: string;
        retryAfterMs?: number;
        /** False: the bytes never left, so the system cannot have them. */
        sent: boolean;
        /** The system is suspected, not the record: nothing is spent, it is tried again after this (ms). */
        suspectedMs?: number;
        /** The hub itself ended the exchange (shutdown): nothing is spent, it is due at once. */
        stopped?: true;
      };
  startedAt: number;
  durationMs: number;
}

export interface Settled {
  system: string;
  recordId: string;
  /** The replica's state afterwards; undefined when the token was stale. */
  state: ReplicaState | undefined;
  /** As it is counted and shown: `delivered`, `retry`, `throttled`, `timeout`, `unauthorized`, `rejected`, `invalid`, `not_found`, `unclear`. */
  outcome: string;
}

/** A question to a system about one of its objects. */
export interface Asking {
  /** The change request. */
  id: string;
  system: string;
  /** `update`: the change itself is the question. */
  verb: 'ask' | 'update' | 'hold' | 'cancel';
  record: RecordType;
  recordId: string;
  externalId: string;
  key: string;
  /** What is proposed, in the system's words; of an update all that it says. */
  body?: string;
  /** Of an update: canonical fields that identify the record. */
  match?: { field: string; value: string }[];
  /** It was asked before: only look what it has come to. */
  again: boolean;
}

export type Asked =
  /** `said`: a no in the system's own words. */
  | { verdict: 'yes' | 'no' | 'pending'; said?: string }
  /** What the system holds now, as text; null: nothing any more. */
  | { found: string | null }
  /** No answer; `sent`: the system may have heard the question. */
  | { failure: string; sent: boolean };

/** What a system holds, to be compared with the records. */
export interface CompareRequest {
  system: string;
  record: RecordType;
  items: { id?: string; data: string }[];
  /** When the system was asked (ms since 1970): what moved since says nothing of drift. */
  askedAt: number;
  /** What the system changed no longer ago than this (ms) is still on its way. */
  graceMs: number;
  /** What drifts is put right, by this actor. */
  repair?: string;
}

/**
 * `same` · `pending`: behind, in flight or changed just now · `ignored`: the mapping does not accept it, or it is gone here
 * and may stay there · `unknown`: the hub has no such copy · `differs` · `absent`: the system does not have it any more ·
 * `unreadable` · `ambiguous`: it fits more than one record.
 */
export type Comparison = 'same' | 'pending' | 'ignored' | 'unknown' | 'differs' | 'absent' | 'unreadable' | 'ambiguous';

export interface Compared {
  verdict: Comparison;
  /** The system's id of it. */
  externalId: string | null;
  recordId?: string;
  /** What differs, by canonical path; members that only go out by the system's own path. */
  fields?: string[];
  /** Why it cannot be compared. */
  message?: string;
  /** `taken`: the system's word was taken · `sent`: its copy is sent again · `made`: a record was made of it. */
  repaired?: 'taken' | 'sent' | 'made';
}

/** A copy that a system should have. */
export interface Held {
  recordId: string;
  externalId: string;
}

/** Everything the gateway, the relay and the command line ask of the store side. Rejects with {@link Problem} shapes. */
export interface Core {
  // In
  accept(request: AcceptRequest): Promise<AcceptReply>;
  /** @param request `ifMatch` is the version as text, without quotes; `*` matches any */
  patch(request: {
    address: { type: RecordType; id: string };
    body: string;
    ifMatch: string;
    actor: string;
    traceparent?: string;
  }): Promise<RecordView>;
  /** Changes that name no data and are due: of each system its oldest `limit`, of those in `except` none. */
  toFetch(asked: {
    limit: number;
    except: readonly string[];
  }): Promise<{ id: string; system: string; record: RecordType; externalId: string; item: string; attempts: number }[]>;
  /** The payload that was fetched (undefined: the system does not know it), or a failure to be tried again later. */
  fetched(id: string, result: { payload: string | null } | { retryInMs: number; message: string }): Promise<void>;

  // Out
  /** Waits until something is due; at most `limit` sends of that system. Ended by {@link cancelClaims}. */
  claim(system: string, limit: number): Promise<Send[]>;
  cancelClaims(): Promise<void>;
  settle(settlements: Settlement[]): Promise<Settled[]>;
  /** Questions to systems that are due. One that is handed out is due again in a minute. */
  toAsk(limit: number): Promise<Asking[]>;
  asked(id: string, answer: Asked): Promise<void>;
  feed(request: {
    system: string;
    after: string | null;
    limit: number;
    record?: RecordType;
    /** What it cannot say becomes a dead letter, `invalid`. */
    as?: FeedFormat;
  }): Promise<StreamAnswer<FeedPage>>;
  acknowledge(
    system: string,
    items: { record: string; id: string; seq: string; externalId?: string }[],
  ): Promise<AckResult[]>;
  reject(system: string, items: { record: string; id: string; seq: string; reason: string }[]): Promise<AckResult[]>;
  changes(request: {
    after: string | null;
    limit: number;
    record?: RecordType;
    system?: string;
  }): Promise<StreamAnswer<ChangesPage>>;
  /** From the place of the stream on, looking through so many changes; of the types that it is told. */
  unpublished(system: string, limit: number): Promise<StreamPage>;
  /** Everything up to there was acknowledged. @param lease without it nothing is written: rejects with LeaseGone */
  published(system: string, place: { upTo: number; moves: number }, lease?: LeaseHeld): Promise<void>;
  /**
   * A person says where a stream goes on: `oldest`, `newest`, or behind a change by its id or cursor. It is durable at once,
   * and counts from the next page on. Rejects with 400 for what is no place of this store, 409 for a system that is no stream.
   */
  moveStream(system: string, from: string, actor: string): Promise<void>;

  // Looking
  record(address: RecordAddress): Promise<RecordView | undefined>;
  timeline(
    id: string,
    limit: number,
    before: string | null,
  ): Promise<{
    items: HistoryItem[];
    next: string | null;
  }>;
  deadLetters(
    filter: DeadLetterFilter,
    limit: number,
    after: string | null,
  ): Promise<{ items: DeadLetterRow[]; next: string | null }>;
  deadLetter(id: string): Promise<DeadLetterRow | undefined>;
  tasks(
    state: 'open' | 'done' | 'all',
    limit: number,
    after: string | null,
  ): Promise<{ items: RecordView[]; next: string | null }>;
  lag(): Promise<LagView[]>;
  /** What people did, newest first. */
  audit(filter: AuditFilter, limit: number, after: string | null): Promise<{ items: AuditRow[]; next: string | null }>;

  /** Rejects with 404 for what is not there, 409 for pieces that are returned already or were not sent. */
  requestReturn(asked: ReturnAsked, actor: string): Promise<ReturnView>;
  returnOf(id: string): Promise<ReturnView | undefined>;
  /** Rejects with 409 where the state of the return forbids it; a repeat changes nothing. */
  returnEvent(id: string, event: ReturnEventTold, actor: string): Promise<ReturnView>;
  decideReturn(request: DecideReturnRequest, actor: string): Promise<ReturnDecisionView>;
  returnProfile(customer: string, store: string): Promise<ReturnProfileView | undefined>;
  breakers(limit: number, after: string | null): Promise<{ items: BreakerView[]; next: string | null }>;
  setBreaker(word: BreakerWord, actor: string): Promise<BreakerView>;
  /** @param knownUpTo number of the last picture that was told */
  evidenceCase(id: string, knownUpTo: number): Promise<EvidenceCase>;
  saveEvidence(id: string, shown: EvidenceShown, actor: string): Promise<ReturnView>;

  decision(id: string): Promise<DecisionView | ReturnDecisionView | undefined>;
  /** About one record, newest first. */
  decisions(
    record: string,
    limit: number,
    after: string | null,
  ): Promise<{ items: (DecisionView | ReturnDecisionView)[]; next: string | null }>;

  // Reconciling
  compare(request: CompareRequest): Promise<Compared[]>;
  /** Copies that the hub believes to be in the system, by record. */
  held(
    system: string,
    record: RecordType,
    limit: number,
    after: string | null,
  ): Promise<{ items: Held[]; next: string | null }>;
  /** Copies that the system does not know any more, when it was asked for each at `askedAt`. */
  absent(request: Omit<CompareRequest, 'items' | 'graceMs'> & { items: Held[] }): Promise<Compared[]>;
  /** Sends the records to systems that are new; those whose objects are read first have to wait for that. */
  fill(): Promise<void>;

  // Operating; every one writes an audit row with the actor
  replay(id: string, patch: string | undefined, actor: string): Promise<{ seq: string }>;
  replayMany(filter: DeadLetterFilter, dryRun: boolean, actor: string): Promise<{ count: number }>;
  discard(id: string, reason: string, actor: string): Promise<DeadLetterRow>;
  holdReplica(
    type: RecordType,
    id: string,
    system: string,
    hold: boolean,
    by: { actor: string; reason?: string },
  ): Promise<RecordView>;
  /** Ends the hold of a unit, with an optional new value (JSON text). */
  releaseUnit(
    type: RecordType,
    id: string,
    unit: string,
    value: string | undefined,
    actor: string,
  ): Promise<RecordView>;
  /** Rejects with 409 where no policy is in force, or a live order is not one that is routed. */
  decide(request: DecideRequest, actor: string): Promise<DecisionView>;
  policies(): Promise<PolicyView[]>;
  /** Rejects with 404 for what is no policy. */
  policy(name: string): Promise<PolicyView>;
  policyVersion(name: string, version: number): Promise<PolicyVersionView>;
  /** Rejects with 400 and every fault. @param document YAML text, or the tree that it would be */
  makePolicyVersion(
    name: string,
    made: { document: unknown; warehouses?: unknown },
    actor: string,
  ): Promise<PolicyVersionView>;
  /** Begins the work, or joins what runs already; the view says how far it is. */
  checkPolicy(name: string, version: number, actor: string): Promise<PolicyVersionView>;
  backtestPolicy(name: string, version: number, request: BacktestRequest, actor: string): Promise<PolicyVersionView>;
  /** Resolves when nothing of the version is being worked on. */
  policyWorked(name: string, version: number): Promise<PolicyVersionView>;
  approvePolicy(name: string, version: number, given: { override?: string }, actor: string): Promise<PolicyVersionView>;
  activatePolicy(
    name: string,
    version: number,
    given: { effectiveFrom?: string; override?: string },
    actor: string,
  ): Promise<PolicyVersionView>;
  rollbackPolicy(name: string, given: { to: number; reason?: string }, actor: string): Promise<PolicyVersionView>;
  shadowPolicy(name: string, version: number, on: boolean, actor: string): Promise<PolicyVersionView>;
  shadowDifferences(
    name: string,
    version: number,
    limit: number,
    after: string | null,
  ): Promise<{ items: ShadowDifference[]; next: string | null }>;
  /** What `to` decides otherwise than `from`. @param waits until it is known */
  policyDiff(name: string, from: number, to: number, waits: boolean): Promise<PolicyDiffView>;
  taskDone(id: string, decision: string, reason: string | undefined, actor: string): Promise<RecordView>;
  /** Of every system the types that a mapping of it reads or writes. */
  mapped(): Promise<[system: string, types: RecordType[]][]>;
  systems(): Promise<SystemRow[]>;
  setSystem(system: string, state: SystemRow['state'], reason: string | null, actor: string): Promise<void>;
  apiKeys(): Promise<ApiKeyRow[]>;
  saveApiKey(row: ApiKeyRow, actor: string): Promise<void>;
  /** Something that a person did and that changes nothing in the store. */
  saveDeed(deed: Pick<AuditRow, 'actor' | 'action' | 'target' | 'detail'>): Promise<void>;
  cursor(name: string): Promise<string | undefined>;
  /** @param lease without it nothing is written: rejects with LeaseGone */
  saveCursor(name: string, value: string, lease?: LeaseHeld): Promise<void>;

  // Among processes that share the database; what each means stands at `Sharing` of the store
  /** null: this process owns the database, and the other three are never asked. */
  share(asked: ShareRequest): Promise<Shared | null>;
  moveBreaker(system: string, move: BreakerMove): Promise<ConditionRow>;
  quiet(system: string, until: number): Promise<void>;
  borrow(system: string, limit: SharedRateLimit, count: number): Promise<RateShare>;

  // Tokens and sessions of systems, sealed; what each means stands at `Credentials` of the store
  credential(system: string): Promise<CredentialRow | undefined>;
  beginRenewal(system: string, ms: number): Promise<RenewalRight | undefined>;
  writeCredential(system: string, sealed: string, over: number): Promise<boolean>;
  endRenewal(system: string): Promise<void>;

  // Running
  /** Rejects when the store cannot be written. */
  ready(): Promise<void>;
  epoch(): Promise<string>;
  backup(path: string, actor: string): Promise<void>;
  prune(): Promise<number>;
  /** Decides again about what has waited for a time. @returns how many timers ran */
  runTimers(): Promise<number>;
  close(): Promise<void>;
}

/** Every kind of alert that there is; each is explained in docs/operating.md. */
export const alertKinds = [
  'dead_letter',
  'unclear',
  'unauthorized',
  'refused_edit',
  'ping_pong',
  'ambiguous_identity',
  'webhook_unreadable',
  'poll_invalid',
  'fetch_failed',
  'fill_failed',
  'drift',
  'reconcile_failed',
  'stream_gap',
  'stream_refused',
  'routing_error',
  'routing_blocked',
  'routing_uncovered',
  'routing_conflict',
  'shipment_cancelled',
  'late_shipment',
  'request_declined',
  'policy_ended',
  'return_error',
  'return_breaker',
  'return_review',
  'return_refund_timing',
  'return_goods_differ',
  'return_lost',
  'return_exchange',
  'return_refund_failed',
  'return_refund_unknown',
  'return_clawback_withdrawn',
  'red_invoice',
  'return_decide_by_passed',
  'return_overdue',
  'return_refund_by_near',
  'return_refund_by_passed',
  'return_refused',
  'no_second_look',
  'internal',
] as const;
export type AlertKind = (typeof alertKinds)[number];

/** What the core tells without being asked, after each commit. */
export interface CoreEvents {
  /** The newest change number that is durable: wakes streams and feeds that wait. */
  head: number;
  /** Alerts raised by the commit. */
  alerts: { kind: AlertKind; system?: string; record?: string; message: string }[];
  /** Commit times (seconds) since the last event. */
  commits: number[];
  /** Replicas that became synced, by delivery or acknowledgement: seconds from commit to then. */
  synced: { system: string; record: RecordType; seconds: number }[];
  /** Outcomes that were decided without a send: `parked`, `invalid`. */
  attempts: { system: string; outcome: string }[];
  /** A change was stored that has to be fetched before it is read. */
  fetches: boolean;
  /** Another process has paused or resumed a system, or moved its breaker. */
  shared?: boolean;
}
