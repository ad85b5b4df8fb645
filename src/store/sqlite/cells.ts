// Replicas, their images and their sends to and from the cells of a table.
import type { Memory } from '../../merge/types.ts';
import type { JsonObject } from '../../model/json.ts';
import type { RecordType } from '../../model/records.ts';
import type { Cells } from '../engine/cells.ts';
import type { LastError, ReplicaRow, ReplicaState } from '../rows.ts';
import { type Difference, differenceOf, laidOver } from './difference.ts';

/** Columns of the row as the port shows it, in the order of {@link replicaCells}. */
export const replicaColumns = [
  'external_id',
  'state',
  'wanted_seq',
  'wanted_version',
  'synced_seq',
  'behind_since',
  'due_at',
  'claimed',
  'flight',
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
export const externalIdCell = 0;
export const stateCell = 1;
export const dueAtCell = 6;
export const claimedCell = 7;
export const flightCell = 8;

/** What is kept of a replica besides, behind {@link replicaColumns}. */
const bulkColumns = ['has_payload', 'memory', 'image', 'sent'] as const;
export const keptReplicaColumns = [...replicaColumns, ...bulkColumns] as const;
export const hasPayloadCell = 16;
export const memoryCell = 17;
export const imageCell = 18;
export const sentCell = 19;
export const afterKeptReplica = keptReplicaColumns.length;

interface Kept {
  claimed: boolean;
  flight: number | null;
  hasPayload: boolean;
  memory: string | null;
  image: string | null;
  sent: string | null;
}

export function replicaCells(row: ReplicaRow, { claimed, flight, hasPayload, memory, image, sent }: Kept): unknown[] {
  return [
    row.externalId,
    row.state,
    row.wantedSeq,
    row.wantedVersion,
    row.syncedSeq,
    row.behindSince,
    row.dueAt,
    claimed ? 1 : 0,
    flight,
    row.attempts,
    row.lastAttemptAt,
    row.lastError && JSON.stringify(row.lastError),
    row.parkedOn,
    row.mapping,
    row.deliveries,
    row.lastDeliveredAt,
    hasPayload ? 1 : 0,
    memory,
    image,
    sent,
  ];
}

export function replicaRow(recordId: string, system: string, type: RecordType, cells: Cells): ReplicaRow {
  return {
    system,
    type,
    recordId,
    externalId: cells[0] as string | null,
    state: cells[1] as ReplicaState,
    wantedSeq: cells[2] as number,
    wantedVersion: cells[3] as number,
    syncedSeq: cells[4] as number,
    behindSince: cells[5] as number | null,
    dueAt: cells[6] as number | null,
    attempts: cells[9] as number,
    lastAttemptAt: cells[10] as number | null,
    lastError: cells[11] === null ? null : (JSON.parse(cells[11] as string) as LastError),
    parkedOn: cells[12] as string | null,
    mapping: cells[13] as string | null,
    deliveries: cells[14] as number,
    lastDeliveredAt: cells[15] as number | null,
  };
}

/** @param data that of the record, as it is written in the same commit */
export const imageText = (image: JsonObject, data: JsonObject): string => JSON.stringify(differenceOf(image, data));

export const imageIn = (text: string, data: JsonObject): JsonObject => laidOver(data, JSON.parse(text) as Difference);

/** The image has a text of its own. */
export const memoryText = (memory: Memory): string => JSON.stringify({ ...memory, image: undefined });

export function memoryIn(text: string, image: JsonObject): Memory {
  const memory = JSON.parse(text) as Memory;
  memory.image = image;
  return memory;
}
