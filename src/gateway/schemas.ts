// The shapes of the HTTP contract as zod schemas: the OpenAPI document is made from them, control bodies are read by them.
import { z } from 'zod';
import { connectorErrorKinds } from '../connector/error.ts';
import { recordTypes } from '../model/records.ts';
import { replicaStates } from '../store/rows.ts';
import { problemTypes } from './problem.ts';
import { scopes } from './scopes.ts';

/** Named schemas become components of the document. */
export const components = new Map<z.ZodType, string>();

export function named<S extends z.ZodType>(id: string, schema: S): S {
  components.set(schema, id);
  return schema;
}

export const instant = z.string().meta({ format: 'date-time', example: '2026-11-23T05:00:00.000Z' });
export const tree = z.record(z.string(), z.unknown());
export const next = z.string().nullable().describe('Cursor of the next page; null on the last');
export const count = z.int().min(0);
const seq = z.string().describe('The number of a change; grows per record');
export const recordType = named('RecordType', z.enum(recordTypes));

/** A whole number in a query string. */
export const whole = (limits: { min: number; max: number; default: number }) =>
  z
    .string()
    .regex(/^\d{1,6}$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(limits.min, `must be at least ${limits.min}`).max(limits.max, `must be at most ${limits.max}`))
    .default(limits.default)
    .meta({ type: 'integer', minimum: limits.min, maximum: limits.max });

export const limit = whole({ min: 1, max: 1000, default: 100 });
export const cursor = (meaning: string) => z.string().min(1, 'must not be empty').max(512).optional().describe(meaning);
export const after = cursor('The `next` of the page before');
export const time = z.iso.datetime({
  offset: true,
  error: 'must be an RFC 3339 time such as 2026-11-23T05:00:00.000Z',
});

export const fault = named('Fault', z.strictObject({ path: z.string(), message: z.string() }));
export const problem = named(
  'Problem',
  z.looseObject({
    type: z.enum(
      Object.keys(problemTypes).map((type) => `https://syncline.dev/problems/${type}`) as [string, ...string[]],
    ),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    faults: z.array(fault).optional(),
  }),
);

const refused = z.strictObject({
  unit: z.string(),
  reason: z.string(),
  message: z.string(),
  path: z.string().optional(),
});

export const change = named(
  'Change',
  z.strictObject({
    record: recordType,
    id: z.string().optional().describe("The system's own id; may stand in `data` instead"),
    op: z.enum(['upsert', 'delete']).optional(),
    at: instant.optional().describe('When it happened there'),
    key: z
      .string()
      .optional()
      .describe('Makes the change repeatable: the same key and body get the first answer again'),
    data: tree.optional().describe("The payload in the system's own words"),
  }),
);
const changeResult = named(
  'ChangeResult',
  z.looseObject({
    status: z.enum(['accepted', 'unchanged', 'partial', 'refused', 'pending', 'invalid']),
    record: recordType.optional(),
    id: z.string().optional(),
    version: z.int().optional(),
    seq: seq.optional(),
    applied: z.array(z.string()).optional(),
    refused: z.array(refused).optional(),
    faults: z.array(fault).optional(),
    repeated: z.literal(true).optional(),
  }),
);
export const changeResults = named('ChangeResults', z.strictObject({ results: z.array(changeResult) }));

const unitStamp = z.looseObject({ source: z.string(), at: instant, version: z.int() });
export const replica = named(
  'Replica',
  z.strictObject({
    system: z.string(),
    externalId: z.string().nullable(),
    state: z.enum(replicaStates),
    syncedVersion: z.int(),
    wantedVersion: z.int(),
    behindSince: instant.nullable(),
    lagSeconds: z.number(),
    attempts: count,
    nextAttemptAt: instant.nullable(),
    lastError: z.string().nullable(),
    parkedOn: z.string().optional().describe('The record that it waits for'),
  }),
);
export const record = named(
  'Record',
  z.looseObject({
    record: recordType,
    id: z.string(),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
    deleted: z.literal(true).optional(),
    data: tree.describe('Personal data reads "•••" without the scope pii'),
    units: z.record(z.string(), unitStamp),
    pendingChanges: z
      .array(z.strictObject({ unit: z.string(), request: z.string() }))
      .optional()
      .describe("Changes that wait for a system's answer"),
    replicas: z.array(replica),
  }),
);
export const records = named('Records', z.strictObject({ items: z.array(record), next }));
export const recordPatch = named('RecordPatch', tree);

