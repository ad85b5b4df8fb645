// Replicas, images and sends to and from the cells of their tables.
import type { Memory } from '../../merge/types.ts';
import type { JsonObject } from '../../model/json.ts';
import type { RecordType } from '../../model/records.ts';
import type { Cells } from '../engine/cells.ts';
import type { ImageRow, InFlightRow, LastError, ReplicaRow, ReplicaState } from '../rows.ts';

export const replicaColumns = [
  'no',
  'system',
  'type',
  'external_id',
  'state',
  'wanted_seq',
  'wanted_version',
  'synced_seq',
  'behind_since',
  'due_at',
  'claimed',
  'attempts',
  'last_attempt_at',
  'last_error',
  'parked_on',
  'mapping',
  'deliveries',
  'last_delivered_at',
] as const;

/** Where a query puts what it asks for after them. */
export const afterReplica = replicaColumns.length;
export const claimedCell = 10;

export function replicaCells(no: number, row: ReplicaRow, claimed: number): unknown[] {
  return [
    no,
    row.system,
    row.type,
    row.externalId,
    row.state,
    row.wantedSeq,
    row.wantedVersion,
    row.syncedSeq,
    row.behindSince,
    row.dueAt,
    claimed,
    row.attempts,
    row.lastAttemptAt,
    row.lastError && JSON.stringify(row.lastError),
    row.parkedOn,
    row.mapping,
    row.deliveries,
    row.lastDeliveredAt,
  ];
}

export function replicaRow(recordId: string, cells: Cells): ReplicaRow {
  return {
    system: cells[1] as string,
    type: cells[2] as RecordType,
    recordId,
    externalId: cells[3] as string | null,
    state: cells[4] as ReplicaState,
    wantedSeq: cells[5] as number,
    wantedVersion: cells[6] as number,
    syncedSeq: cells[7] as number,
    behindSince: cells[8] as number | null,
    dueAt: cells[9] as number | null,
    attempts: cells[11] as number,
    lastAttemptAt: cells[12] as number | null,
    lastError: cells[13] === null ? null : (JSON.parse(cells[13] as string) as LastError),
    parkedOn: cells[14] as string | null,
    mapping: cells[15] as string | null,
    deliveries: cells[16] as number,
    lastDeliveredAt: cells[17] as number | null,
  };
}

export const imageColumns = ['replica', 'memory', 'payload'] as const;

export const imageCells = (replica: number, { memory, payload }: ImageRow): unknown[] => [
  replica,
  JSON.stringify(memory),
  payload,
];

export const flightColumns = [
  'replica',
  'system',
  'type',
  'key',
  'seq',
  'version',
  'op',
  'body',
  'image',
  'payload',
  'older',
  'sent_at',
  'token',
] as const;

export function flightCells(replica: number, row: InFlightRow): unknown[] {
  const { system, type, key, seq, version, op, body, image, payload, older, sentAt, token } = row;
  const texts = [JSON.stringify(image), payload, JSON.stringify(older)];
  return [replica, system, type, key, seq, version, op, body, ...texts, sentAt, token];
}

/** As a join adds them to a replica: null throughout where there is none. */
export const bulkColumns = ['i.memory', 'i.payload', ...flightColumns.slice(3).map((column) => `f.${column}`)];

export function imageIn(bulk: Cells): ImageRow | null {
  if (bulk[0] === null) return null;
  return { memory: JSON.parse(bulk[0] as string) as Memory, payload: bulk[1] as string | null };
}

/** @param of the replica that it was sent for */
export function flightIn(of: Pick<ReplicaRow, 'system' | 'type' | 'recordId'>, bulk: Cells): InFlightRow | null {
  if (bulk[2] === null) return null;
  return {
    system: of.system,
    type: of.type,
    recordId: of.recordId,
    key: bulk[2] as string,
    seq: bulk[3] as number,
    version: bulk[4] as number,
    op: bulk[5] as InFlightRow['op'],
    body: bulk[6] as string,
    image: JSON.parse(bulk[7] as string) as JsonObject,
    payload: bulk[8] as string | null,
    older: JSON.parse(bulk[9] as string) as JsonObject[],
    sentAt: bulk[10] as number,
    token: bulk[11] as string,
  };
}
