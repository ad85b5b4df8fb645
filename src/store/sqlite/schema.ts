// The tables of the SQLite store. Statements that run often are prepared SQL elsewhere; a test holds them together.
import { sql } from 'drizzle-orm';
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core';

const count = (name: string) => integer(name).notNull();
const time = (name: string) => integer(name).notNull();
const words = (name: string) => text(name).notNull();
/** JSON as text; parsed only when somebody looks. */
const json = (name: string) => text(name).notNull();

/** epoch · head (the newest change number given) · written (the time of the last start or test of readiness) */
export const meta = sqliteTable('meta', { name: text('name').primaryKey().notNull(), value: words('value') });

export const records = sqliteTable(
  'records',
  {
    no: integer('no').primaryKey().notNull(),
    id: words('id'),
    type: words('type'),
    version: count('version'),
    deleted: count('deleted'),
    mergedInto: text('merged_into'),
    createdAt: time('created_at'),
    updatedAt: time('updated_at'),
    /** Head of the record's chain of changes (see `changes.previous`); 0: none. */
    lastChange: count('last_change'),
    stamps: json('stamps'),
    data: json('data'),
  },
  (t) => [uniqueIndex('records_id').on(t.id), index('records_type').on(t.type)],
);

/** Gives each system its place among the replicas of a record. */
export const systemNumbers = sqliteTable(
  'system_numbers',
  { no: integer('no').primaryKey().notNull(), system: words('system') },
  (t) => [uniqueIndex('system_numbers_system').on(t.system)],
);

export const replicas = sqliteTable(
  'replicas',
  {
    /**
     * Number of the record × 1024 + number of the system: the replicas of a record are neighbours, found and updated
     * without another index, and payloads and sends share the number.
     */
    no: integer('no').primaryKey().notNull(),
    system: words('system'),
    type: words('type'),
    externalId: text('external_id'),
    state: words('state'),
    wantedSeq: count('wanted_seq'),
    wantedVersion: count('wanted_version'),
    syncedSeq: count('synced_seq'),
    behindSince: integer('behind_since'),
    dueAt: integer('due_at'),
    /** 1: taken by a claim and not settled. Keeps it out of the feed's index, and of the lag's (see flights.ts). */
    claimed: count('claimed'),
    /** Row of `in_flight` that holds its send. */
    flight: integer('flight'),
    attempts: count('attempts'),
    lastAttemptAt: integer('last_attempt_at'),
    lastError: text('last_error'),
    parkedOn: text('parked_on'),
    mapping: text('mapping'),
    deliveries: count('deliveries'),
    lastDeliveredAt: integer('last_delivered_at'),
    /** 1: the payload that the system holds is in `payloads`. */
    hasPayload: count('has_payload'),
    /** JSON: the hub's memory of the system's copy, but for its image. */
    memory: text('memory'),
    /** JSON: the image, as a difference to the record's data (see difference.ts). */
    image: text('image'),
    /** JSON: the image of its send, as a difference to the record's data. */
    sent: text('sent'),
  },
  (t) => [
    uniqueIndex('replicas_external').on(t.system, t.type, t.externalId).where(sql`external_id IS NOT NULL`),
    index('replicas_due').on(t.system, t.dueAt).where(sql`due_at IS NOT NULL`),
    index('replicas_lag')
      .on(t.system, t.type, t.behindSince)
      .where(sql`state IN ('behind', 'parked', 'unclear') AND claimed = 0`),
    index('replicas_parked').on(t.parkedOn, t.system).where(sql`parked_on IS NOT NULL`),
    index('replicas_feed')
      .on(t.system, t.wantedSeq, t.type)
      .where(sql`state = 'behind' AND due_at IS NULL AND claimed = 0`),
  ],
);

/** Kept in step within each commit: nobody counts a table. */
export const replicaCounts = sqliteTable(
  'replica_counts',
  { system: words('system'), type: words('type'), state: words('state'), count: count('count') },
  (t) => [primaryKey({ columns: [t.system, t.type, t.state] })],
);

/** Payloads that systems hold, where a mapping keeps them: large, and seldom written. */
export const payloads = sqliteTable('payloads', {
  replica: integer('replica').primaryKey().notNull(),
  payload: words('payload'),
});