const timelineEntry = z.looseObject({
  at: instant,
  kind: z.enum(['change', 'attempt', 'ack', 'dead_letter', 'decision', 'review']),
});
export const timeline = named('Timeline', z.strictObject({ items: z.array(timelineEntry), next }));

export const cloudEvent = named(
  'ChangeEvent',
  z.looseObject({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string(),
    type: z.string(),
    subject: z.string(),
    time: instant,
    datacontenttype: z.literal('application/json'),
    recordversion: z.int().describe("The record's version after the change"),
    data: z.record(z.string(), z.strictObject({ old: tree, new: tree })).describe('By unit'),
  }),
);
export const changeEvents = named('ChangeEvents', z.strictObject({ events: z.array(cloudEvent), next: z.string() }));

export const feedItem = named(
  'FeedItem',
  z.strictObject({
    record: recordType,
    id: z.string(),
    externalId: z.string().nullable(),
    op: z.enum(['create', 'update', 'delete']),
    seq,
    changedAt: instant,
    data: tree.describe("In the system's own words"),
  }),
);
export const feed = named('Feed', z.strictObject({ items: z.array(feedItem), next: z.string(), more: z.boolean() }));
const text = z.string().min(1, 'must not be empty').max(1000);
const feedItemName = {
  record: recordType,
  id: text,
  seq: z.string().regex(/^\d{1,16}$/, 'must be the seq of a served item'),
};
export const acknowledgements = named(
  'Acknowledgements',
  z.strictObject({
    items: z.array(z.strictObject({ ...feedItemName, externalId: text.optional() })).min(1),
  }),
);
export const rejections = named(
  'Rejections',
  z.strictObject({
    items: z.array(z.strictObject({ ...feedItemName, reason: text })).min(1),
  }),
);
export const ackResults = named(
  'AckResults',
  z.strictObject({
    results: z.array(
      z.strictObject({
        record: z.string(),
        id: z.string(),
        seq,
        status: z.enum(['acknowledged', 'stale', 'unknown', 'conflict']),
      }),
    ),
  }),
);

