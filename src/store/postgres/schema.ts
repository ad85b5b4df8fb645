// The tables of the PostgreSQL store: those of SQLite's under the same names, but for what only one of the engines needs.
// A test compares the two, and this one with what the migrations make.
import { sql } from 'drizzle-orm';
import { bigint, index, pgTable, primaryKey, text, uniqueIndex } from 'drizzle-orm/pg-core';

const number = (name: string) => bigint(name, { mode: 'number' });
const count = (name: string) => number(name).notNull();
/** ms since 1970. */
const time = (name: string) => number(name).notNull();
/** Numbered as they come, never twice. */
const numbered = (name: string) => number(name).generatedByDefaultAsIdentity().primaryKey().notNull();
const words = (name: string) => text(name).notNull();
/** JSON as text; parsed only when somebody looks. */
const json = (name: string) => text(name).notNull();

/** epoch · oldest_program · written (the latest time that a node has seen) */
export const meta = pgTable('meta', { name: text('name').primaryKey().notNull(), value: words('value') });

export const records = pgTable(
  'records',
  {
    no: number('no').primaryKey().notNull(),
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
  (t) => [uniqueIndex('records_id').on(t.id), index('records_type').on(t.type, t.no)],
);

/** Gives each system its place among the replicas of a record. */
export const systemNumbers = pgTable(
  'system_numbers',
  { no: number('no').primaryKey().notNull(), system: words('system') },
  (t) => [uniqueIndex('system_numbers_system').on(t.system)],
);

export const replicas = pgTable(
  'replicas',
  {
    /**
     * Number of the record × 1024 + number of the system: the replicas of a record are neighbours, found
     * without another index, and images and sends share the number.
     */
    no: number('no').primaryKey().notNull(),
    system: words('system'),
    type: words('type'),
    externalId: text('external_id'),
    state: words('state'),
    wantedSeq: count('wanted_seq'),
    wantedVersion: count('wanted_version'),
    syncedSeq: count('synced_seq'),
    behindSince: number('behind_since'),
    dueAt: number('due_at'),
    /** Number of the node that has taken and not settled it; 0: none. Keeps it out of the indexes of the feed and the lag. */
    claimed: count('claimed'),
    attempts: count('attempts'),
    lastAttemptAt: number('last_attempt_at'),
    lastError: text('last_error'),
    parkedOn: text('parked_on'),
    mapping: text('mapping'),
    deliveries: count('deliveries'),
    lastDeliveredAt: number('last_delivered_at'),
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
    index('replicas_claimed').on(t.claimed, t.system).where(sql`claimed > 0`),
  ],
);

/** What each node has added: nobody counts a table, and no node waits for another to count. */
export const replicaCounts = pgTable(
  'replica_counts',
  {
    node: count('node'),
    system: words('system'),
    type: words('type'),
    state: words('state'),
    count: count('count'),
  },
  (t) => [primaryKey({ columns: [t.node, t.system, t.type, t.state] })],
);

/** The bulky half of a replica, so that the row that is updated often stays narrow. */
export const images = pgTable('images', {
  replica: number('replica').primaryKey().notNull(),
  /** JSON: the hub's memory of the system's copy, with its image. */
  memory: json('memory'),
  payload: text('payload'),
});

/** Sends without an answer. */
export const inFlight = pgTable(
  'in_flight',
  {
    replica: number('replica').primaryKey().notNull(),
    system: words('system'),
    type: words('type'),
    key: words('key'),
    seq: count('seq'),
    version: count('version'),
    op: words('op'),
    body: words('body'),
    image: json('image'),
    payload: text('payload'),
    older: json('older'),
    sentAt: time('sent_at'),
    token: words('token'),
  },
  (t) => [
    index('in_flight_creates').on(t.system, t.type, t.seq).where(sql`op = 'create'`),
    index('in_flight_system').on(t.system, t.seq),
  ],
);

export const changes = pgTable('changes', {
  seq: number('seq').primaryKey().notNull(),
  record: number('record').notNull(),
  /** The change of the same record before this one, 0: none. A chain costs no index over a growing table. */
  previous: number('previous').notNull(),
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

export const matchKeys = pgTable(
  'match_keys',
  { type: words('type'), field: words('field'), value: words('value'), record: number('record').notNull() },
  (t) => [primaryKey({ columns: [t.type, t.field, t.value] })],
);

export const intakeKeys = pgTable(
  'intake_keys',
  {
    no: numbered('no'),
    system: words('system'),
    key: words('key'),
    fingerprint: words('fingerprint'),
    at: time('at'),
    answer: json('answer'),
  },
  (t) => [uniqueIndex('intake_keys_key').on(t.system, t.key)],
);

export const attempts = pgTable(
  'attempts',
  {
    no: numbered('no'),
    at: time('at'),
    system: words('system'),
    type: words('type'),
    recordId: words('record_id'),
    seq: count('seq'),
    outcome: words('outcome'),
    message: words('message'),
    status: number('status'),
    durationMs: number('duration_ms'),
  },
  (t) => [index('attempts_record').on(t.recordId)],
);

export const deadLetters = pgTable(
  'dead_letters',
  {
    no: numbered('no'),
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
    closedAt: number('closed_at'),
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

export const waiting = pgTable(
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

export const cursors = pgTable('cursors', { name: text('name').primaryKey().notNull(), value: words('value') });

/** Access tokens and sessions, one row a system; what they are only a process with the system's settings can tell. */
export const credentials = pgTable('credentials', {
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

export const systems = pgTable('systems', {
  system: text('system').primaryKey().notNull(),
  state: words('state'),
  since: time('since'),
  reason: text('reason'),
});

export const apiKeys = pgTable('api_keys', {
  id: text('id').primaryKey().notNull(),
  name: words('name'),
  scopes: json('scopes'),
  hash: words('hash'),
  createdAt: time('created_at'),
  revokedAt: number('revoked_at'),
});

export const audit = pgTable(
  'audit',
  {
    no: numbered('no'),
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
export const policies = pgTable(
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
    effectiveFrom: number('effective_from'),
    /** When its force ends; null: with the next version's. */
    effectiveUntil: number('effective_until'),
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
export const shadowDifferences = pgTable(
  'shadow_differences',
  {
    no: numbered('no'),
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

export const decisions = pgTable(
  'decisions',
  {
    no: numbered('no'),
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
  (t) => [uniqueIndex('decisions_id').on(t.id), index('decisions_subject').on(t.subject, t.no)],
);

/** What is to be looked at again at a time: one of a kind for each record. */
export const timers = pgTable(
  'timers',
  { subject: words('subject'), kind: words('kind'), dueAt: time('due_at') },
  (t) => [primaryKey({ columns: [t.subject, t.kind] }), index('timers_due').on(t.dueAt)],
);

/** Orders that may be routed again, by customer: a change of the customer may change what is decided of them. */
export const routableOrders = pgTable(
  'routable_orders',
  { orderId: text('order_id').primaryKey().notNull(), customerId: words('customer_id') },
  (t) => [index('routable_orders_customer').on(t.customerId, t.orderId)],
);

/** Of each order what the facts of its customer ask, as the order says it. */
export const orderFacts = pgTable(
  'order_facts',
  {
    orderId: text('order_id').primaryKey().notNull(),
    customerId: words('customer_id'),
    status: words('order_status'),
    currency: words('currency'),
    paidMinor: count('paid_minor'),
    refundedMinor: count('refunded_minor'),
    deliveredAt: number('delivered_at'),
    /** Of all lines. */
    pieces: count('pieces'),
    itemsMinor: count('items_minor'),
  },
  (t) => [index('order_facts_customer').on(t.customerId)],
);

export const shipmentFacts = pgTable(
  'shipment_facts',
  {
    shipmentId: text('shipment_id').primaryKey().notNull(),
    orderId: words('order_id'),
    deliveredAt: number('delivered_at'),
    /** JSON: pieces by line of what has left. */
    shipped: json('shipped'),
  },
  (t) => [index('shipment_facts_order').on(t.orderId)],
);

export const returnFacts = pgTable(
  'return_facts',
  {
    returnId: text('return_id').primaryKey().notNull(),
    orderId: words('order_id'),
    customerId: words('customer_id'),
    storeId: words('store_id'),
    requestedAt: time('requested_at'),
    decidedAt: number('decided_at'),
    /** When it first was. */
    approvedAt: number('approved_at'),
    status: words('return_status'),
    fault: words('fault'),
    currency: words('currency'),
    /** JSON: a list of orderLine, quantity, unitPriceMinor, amountMinor. */
    lines: json('lines'),
    /** 1: decided to be refunded before the goods are back. */
    refundFirst: count('refund_first'),
    receivedAt: number('received_at'),
    shipBackBy: number('ship_back_by'),
    refundedAt: number('refunded_at'),
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
export const addressChanges = pgTable(
  'address_changes',
  {
    seq: number('seq').primaryKey().notNull(),
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
export const customerAliases = pgTable(
  'customer_aliases',
  { customerId: text('customer_id').primaryKey().notNull(), intoId: words('into_id') },
  (t) => [index('customer_aliases_into').on(t.intoId)],
);

/** JSON: all that the next move of a return depends on. */
export const returnLives = pgTable('return_lives', {
  returnId: text('return_id').primaryKey().notNull(),
  life: json('life'),
});

/** Breakers of policies that were moved once; by customer or store. */
export const policyBreakers = pgTable(
  'policy_breakers',
  {
    breaker: words('breaker'),
    scopeKey: words('scope_key'),
    /** closed · open · half_open */
    state: words('state'),
    openedAt: number('opened_at'),
    until: number('until'),
    closedAt: number('closed_at'),
    trips: count('trips'),
    permitsLeft: count('permits_left'),
    passed: count('passed'),
    /** JSON: a person's word, by, reason, until. */
    override: text('override'),
  },
  (t) => [primaryKey({ columns: [t.breaker, t.scopeKey] })],
);

/** Refunded or reserved before the goods are back. */
export const storeExposure = pgTable('store_exposure', {
  storeId: text('store_id').primaryKey().notNull(),
  exposureMinor: count('exposure_minor'),
});

/** Pictures that were shown for returns; the bytes lie in a folder, by hash. */
export const evidence = pgTable(
  'evidence',
  {
    no: numbered('no'),
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

/** The processes that share the database; one whose lease has run out by the database's clock is gone. */
export const nodes = pgTable('nodes', {
  no: numbered('no'),
  /** Of one process, never used again. */
  id: words('id'),
  startedAt: time('started_at'),
  leaseUntil: time('lease_until'),
});

/** The newest number given: of changes, of records. */
export const numbers = pgTable('numbers', { name: text('name').primaryKey().notNull(), last: count('last') });

/** Change numbers that a transaction has been given: readers stop before those that are open (see numbers.ts). */
export const numberBlocks = pgTable('number_blocks', {
  no: numbered('no'),
  /** Id of the process. */
  node: words('node'),
  first: count('first'),
  reservedAt: time('reserved_at'),
  /** open · committed · given_up: whoever reserved it can no longer commit under it. */
  state: words('state'),
});

/** One row for each system: what all processes know of it together (see conditions.ts). */
export const systemConditions = pgTable('system_conditions', {
  system: text('system').primaryKey().notNull(),
  /** closed · open · half_open */
  breaker: words('breaker'),
  since: time('since'),
  until: time('until'),
  /** Id of the process that probes; empty where none does. */
  prober: words('prober'),
  quietUntil: time('quiet_until'),
  lastSuccessAt: number('last_success_at'),
  lastPollAt: number('last_poll_at'),
  /** µs since 1970: when what was given out of its rate is used up. */
  rateUntil: time('rate_until'),
  /** How many sends were given out the last time. */
  granted: count('granted'),
});

/** What only one process may do at a time. */
export const leases = pgTable('leases', {
  name: text('name').primaryKey().notNull(),
  /** Id of the process. */
  node: words('node'),
  /** Grows with every change of hands. */
  token: count('token'),
  until: time('until'),
});