/** Sends without an answer, many to a row; `replicas.flight` says which of them still count. */
export const inFlight = sqliteTable('in_flight', {
  no: integer('no').primaryKey().notNull(),
  /** JSON: what is short of each send, and the lengths of its parts of `texts`. */
  head: json('head'),
  texts: words('texts'),
});

export const changes = sqliteTable('changes', {
  seq: integer('seq').primaryKey().notNull(),
  record: integer('record').notNull(),
  /** The change of the same record before this one, 0: none. A chain costs no index over a growing table. */
  previous: integer('previous').notNull(),
  type: words('type'),
  version: count('version'),
  source: words('source'),
  op: words('op'),
  resend: text('resend'),
  occurredAt: time('occurred_at'),
  recordedAt: time('recorded_at'),
  traceparent: text('traceparent'),
  refused: text('refused'),
  ambiguous: text('ambiguous'),
  units: json('units'),
});

export const matchKeys = sqliteTable(
  'match_keys',
  { type: words('type'), field: words('field'), value: words('value'), record: integer('record').notNull() },
  (t) => [primaryKey({ columns: [t.type, t.field, t.value] })],
);

export const intakeKeys = sqliteTable(
  'intake_keys',
  {
    no: integer('no').primaryKey().notNull(),
    system: words('system'),
    key: words('key'),
    fingerprint: words('fingerprint'),
    at: time('at'),
    answer: json('answer'),
  },
  (t) => [uniqueIndex('intake_keys_key').on(t.system, t.key)],
);

export const attempts = sqliteTable(
  'attempts',
  {
    no: integer('no').primaryKey().notNull(),
    at: time('at'),
    system: words('system'),
    type: words('type'),
    recordId: words('record_id'),
    seq: count('seq'),
    outcome: words('outcome'),
    message: words('message'),
    status: integer('status'),
    durationMs: integer('duration_ms'),
  },
  (t) => [index('attempts_record').on(t.recordId)],
);

export const deadLetters = sqliteTable(
  'dead_letters',
  {
    no: integer('no').primaryKey().notNull(),
    id: words('id'),
    system: words('system'),
    type: words('type'),
    recordId: words('record_id'),
    seq: count('seq'),
    since: time('since'),
    attempts: count('attempts'),
    kind: words('kind'),
    message: words('message'),
    payload: text('payload'),
    response: text('response'),
    closedAs: text('closed_as'),
    closedAt: integer('closed_at'),
    closedBy: text('closed_by'),
    closedReason: text('closed_reason'),
  },
  (t) => [
    uniqueIndex('dead_letters_id').on(t.id),
    index('dead_letters_record').on(t.recordId, t.system),
    index('dead_letters_open').on(t.id).where(sql`closed_at IS NULL`),
    index('dead_letters_closed').on(t.closedAt).where(sql`closed_at IS NOT NULL`),
  ],
);

export const waiting = sqliteTable(
  'waiting',
  {
    id: text('id').primaryKey().notNull(),
    system: words('system'),
    type: words('type'),
    externalId: words('external_id'),
    reason: words('reason'),
    item: json('item'),
    at: time('at'),
    dueAt: time('due_at'),
    attempts: count('attempts'),
    createsUpTo: count('creates_up_to'),
  },
  (t) => [index('waiting_due').on(t.reason, t.system, t.dueAt), index('waiting_for').on(t.system, t.type)],
);

export const cursors = sqliteTable('cursors', { name: text('name').primaryKey().notNull(), value: words('value') });

/** Access tokens and sessions, one row a system; what they are only a process with the system's settings can tell. */
export const credentials = sqliteTable('credentials', {
  system: text('system').primaryKey().notNull(),
  /** Grows with every write. */
  version: count('version'),
  /** AES-256-GCM: see src/connector/seal.ts. */
  sealed: words('sealed'),
  writtenAt: time('written_at'),
  /** The process that renews it, until then; empty where none does. */
  holder: words('holder'),
  heldUntil: time('held_until'),
  /** Renewals begun since the last one that ended. */
  begun: count('begun'),
});

export const systems = sqliteTable('systems', {
  system: text('system').primaryKey().notNull(),
  state: words('state'),
  since: time('since'),
  reason: text('reason'),
});