export const deadLetter = named(
  'DeadLetter',
  z.strictObject({
    id: z.string(),
    system: z.string(),
    record: recordType,
    recordId: z.string(),
    seq,
    since: instant,
    attempts: count,
    kind: z.string(),
    message: z.string(),
    payload: z.unknown().describe('What was sent; hidden without the scope pii'),
    response: z.strictObject({ status: z.int().nullable(), body: z.string().nullable() }).nullable(),
    closed: z
      .strictObject({
        as: z.enum(['replayed', 'superseded', 'discarded']),
        at: instant,
        by: z.string(),
        reason: z.string().nullable(),
      })
      .nullable(),
  }),
);
export const deadLetters = named('DeadLetters', z.strictObject({ items: z.array(deadLetter), next }));
export const deadLetterKind = z.enum(connectorErrorKinds);
export const deadLetterState = z.enum(['open', 'closed', 'all']).default('open');
export const replayOne = named(
  'Replay',
  z.strictObject({ patch: tree.optional().describe('Merge patch on the record') }),
);
export const replayed = named('Replayed', z.strictObject({ seq }));
const replayFilter = {
  system: text.optional(),
  record: recordType.optional(),
  kind: deadLetterKind.optional(),
  since: time.optional(),
};
export const replayMany = named(
  'ReplayMany',
  z.strictObject({ filter: z.strictObject(replayFilter), dryRun: z.boolean().default(false) }),
);
export const replayCount = named('ReplayCount', z.strictObject({ count }));
export const reason = named('Reason', z.strictObject({ reason: text }));
export const optionalReason = named('OptionalReason', z.strictObject({ reason: text.optional() }));
export const resuming = named(
  'Resuming',
  z.strictObject({
    reason: text.optional(),
    from: text
      .optional()
      .describe(
        'Of a stream: where it goes on: `oldest`, `newest`, or behind a change, by the id of its message or a `next` of `GET /v1/changes`',
      ),
  }),
);
export const reconcileWish = named(
  'ReconcileWish',
  z.strictObject({
    record: recordType.optional().describe('Only this type; else all that can be paged through'),
    repair: z.boolean().default(false).describe('Put right what drifts; else only tell'),
  }),
);
const comparisons = ['same', 'pending', 'ignored', 'unknown', 'differs', 'absent', 'unreadable', 'ambiguous'] as const;
const reconciledType = z.strictObject({
  record: recordType,
  phase: z.enum(['reading', 'looking', 'done']).describe('Reading its pages, then looking for what it lacks'),
  checked: count,
  expected: count.describe('Copies that the hub had there when it began'),
  drift: count,
  repaired: count,
  counts: z.object(Object.fromEntries(comparisons.map((kind) => [kind, count])) as Record<string, typeof count>),
  fields: z.record(z.string(), count).describe('Records in which a field differs'),
  absentKnown: z.boolean().describe('False: it was resumed after a stop, so what is absent is told by the next run'),
});
const drifting = z.strictObject({
  record: recordType,
  id: z.string().nullable(),
  externalId: z.string().nullable(),
  verdict: z.enum(comparisons),
  fields: z.array(z.string()),
  message: z.string().nullable(),
  repaired: z.enum(['taken', 'sent', 'made']).nullable(),
});
export const reconciliation = named(
  'Reconciliation',
  z.strictObject({
    system: z.string(),
    state: z.enum(['never', 'running', 'done', 'failed']),
    repair: z.boolean(),
    load: z.boolean().describe('The first reading of a new system'),
    by: z.string().nullable(),
    startedAt: instant.nullable(),
    endedAt: instant.nullable(),
    reason: z.string().nullable().describe('Why it stands still, or has failed'),
    drift: count,
    repaired: count,
    records: z.array(reconciledType),
    found: z.array(drifting).describe('The first 200 that drift; holds no values'),
  }),
);
export const unitValue = named('UnitValue', z.strictObject({ value: z.unknown().optional() }));
export const taskAnswer = named('TaskAnswer', z.strictObject({ decision: text, reason: text.optional() }));

export const decide = named(
  'Decide',
  z
    .strictObject({
      mode: z.enum(['dry_run', 'live']).default('dry_run'),
      order: text.optional().describe('Id of the order'),
      facts: tree.optional().describe('Every fact, by group; dry run only'),
      policy: z
        .string()
        .regex(/^[a-z]+(@[1-9]\d{0,8})?$/, 'must be a policy such as routing, or a version such as routing@7')
        .optional(),
    })
    .refine(({ order, facts }) => (order === undefined) !== (facts === undefined), {
      path: ['order'],
      error: 'either an order or facts must be given',
    })
    .refine(({ mode, facts }) => mode === 'dry_run' || facts === undefined, {
      path: ['facts'],
      error: 'a live decision is about an order that is known',
    }),
);
export const decision = named(
  'Decision',
  z.looseObject({
    id: z.string().nullable().describe('null: a dry run, which is not kept'),
    policy: z.string(),
    version: z.int(),
    order: z.string().nullable(),
    at: instant,
    factsHash: z.string(),
    haltedBy: z.string().nullable(),
    slots: tree,
    effects: z.array(tree),
    trace: z.array(tree),
    facts: tree,
    error: z.string().optional().describe('Why nothing was decided'),
    notRouted: z.string().optional().describe('Of a dry run: why such an order is not decided about by itself'),
  }),
);
const decided = {
  approval: z.enum(['auto', 'manual']),
  refund: z.enum(['before_return', 'on_carrier_scan', 'on_receipt', 'after_inspection']),
  needs: z.array(z.enum(['evidence', 'identity'])),
  level: z.enum(['none', 'yellow', 'orange', 'red']),
  flags: z.array(tree),
  grants: z.array(z.string()),
  reasons: z.array(tree).describe('Why, in English and Chinese'),
  trace: z.array(tree),
  protectedBy: z.string().nullable().describe('The law under this return'),
  review: tree.describe('What the customer may always ask for'),
};
export const returnDecision = named(
  'ReturnDecision',
  z.looseObject({
    id: z.string().nullable().describe('null: a dry run, which is not kept'),
    policy: z.literal('returns'),
    version: z.int(),
    return: z.string().nullable(),
    at: instant,
    factsHash: z.string(),
    ...decided,
    facts: tree,
    breakers: tree.describe('How each breaker stood'),
    limits: tree,
    error: z.string().optional().describe('Why nothing was decided'),
  }),
);
const askedLines = z
  .array(z.strictObject({ orderLine: text, quantity: z.int().min(1).max(1_000_000) }))
  .min(1, 'must name a line')
  .max(500);
