// The store's port: whole verbs. No connection, transaction or SQL appears above it.
import type { JsonObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import type { Credentials } from './credentials.ts';
import type {
  AddressChangeRow,
  ApiKeyRow,
  AttemptRow,
  AuditRow,
  ChangeRow,
  DeadLetterRow,
  DecisionRow,
  EvidenceRow,
  HistoryItem,
  ImageRow,
  InFlightRow,
  IntakeKeyRow,
  OrderFactRow,
  PolicyBreakerRow,
  PolicyRow,
  RecordRow,
  ReplicaRow,
  ReplicaState,
  ReturnFactRow,
  RunningPolicy,
  ShadowRow,
  ShipmentFactRow,
  SystemRow,
  TimerRow,
  WaitingRow,
} from './rows.ts';
import type { LeaseHeld, Sharing } from './sharing.ts';

/**
 * What a decision is about. Lockable even when nothing is there yet:
 * `ord_…` a record with its replicas, images and sends in flight · `ext:<system>:<type>:<external id>` ·
 * `match:<type>:<field>:<value>` · `key:<system>:<intake key>` · `decision:<record>` the newest decision about a record.
 * An ext or match key that resolves loads its record too. A {@link Query} is a key as well.
 */
export type Key = string;

/** A key that stands for a question to the narrow tables; made by the functions of draft.ts, answered by `State.query`. */
export type Query<T> = Key & { readonly answer?: T };

/** Everything about one record. Images and in-flight sends are read when first asked for. */
export interface RecordState {
  row: RecordRow;
  replicas: ReadonlyMap<string, ReplicaRow>;
  image(system: string): ImageRow | undefined;
  inFlight(system: string): InFlightRow | undefined;
}

/** The state under the keys that were asked for. Reading a key that was not asked for throws. */
export interface State {
  /** Whether the key was asked for, so that it may be read. */
  asked(key: Key): boolean;
  /** Record id behind an `ext:` or `match:` key. */
  resolve(key: Key): string | undefined;
  record(id: string): RecordState | undefined;
  /** Whether a key that was asked for leads to that record, so that it may be read. */
  reaches(id: string): boolean;
  intakeKey(key: Key): IntakeKeyRow | undefined;
  decision(key: Key): DecisionRow | undefined;
  /** As this group leaves the tables so far. */
  query<T>(query: Query<T>): T | undefined;
}

export interface Context {
  /** ms since 1970, one value for the whole decision. */
  now: number;
  /** The next change number; numbers that are taken and not written are lost, never reused. */
  nextSeq(): number;
  newId(prefix: string): string;
}

/** Rows to write in one transaction; each is an upsert of the whole row unless said otherwise. */
export interface Writes {
  records?: RecordRow[];
  replicas?: ReplicaRow[];
  images?: { system: string; recordId: string; image: ImageRow }[];
  changes?: ChangeRow[];
  /** recordId null frees the key. */
  matchKeys?: { type: RecordType; field: string; value: string; recordId: string | null }[];
  intakeKeys?: IntakeKeyRow[];
  inFlight?: InFlightRow[];
  /** Sends that are settled: their in-flight row goes. */
  settled?: { system: string; recordId: string }[];
  attempts?: AttemptRow[];
  deadLetters?: DeadLetterRow[];
  /** Closes the open dead letter of a replica, if there is one. */
  closeDeadLetters?: { system: string; recordId: string; closed: NonNullable<DeadLetterRow['closed']> }[];
  waiting?: WaitingRow[];
  waited?: string[];
  /**
   * Replicas of `system` parked on `recordId` become behind and due; in a feed (`moves`) each gets a change of its own,
   * so that it stands after every cursor that was handed out while it waited.
   */
  unpark?: { system: string; recordId: string; moves: boolean }[];
  audit?: AuditRow[];
  policy?: PolicyWrite[];
  returns?: ReturnWrite[];
}

/** What deciding by a policy leaves beside records; each member on its own. */
export interface PolicyWrite {
  decision?: DecisionRow;
  timer?: TimerRow;
  /** customerId null: the order is not routed any more, or has no customer. */
  routable?: { orderId: string; customerId: string | null };
  shadow?: ShadowRow;
}

/** Of one policy; in one commit. */
export interface PolicyChange<T> {
  /** Rows that change and rows that are new: in this order, so that what retires stands before what takes its place. */
  versions: PolicyRow[];
  audit: AuditRow[];
  answer: T;
}

/** What returns and the facts about them leave in the narrow tables; each member on its own, whole rows but for the exposure. */
export interface ReturnWrite {
  order?: OrderFactRow;
  shipment?: ShipmentFactRow;
  return?: ReturnFactRow;
  addressChange?: AddressChangeRow;
  /** A customer that was folded into another. */
  alias?: { customerId: string; into: string };
  life?: { returnId: string; life: JsonObject };
  breaker?: PolicyBreakerRow;
  /** Added to what is there. */
  exposure?: { storeId: string; byMinor: number };
  evidence?: EvidenceRow;
}

export type Decision<T> = { need: Key[] } | { write: Writes; answer: T };
export type Decide<T> = (state: State, context: Context) => Decision<T>;

/** Decides one claimed replica: what to send, or what to write instead. */
export type Claim<S> = (
  state: State,
  replica: ReplicaRow,
  context: Context,
) => { need: Key[] } | { write: Writes; send?: S };

export interface Page<T> {
  items: T[];
  next: string | null;
}

export interface ReplicaCount {
  system: string;
  type: RecordType;
  state: ReplicaState;
  count: number;
}

export interface OldestBehind {
  system: string;
  type: RecordType;
  recordId: string;
  since: number;
}

export interface DeadLetterFilter {
  system?: string;
  record?: RecordType;
  kind?: string;
  since?: number;
  state: 'open' | 'closed' | 'all';
}

export interface AuditFilter {
  actor?: string;
  recordId?: string;
}

export interface FeedRow {
  replica: ReplicaRow;
  /** The newest change's time. */
  changedAt: number;
}

export interface Store {
  /** A random value that changes when a backup is restored. */
  readonly epoch: string;
  /** What the processes over one database agree on; undefined where one process owns it. */
  readonly sharing?: Sharing;
  /** Access tokens and sessions of systems. */
  readonly credentials: Credentials;

  /**
   * Loads and locks the keys, calls `decide` (pure, synchronous; called again when it needs more keys, at most four
   * rounds), writes what it returns; resolves after the commit is durable. Decides of one group run in order and see
   * each other's writes; one that throws fails only itself.
   */
  transact<T>(keys: Key[], decide: Decide<T>): Promise<T>;

  /**
   * Takes up to `limit` due replicas of a system and decides each in one transaction with the group that is being
   * committed. Resolves with the sends after the commit is durable; waits until at least one is due. A claimed replica
   * is not claimed again until it is settled or {@link Writes.replicas} makes it due.
   * @param signal ends the wait with an empty list
   */
  claim<S>(system: string, limit: number, decide: Claim<S>, signal?: AbortSignal): Promise<S[]>;

  /** At start: every send in flight of the process before, so that it is repeated or called unclear. */
  unsettled(): Promise<InFlightRow[]>;

  // Reads. None of them waits for a writer.
  read<T>(keys: Key[], look: (state: State) => T): Promise<T>;
  changesAfter(after: number, limit: number, filter: { type?: RecordType; source?: string }): Promise<ChangeRow[]>;
  /** Up to where changes of the stream were pruned; 0 before the first time. Ask after {@link changesAfter}. */
  prunedUpTo(): Promise<number>;
  /** Newest first; `before` is the `next` of the page before. */
  history(recordId: string, limit: number, before: string | null): Promise<Page<HistoryItem>>;
  /**
   * Records with a send of at most that change number in flight to the system: what a poller was served up to there. Of
   * the types that this program knows.
   */
  served(system: string, upTo: number, type: RecordType | undefined, limit: number): Promise<string[]>;
  /** Pending replicas of a polling system by wantedSeq > after; parked, dead and held ones left out. */
  feed(system: string, after: number, limit: number, type: RecordType | undefined): Promise<FeedRow[]>;
  deadLetters(filter: DeadLetterFilter, limit: number, after: string | null): Promise<Page<DeadLetterRow>>;
  deadLetter(id: string): Promise<DeadLetterRow | undefined>;
  /** Newest first; @throws RangeError when `before` is no `next` of a page */
  audit(filter: AuditFilter, limit: number, before: string | null): Promise<Page<AuditRow>>;
  recordsOf(type: RecordType, limit: number, after: string | null): Promise<Page<RecordRow>>;
  /**
   * What is to be fetched now, of the types that this program knows: of each system its oldest `limit`, so that a slow one
   * delays no other.
   */
  waitingDue(asked: { limit: number; now: number; except: readonly string[] }): Promise<WaitingRow[]>;
  waitingFor(system: string, type: RecordType): Promise<WaitingRow[]>;
  /** How many replicas are in which state; costs the same at any size. */
  counts(): Promise<ReplicaCount[]>;
  oldestBehind(): Promise<OldestBehind[]>;
  /** The newest change number given. */
  head(): Promise<number>;

  // Policies.
  decision(id: string): Promise<DecisionRow | undefined>;
  /** Newest first. */
  decisionsOf(subject: string, limit: number, after: string | null): Promise<Page<DecisionRow>>;
  /** Of one kind, so that none waits behind those of another that nobody here sees to. */
  timersDue(kind: TimerRow['kind'], limit: number, now: number): Promise<TimerRow[]>;
  /** Orders of a customer that may be routed again, by id. */
  routableOrders(customerId: string, limit: number, after: string | null): Promise<Page<string>>;
  /** Since a time, whatever they are about; newest first. An empty page may have a next one. */
  decisionsBy(policy: string, since: number, limit: number, after: string | null): Promise<Page<DecisionRow>>;
  /** Every version, the oldest first. */
  policies(policy: string): Promise<PolicyRow[]>;
  /** Costs the same however many versions there are. */
  runningPolicies(): Promise<RunningPolicy[]>;
  /**
   * Loads and locks the versions of a policy, calls `decide` (pure; again where another process was quicker) and writes
   * what it returns. Where it throws nothing is written.
   */
  changePolicy<T>(policy: string, decide: (versions: PolicyRow[]) => PolicyChange<T>): Promise<T>;
  /** Adds to the counts of a version, and leaves its newest `keep` differences. */
  countShadow(
    version: { policy: string; version: number },
    more: { seen: number; different: number },
    keep: number,
  ): Promise<void>;
  /** Newest first. @throws RangeError when `after` is none of ours */
  shadowDifferences(policy: string, version: number, limit: number, after: string | null): Promise<Page<ShadowRow>>;

  // Returns.
  /** Those that were moved once, by breaker and scope key. */
  policyBreakers(limit: number, after: string | null): Promise<Page<PolicyBreakerRow>>;
  /** Pictures by their number, of returns asked after or not: what was shown since `after`. */
  evidenceAfter(after: number, since: number, limit: number): Promise<{ no: number; row: EvidenceRow }[]>;
  evidenceOf(returnId: string): Promise<EvidenceRow[]>;

  // Small tables.
  cursor(name: string): Promise<string | undefined>;
  /** @throws LeaseGone when a lease is given that this process no longer has */
  saveCursor(name: string, value: string, lease?: LeaseHeld): Promise<void>;
  systems(): Promise<SystemRow[]>;
  saveSystem(row: SystemRow, audit?: AuditRow): Promise<void>;
  apiKeys(): Promise<ApiKeyRow[]>;
  saveApiKey(row: ApiKeyRow, audit?: AuditRow): Promise<void>;

  // Housekeeping, in small slices.
  prune(
    now: number,
    keep: { changes: number; intakeKeys: number; attempts: number; deadLetters: number },
    limit: number,
  ): Promise<number>;
  /**
   * Records whose replica of that system another mapping made, looking through one stretch of replicas at a time; the
   * caller makes them fall behind, each with a change of its own. An empty page may have a next one.
   */
  remap(
    system: string,
    type: RecordType,
    digest: string,
    after: string | null,
    limit: number,
  ): Promise<{ records: string[]; next: string | null }>;
  backup(path: string, progress?: (share: number) => void): Promise<void>;
  /** Rejects when nothing can be written. */
  ready(): Promise<void>;
  close(): Promise<void>;
}
