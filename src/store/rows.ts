// The rows that the store keeps, in the words of the design. Times are ms since 1970; trees are canonical JSON.
import type { Memory, Refusal, Stamps } from '../merge/types.ts';
import type { JsonObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';

/** One record: the canonical truth about one thing. */
export interface RecordRow {
  type: RecordType;
  id: string;
  /** 0: a stub that no payload has filled yet. */
  version: number;
  data: JsonObject;
  stamps: Stamps;
  deleted: boolean;
  /** The record that this one was folded into; references resolve through it. */
  mergedInto: string | null;
  createdAt: number;
  updatedAt: number;
}

export const replicaStates = ['synced', 'behind', 'parked', 'unclear', 'dead', 'held'] as const;
export type ReplicaState = (typeof replicaStates)[number];

export interface LastError {
  kind: string;
  message: string;
  status?: number;
  at: number;
  /** Not before this is it tried again: its backoff, or what the system asked for (`Retry-After`). */
  until?: number;
}

/** What the hub knows of one system's copy of one record. */
export interface ReplicaRow {
  system: string;
  type: RecordType;
  recordId: string;
  externalId: string | null;
  state: ReplicaState;
  /** The newest change that the system should know; ≤ syncedSeq when synced. */
  wantedSeq: number;
  wantedVersion: number;
  syncedSeq: number;
  /** When it fell behind; null when synced, and for held and dead replicas kept as it was. */
  behindSince: number | null;
  /** When it may be claimed; null while claimed, synced, parked, dead, held or unclear, and for systems that poll us. */
  dueAt: number | null;
  /** Attempts spent on the wanted state. */
  attempts: number;
  lastAttemptAt: number | null;
  lastError: LastError | null;
  /** The record it waits for (parked). */
  parkedOn: string | null;
  /** Digest of the mapping that made the image. */
  mapping: string | null;
  /** Feed systems: place in the compacted feed (the seq of the newest change), else equal to wantedSeq. */
  deliveries: number;
  lastDeliveredAt: number | null;
}

/** The bulky half of a replica: kept apart so that the often updated row stays narrow. */
export interface ImageRow {
  memory: Memory;
  /** The payload the system is known to hold, as text; null when it holds nothing but what the mapping writes. */
  payload: string | null;
}

/** A send that is not settled: stored before the first byte leaves. */
export interface InFlightRow {
  system: string;
  type: RecordType;
  recordId: string;
  /** `<system>:<type>:<recordId>:<seq>` */
  key: string;
  seq: number;
  version: number;
  op: 'create' | 'update' | 'delete';
  body: string;
  /** Canonical tree that the system holds if this send arrives. */
  image: JsonObject;
  /** The payload the system holds if this send arrives (text), where the mapping keeps payloads. */
  payload: string | null;
  /** Images of earlier sends to the same replica whose fate is unknown, oldest first. */
  older: JsonObject[];
  sentAt: number;
  /** A claim's token; a settle with another one changes nothing. */
  token: string;
}

export type ChangeOp = 'created' | 'updated' | 'deleted' | 'none';

/** One row of the change table. */
export interface ChangeRow {
  seq: number;
  type: RecordType;
  recordId: string;
  /** The record's version after it. */
  version: number;
  source: string;
  /** `none`: nothing changed (a refusal, a resend); not in the stream. */
  op: ChangeOp;
  /** unit → [old value, new value], each a canonical tree of the unit. */
  units: Record<string, [JsonObject, JsonObject]>;
  refused: Refusal[];
  ambiguous: string[];
  /** `replay`, `repair`, `recreate`, …: a reason to send the same state again. */
  resend: string | null;
  occurredAt: number;
  recordedAt: number;
  traceparent: string | null;
}

export interface AttemptRow {
  at: number;
  system: string;
  type: RecordType;
  recordId: string;
  seq: number;
  outcome: string;
  message: string;
  status: number | null;
  durationMs: number | null;
}

export interface DeadLetterRow {
  id: string;
  system: string;
  type: RecordType;
  recordId: string;
  seq: number;
  since: number;
  attempts: number;
  kind: string;
  message: string;
  payload: string | null;
  response: { status: number | null; body: string | null } | null;
  closed: { as: 'replayed' | 'superseded' | 'discarded'; at: number; by: string; reason: string | null } | null;
}

/** A change that cannot be taken yet and waits durably: for an unsettled create, or to be fetched. */
export interface WaitingRow {
  id: string;
  system: string;
  type: RecordType;
  externalId: string;
  /** `create`: waits for an unsettled create to that system; `fetch`: reference only, to be fetched. */
  reason: 'create' | 'fetch';
  /** The change item as JSON text. */
  item: string;
  at: number;
  dueAt: number;
  attempts: number;
  /** `create`: the newest change when it came; a create that is sent later cannot be what it is about. Else 0. */
  createsUpTo: number;
}

export interface IntakeKeyRow {
  system: string;
  key: string;
  fingerprint: string;
  /** The result given, as JSON text. */
  answer: string;
  at: number;
}

export interface ApiKeyRow {
  id: string;
  name: string;
  scopes: string[];
  hash: string;
  createdAt: number;
  revokedAt: number | null;
}

/** What a person did: who, when, what, on which record. Holds no personal data: the changes do. */
export interface AuditRow {
  at: number;
  /** The name of the key; `cli` for what was done to the file itself. */
  actor: string;
  /** `<what>.<verb>`, e.g. `deadletter.replay`. */
  action: string;
  /** The id or name of what it was done to. */
  target: string;
  /** The record that it is about, if it is about one. */
  recordId: string | null;
  detail: JsonObject;
}

/** What survives a restart of one system's condition. */
export interface SystemRow {
  system: string;
  state: 'active' | 'paused' | 'unauthorized';
  since: number;
  reason: string | null;
}

/** One evaluation of a policy. */
export interface DecisionRow {
  id: string;
  policy: string;
  version: number;
  /** The record that was decided about. */
  subject: string;
  at: number;
  /** Of the facts that the version reads; empty where they could not be had. */
  factsHash: string;
  facts: JsonObject;
  /** Slots, trace and what halted it: replayable from the facts. */
  outcome: JsonObject;
  /** What became of each effect. */
  effects: JsonObject[];
  /** What later decisions about the subject have to know of this one and those before it. */
  kept: JsonObject;
  /** Why nothing was decided. */
  error: string | null;
}

export const timerKinds = ['route', 'ask', 'return'] as const;
export type TimerKind = (typeof timerKinds)[number];

/** A record that is to be looked at again. */
export interface TimerRow {
  subject: string;
  /** `route`: decided about again · `ask`: a question to a system goes on · `return`: a deadline of a return. */
  kind: TimerKind;
  /** null: never. */
  dueAt: number | null;
  /** With null: only if it is still set to this time. */
  was?: number;
}

export const policyStates = ['draft', 'checked', 'backtested', 'approved', 'scheduled', 'active', 'retired'] as const;
export type PolicyState = (typeof policyStates)[number];

/** A version of a policy. Its documents never change; what becomes of it does. */
export interface PolicyRow {
  policy: string;
  version: number;
  state: PolicyState;
  /** Of both documents. */
  digest: string;
  /** The document's text. */
  document: string;
  /** Text of the warehouses that it chooses from; empty where it chooses from none. */
  warehouses: string;
  /** Orders that it is for, in words; empty: all. */
  scope: string;
  createdAt: number;
  createdBy: string;
  /** When it takes force; null: with its activation. */
  effectiveFrom: number | null;
  /** When its force ends; null: with the next version's. */
  effectiveUntil: number | null;
  /** Check, backtest, approval, activation: see src/core/policies/life.ts. */
  life: JsonObject;
  /** It decides beside the version in force, without effects. */
  shadow: boolean;
  /** What it has decided so since it began to; counted by {@link Store.countShadow}, not by writing the row. */
  shadowSeen: number;
  shadowDifferent: number;
}

/** What every process looks at each second: scheduled, active and shadowing versions. */
export type RunningPolicy = Pick<
  PolicyRow,
  'policy' | 'version' | 'state' | 'effectiveFrom' | 'effectiveUntil' | 'shadow'
>;

/** A decision that a candidate would have made otherwise. */
export interface ShadowRow {
  policy: string;
  /** Of the candidate. */
  version: number;
  /** Id of the decision by the version in force. */
  decision: string;
  subject: string;
  at: number;
  detail: JsonObject;
}

/** Of an order what the facts of its customer ask. Amounts are minor units. */
export interface OrderFactRow {
  orderId: string;
  customerId: string;
  status: string;
  currency: string;
  paidMinor: number;
  refundedMinor: number;
  deliveredAt: number | null;
  /** Of all lines. */
  pieces: number;
  itemsMinor: number;
}

export interface ShipmentFactRow {
  shipmentId: string;
  orderId: string;
  deliveredAt: number | null;
  /** Pieces by line of what has left. */
  shipped: Readonly<Record<string, number>>;
}

export interface ReturnFactLine {
  orderLine: string;
  quantity: number;
  unitPriceMinor: number;
  /** What goes back for the whole quantity at the most. */
  amountMinor: number;
}

export interface ReturnFactRow {
  returnId: string;
  orderId: string;
  customerId: string;
  storeId: string;
  requestedAt: number;
  decidedAt: number | null;
  /** When it first was. */
  approvedAt: number | null;
  status: string;
  fault: string;
  currency: string;
  lines: readonly ReturnFactLine[];
  isRefundFirst: boolean;
  receivedAt: number | null;
  shipBackBy: number | null;
  refundedAt: number | null;
}

/** An order was moved from one place to another: division and normal street. */
export interface AddressChangeRow {
  /** Of the change. */
  seq: number;
  orderId: string;
  customerId: string;
  at: number;
  from: { division: string; street: string };
  to: { division: string; street: string };
}

export interface PolicyBreakerRow {
  breaker: string;
  /** Id of the customer or of the store. */
  scopeKey: string;
  state: 'closed' | 'open' | 'half_open';
  openedAt: number | null;
  until: number | null;
  closedAt: number | null;
  trips: number;
  permitsLeft: number;
  passed: number;
  override: { by: string; reason: string; until: number } | null;
}

/** A picture that was shown for a return. */
export interface EvidenceRow {
  returnId: string;
  customerId: string;
  at: number;
  /** Of the bytes as they came. */
  sha256: string;
  /** Of what is kept. */
  keptSha256: string;
  type: string;
  size: number;
  width: number;
  height: number;
  /** 64 bits in hexadecimal. */
  pictureHash: string;
  outcome: string;
}

/** What the facts of one customer are computed from, folded accounts among them. */
export interface CustomerRows {
  orders: OrderFactRow[];
  returns: ReturnFactRow[];
  addressChanges: AddressChangeRow[];
}

/** What a new return of an order is checked against. */
export interface OrderRows {
  returns: ReturnFactRow[];
  shipments: ShipmentFactRow[];
}

export interface StoreTotalsRow {
  refundFirstDecided: number;
  refundFirstOverdue: number;
  exposureMinor: number;
}

/** One thing that happened to a record. */
export interface HistoryItem {
  change?: ChangeRow;
  attempt?: AttemptRow;
  deadLetter?: DeadLetterRow;
  decision?: DecisionRow;
  review?: AuditRow;
}

/** The deed by which a person decides about a return, also by the answer to a task. */
export const reviewAction = 'return.review';