const returnAsked = {
  customer: text.describe('Id of the customer'),
  order: text.describe('Id of the order'),
  lines: askedLines,
  reason: text.describe('As the customer gives it'),
  fault: z.enum(['customer', 'merchant', 'carrier', 'unknown']).optional(),
  kind: z.enum(['return_refund', 'refund_only', 'exchange']).optional(),
};
export const returnRequest = named(
  'ReturnRequest',
  z.strictObject({
    ...returnAsked,
    requestedAt: time.optional().describe('The clock of the decision; in the past it needs the scope admin'),
  }),
);
export const decideReturn = named(
  'DecideReturn',
  z.union([
    z.strictObject({ mode: z.literal('dry_run').default('dry_run'), facts: tree.describe('Every fact, by group') }),
    z.strictObject({ mode: z.literal('dry_run').default('dry_run'), ...returnAsked }),
    z.strictObject({ mode: z.literal('live'), return: text.describe('Id of the return') }),
  ]),
);
export const returnView = named('Return', z.looseObject({ ...record.shape, decision: returnDecision.nullable() }));
const eventHead = {
  id: text.describe('Makes it repeatable: the same id changes nothing'),
  at: time.optional().describe('When it happened; now where nothing is said'),
};
const reasonGiven = text.describe('Why');
const minorAmount = z.int().min(1).describe('Minor units');
const number = z.int().min(1).describe('Which part of the refund');
const event = <T extends string, S extends z.ZodRawShape>(type: T, more: S) =>
  z.strictObject({ type: z.literal(type), ...eventHead, ...more });
const received = z.array(z.strictObject({ orderLine: text, quantity: z.int().min(0).max(1_000_000) })).min(1);
const inspected = z
  .array(
    z.strictObject({
      orderLine: text,
      result: z.enum(['ok', 'not_ok', 'partial']),
      disposition: z.enum(['restock', 'hold', 'refurbish', 'scrap', 'donate', 'vendor', 'missing']),
    }),
  )
  .min(1);
export const returnEvent = named(
  'ReturnEvent',
  z.discriminatedUnion('type', [
    event('identity_verified', {}),
    event('review_requested', {}),
    event('cancelled', {}),
    event('carrier_scanned', {}),
    event('received', { lines: received.optional().describe('What came; all of it where nothing is said') }),
    event('inspected', { lines: inspected }),
    event('lost', {}),
    event('refund_released', { amountMinor: minorAmount.optional(), reason: reasonGiven }),
    event('refund_succeeded', { seq: number }),
    event('refund_failed', { seq: number }),
    event('refund_unknown', { seq: number }),
    event('refund_retried', { seq: number }),
    event('clawback_opened', { reason: reasonGiven }),
    event('clawback_recovered', { amountMinor: minorAmount }),
    event('clawback_written_off', { reason: reasonGiven }),
  ]),
);
export const returnReview = named(
  'ReturnReview',
  z.strictObject({
    decision: z.enum(['approve', 'decline']),
    reason: reasonGiven.describe('Of a return that a law protects: one of its reasons'),
    refund: decided.refund.optional().describe('When it is refunded, where it is approved'),
    id: text.optional().describe('Makes it repeatable'),
  }),
);
export const evidenceShown = named(
  'EvidenceShown',
  z.strictObject({
    outcome: z.enum(['pass', 'review', 'resubmit']),
    checks: z.array(tree).describe('What is wrong, by file'),
    return: returnView,
  }),
);
export const returnProfile = named(
  'ReturnProfile',
  z.strictObject({
    customer: z.string(),
    at: instant,
    policy: z.string(),
    version: z.int(),
    facts: z.array(
      z.strictObject({
        fact: z.string(),
        value: z.union([z.boolean(), z.number()]),
        how: z.strictObject({ en: z.string(), zh: z.string() }),
        from: instant.optional(),
        to: instant.optional(),
        counted: z.record(z.string(), z.number()).optional(),
      }),
    ),
  }),
);
export const breaker = named(
  'Breaker',
  z.strictObject({
    breaker: z.string(),
    scope: z.enum(['customer', 'store']).nullable(),
    scopeKey: z.string(),
    level: z.string().nullable(),
    state: z.enum(['closed', 'open', 'half_open']),
    openedAt: instant.nullable(),
    until: instant.nullable(),
    trips: count,
    permitsLeft: count,
    passed: count,
    override: z.strictObject({ by: z.string(), reason: z.string(), until: instant }).nullable(),
  }),
);
export const breakers = named('Breakers', z.strictObject({ items: z.array(breaker), next }));
export const breakerWord = named(
  'BreakerWord',
  z.strictObject({
    scopeKey: z.string().max(300).default('').describe('Id of the customer, or of the store'),
    reason: reasonGiven,
    until: time.optional().describe('When it ends; the cool-down of the breaker where nothing is said'),
  }),
);

