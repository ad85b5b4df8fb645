// What one decision writes, gathered while its steps add their rows; new rows and keys as the port wants them.
import type { JsonObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';
import type {
  ChangeRow,
  CustomerRows,
  ImageRow,
  OrderRows,
  PolicyBreakerRow,
  RecordRow,
  ReplicaRow,
  StoreTotalsRow,
} from './rows.ts';
import type { Key, Query, Writes } from './store.ts';

export type Draft = { [K in keyof Writes]-?: NonNullable<Writes[K]> };

export function draft(): Draft {
  return {
    records: [],
    replicas: [],
    images: [],
    changes: [],
    matchKeys: [],
    intakeKeys: [],
    inFlight: [],
    settled: [],
    attempts: [],
    deadLetters: [],
    closeDeadLetters: [],
    waiting: [],
    waited: [],
    unpark: [],
    audit: [],
    policy: [],
    returns: [],
  };
}

export function newRecord(type: RecordType, id: string, now: number): RecordRow {
  return {
    type,
    id,
    version: 0,
    data: {},
    stamps: {},
    deleted: false,
    mergedInto: null,
    createdAt: now,
    updatedAt: now,
  };
}

export function newReplica(system: string, type: RecordType, recordId: string): ReplicaRow {
  return {
    system,
    type,
    recordId,
    externalId: null,
    state: 'synced',
    wantedSeq: 0,
    wantedVersion: 0,
    syncedSeq: 0,
    behindSince: null,
    dueAt: null,
    attempts: 0,
    lastAttemptAt: null,
    lastError: null,
    parkedOn: null,
    mapping: null,
    deliveries: 0,
    lastDeliveredAt: null,
  };
}

export type ResendReason =
  | 'replay'
  | 'repair'
  | 'recreate'
  | 'mapping'
  | 'backfill'
  | 'release'
  | 'unparked'
  | 'reconcile';

/** A reason to send a state again has a number of its own; the record stays as it is. */
export function resendRow(
  record: Pick<RecordRow, 'type' | 'id' | 'version'>,
  { seq, source, reason, now }: { seq: number; source: string; reason: ResendReason; now: number },
): ChangeRow {
  return {
    seq,
    type: record.type,
    recordId: record.id,
    version: record.version,
    source,
    op: 'none',
    units: {},
    refused: [],
    ambiguous: [],
    resend: reason,
    occurredAt: now,
    recordedAt: now,
    traceparent: null,
  };
}

export const emptyImage = (): ImageRow => ({
  memory: { image: {}, syncedVersion: 0, past: {}, seen: {}, sentAt: 0 },
  payload: null,
});

export const extKey = (system: string, type: RecordType, id: string): Key => `ext:${system}:${type}:${id}`;
export const decisionKey = (recordId: string): Key => `decision:${recordId}`;
export const matchKey = (type: RecordType, field: string, value: string): Key => `match:${type}:${field}:${value}`;

/** The life of a return. */
export const lifeQuery = (returnId: string): Query<JsonObject> => `life:${returnId}`;
export const breakerQuery = (breaker: string, scopeKey: string): Query<PolicyBreakerRow> =>
  `breaker:${breaker}:${scopeKey}`;
/** @param since of changes of address; ms since 1970 */
export const customerQuery = (customerId: string, since: number): Query<CustomerRows> =>
  `customer:${since}:${customerId}`;
export const orderQuery = (orderId: string): Query<OrderRows> => `order:${orderId}`;
/**
 * Locks the store: whoever asks is alone with it until it has written.
 * @param since of refund-first returns that were decided
 */
export const storeQuery = (storeId: string, since: number, now: number): Query<StoreTotalsRow> =>
  `store:${since}:${now}:${storeId}`;