export const apiKeys = sqliteTable('api_keys', {
  id: text('id').primaryKey().notNull(),
  name: words('name'),
  scopes: json('scopes'),
  hash: words('hash'),
  createdAt: time('created_at'),
  revokedAt: integer('revoked_at'),
});

export const audit = sqliteTable(
  'audit',
  {
    no: integer('no').primaryKey({ autoIncrement: true }).notNull(),
    at: time('at'),
    actor: words('actor'),
    action: words('action'),
    target: words('target'),
    recordId: text('record_id'),
    detail: json('detail'),
  },
  (t) => [index('audit_actor').on(t.actor), index('audit_record').on(t.recordId).where(sql`record_id IS NOT NULL`)],
);

/** Versions of policies; of each policy at most one is active for the same orders. */
export const policies = sqliteTable(
  'policies',
  {
    policy: words('policy'),
    version: count('version'),
    /** draft · checked · backtested · approved · scheduled · active · retired */
    state: words('state'),
    /** SHA-256 of both documents: the same documents are the same version. */
    digest: words('digest'),
    document: words('document'),
    /** Empty where the policy chooses from none. */
    warehouses: words('warehouses'),
    createdAt: time('created_at'),
    createdBy: words('created_by'),
    /** When it takes force; null: with its activation. */
    effectiveFrom: integer('effective_from'),
    /** When its force ends; null: with the next version's. */
    effectiveUntil: integer('effective_until'),
    /** What became of it: check, backtest, approval, activation. */
    life: json('life'),
    /** 1: it decides beside the version in force. */
    shadow: count('shadow'),
    /** What it has decided so, and how often otherwise. */
    shadowSeen: count('shadow_seen'),
    shadowDifferent: count('shadow_different'),
    /** Orders that it is for, in words; empty: all. */
    scope: words('scope'),
  },
  (t) => [
    primaryKey({ columns: [t.policy, t.version] }),
    uniqueIndex('policies_active').on(t.policy, t.scope).where(sql`state = 'active'`),
    index('policies_running')
      .on(t.policy, t.version, t.state, t.effectiveFrom, t.effectiveUntil, t.shadow)
      .where(sql`state IN ('scheduled', 'active') OR shadow = 1`),
  ],
);

/** Decisions that a candidate would have made otherwise; the newest of each version. */
export const shadowDifferences = sqliteTable(
  'shadow_differences',
  {
    no: integer('no').primaryKey().notNull(),
    policy: words('policy'),
    version: count('version'),
    /** Of the version in force. */
    decision: words('decision'),
    subject: words('subject'),
    at: time('at'),
    detail: json('detail'),
  },
  (t) => [index('shadow_differences_version').on(t.policy, t.version, t.no)],
);

export const decisions = sqliteTable(
  'decisions',
  {
    no: integer('no').primaryKey().notNull(),
    id: words('id'),
    policy: words('policy'),
    version: count('version'),
    /** The record that was decided about. */
    subject: words('subject'),
    at: time('at'),
    factsHash: words('facts_hash'),
    facts: json('facts'),
    outcome: json('outcome'),
    effects: json('effects'),
    /** What later decisions about the subject have to know of this one and those before it. */
    kept: json('kept'),
    error: text('error'),
  },
  (t) => [uniqueIndex('decisions_id').on(t.id), index('decisions_subject').on(t.subject)],
);

/** What is to be looked at again at a time: one of a kind for each record. */
export const timers = sqliteTable(
  'timers',
  { subject: words('subject'), kind: words('kind'), dueAt: time('due_at') },
  (t) => [primaryKey({ columns: [t.subject, t.kind] }), index('timers_due').on(t.dueAt)],
);

/** Orders that may be routed again, by customer: a change of the customer may change what is decided of them. */
export const routableOrders = sqliteTable(
  'routable_orders',
  { orderId: text('order_id').primaryKey().notNull(), customerId: words('customer_id') },
  (t) => [index('routable_orders_customer').on(t.customerId)],
);

/** Of each order what the facts of its customer ask, as the order says it. */
export const orderFacts = sqliteTable(
  'order_facts',
  {
    orderId: text('order_id').primaryKey().notNull(),
    customerId: words('customer_id'),
    status: words('order_status'),
    currency: words('currency'),
    paidMinor: count('paid_minor'),
    refundedMinor: count('refunded_minor'),
    deliveredAt: integer('delivered_at'),
    /** Of all lines. */
    pieces: count('pieces'),
    itemsMinor: count('items_minor'),
  },
  (t) => [index('order_facts_customer').on(t.customerId)],
);