export const anyDecision = named('AnyDecision', z.union([returnDecision, decision]));
export const decisions = named('Decisions', z.strictObject({ items: z.array(anyDecision), next }));

export const system = named(
  'System',
  z.strictObject({
    system: z.string(),
    role: z.string(),
    connector: z.string(),
    state: z.enum(['active', 'paused', 'unauthorized', 'open']),
    breaker: z.strictObject({ state: z.enum(['closed', 'half_open', 'open']), since: instant }),
    replicas: z.record(z.enum(replicaStates), count),
    lagSeconds: z.number(),
    lastPollAt: instant.nullable(),
    lastSuccessAt: instant.nullable(),
    reason: z.string().nullable().describe('Why it is paused or unauthorized, or why a stream stands still'),
    check: z.strictObject({ ok: z.boolean(), message: z.string().optional() }).optional(),
  }),
);
export const systems = named('Systems', z.strictObject({ systems: z.array(system) }));

const lagOfRecord = z.strictObject({
  record: recordType,
  ...(Object.fromEntries(replicaStates.map((state) => [state, count])) as Record<
    (typeof replicaStates)[number],
    typeof count
  >),
  lagSeconds: z.number(),
  oldest: z.string().nullable(),
});
export const lag = named(
  'Lag',
  z.strictObject({
    at: instant,
    systems: z.array(
      z.strictObject({
        system: z.string(),
        records: z.array(lagOfRecord),
        lagSeconds: z.number(),
        syncDuration: z.strictObject({ p50: z.number().nullable(), p99: z.number().nullable() }),
      }),
    ),
  }),
);
export const health = named('Health', z.strictObject({ status: z.enum(['ok', 'ready']) }));

const scopeName = z.enum(scopes);
const keyMembers = { id: z.string(), name: z.string(), scopes: z.array(scopeName), createdAt: instant };
export const apiKey = named('ApiKey', z.strictObject({ ...keyMembers, revokedAt: instant.nullable() }));
export const apiKeys = named('ApiKeys', z.strictObject({ keys: z.array(apiKey) }));
export const newKey = named(
  'NewKey',
  z.strictObject({
    name: text.optional(),
    system: text.optional(),
    scopes: z.array(z.string().meta({ enum: [...scopes] })).min(1),
  }),
);
export const createdKey = named(
  'CreatedKey',
  z.strictObject({ ...keyMembers, key: z.string().describe('To be sent as Bearer, or as the password of Basic') }),
);
const auditEntry = z.strictObject({
  at: instant,
  actor: z.string().describe('Name of the key; `cli` for what was done to the database file itself, `hub` for the hub'),
  action: z.string().describe('`<what>.<verb>`'),
  target: z.string().describe('Id or name of what it was done to'),
  recordId: z.string().nullable().describe('The record that it is about'),
  detail: tree.describe('Never holds values of a record: the timeline does'),
});
export const auditEntries = named('Audit', z.strictObject({ items: z.array(auditEntry), next }));
export const backupMade = named('Backup', z.strictObject({ path: z.string() }));