export const shipmentFacts = sqliteTable(
  'shipment_facts',
  {
    shipmentId: text('shipment_id').primaryKey().notNull(),
    orderId: words('order_id'),
    deliveredAt: integer('delivered_at'),
    /** JSON: pieces by line of what has left. */
    shipped: json('shipped'),
  },
  (t) => [index('shipment_facts_order').on(t.orderId)],
);

export const returnFacts = sqliteTable(
  'return_facts',
  {
    returnId: text('return_id').primaryKey().notNull(),
    orderId: words('order_id'),
    customerId: words('customer_id'),
    storeId: words('store_id'),
    requestedAt: time('requested_at'),
    decidedAt: integer('decided_at'),
    /** When it first was. */
    approvedAt: integer('approved_at'),
    status: words('return_status'),
    fault: words('fault'),
    currency: words('currency'),
    /** JSON: a list of orderLine, quantity, unitPriceMinor, amountMinor. */
    lines: json('lines'),
    /** 1: decided to be refunded before the goods are back. */
    refundFirst: count('refund_first'),
    receivedAt: integer('received_at'),
    shipBackBy: integer('ship_back_by'),
    refundedAt: integer('refunded_at'),
  },
  (t) => [
    index('return_facts_customer').on(t.customerId),
    index('return_facts_order').on(t.orderId),
    // With all that the totals of a store ask: of a hundred thousand rows none is looked up.
    index('return_facts_store')
      .on(t.storeId, t.decidedAt, t.receivedAt, t.status, t.shipBackBy)
      .where(sql`refund_first = 1`),
  ],
);

/** Moves of an order to another place, by the number of the change. */
export const addressChanges = sqliteTable(
  'address_changes',
  {
    seq: integer('seq').primaryKey().notNull(),
    orderId: words('order_id'),
    customerId: words('customer_id'),
    at: time('at'),
    fromDivision: words('from_division'),
    fromStreet: words('from_street'),
    toDivision: words('to_division'),
    toStreet: words('to_street'),
  },
  (t) => [index('address_changes_customer').on(t.customerId, t.at)],
);

/** Customers that were folded into another: their orders are the other's. */
export const customerAliases = sqliteTable(
  'customer_aliases',
  { customerId: text('customer_id').primaryKey().notNull(), intoId: words('into_id') },
  (t) => [index('customer_aliases_into').on(t.intoId)],
);

/** JSON: all that the next move of a return depends on. */
export const returnLives = sqliteTable('return_lives', {
  returnId: text('return_id').primaryKey().notNull(),
  life: json('life'),
});

/** Breakers of policies that were moved once; by customer or store. */
export const policyBreakers = sqliteTable(
  'policy_breakers',
  {
    breaker: words('breaker'),
    scopeKey: words('scope_key'),
    /** closed · open · half_open */
    state: words('state'),
    openedAt: integer('opened_at'),
    until: integer('until'),
    closedAt: integer('closed_at'),
    trips: count('trips'),
    permitsLeft: count('permits_left'),
    passed: count('passed'),
    /** JSON: a person's word, by, reason, until. */
    override: text('override'),
  },
  (t) => [primaryKey({ columns: [t.breaker, t.scopeKey] })],
);

/** Refunded or reserved before the goods are back. */
export const storeExposure = sqliteTable('store_exposure', {
  storeId: text('store_id').primaryKey().notNull(),
  exposureMinor: count('exposure_minor'),
});

/** Pictures that were shown for returns; the bytes lie in a folder, by hash. */
export const evidence = sqliteTable(
  'evidence',
  {
    no: integer('no').primaryKey().notNull(),
    returnId: words('return_id'),
    customerId: words('customer_id'),
    at: time('at'),
    /** Of the bytes as they came. */
    sha256: words('sha256'),
    /** Of what is kept: the picture encoded again. */
    keptSha256: words('kept_sha256'),
    type: words('type'),
    size: count('size'),
    width: count('width'),
    height: count('height'),
    /** 64 bits in hexadecimal. */
    pictureHash: words('picture_hash'),
    outcome: words('outcome'),
  },
  (t) => [index('evidence_return').on(t.returnId)],
);
