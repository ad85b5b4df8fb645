// Records and changes to and from the cells of a table: the same columns in the same order in every engine.
import type { Refusal, Stamp, Stamps } from '../../merge/types.ts';
import type { JsonObject } from '../../model/json.ts';
import { put } from '../../model/own.ts';
import type { RecordType } from '../../model/records.ts';
import type { ChangeOp, ChangeRow, RecordRow } from '../rows.ts';

export type Cells = readonly unknown[];

export const recordColumns =
  'no, id, type, version, deleted, merged_into, created_at, updated_at, last_change, stamps, data';

/** All is parsed at once: nearly every decision looks at it, and a getter makes each copy of the row dear. */
export function recordRow(cells: Cells): RecordRow {
  return {
    type: cells[2] as RecordType,
    id: cells[1] as string,
    version: cells[3] as number,
    data: JSON.parse(cells[10] as string) as JsonObject,
    stamps: stampsIn(cells[9] as string),
    deleted: cells[4] === 1,
    mergedInto: cells[5] as string | null,
    createdAt: cells[6] as number,
    updatedAt: cells[7] as number,
  };
}

export function recordCells(no: number, row: RecordRow, lastChange: number): unknown[] {
  const { id, type, version, deleted, mergedInto, createdAt, updatedAt, stamps, data } = row;
  const narrow = [no, id, type, version, deleted ? 1 : 0, mergedInto, createdAt, updatedAt, lastChange];
  return [...narrow, stampsText(stamps), JSON.stringify(data)];
}

/** Units that were last written by one edit share its stamp: `[stamp, unit, unit, …]` for each. */
export function stampsText(stamps: Stamps): string {
  const groups = new Map<Stamp, unknown[]>();
  for (const unit in stamps) {
    const stamp = stamps[unit] as Stamp;
    const group = groups.get(stamp);
    if (group) group.push(unit);
    else groups.set(stamp, [stamp, unit]);
  }
  return JSON.stringify([...groups.values()]);
}

export function stampsIn(text: string): Stamps {
  const stamps: Stamps = {};
  for (const group of JSON.parse(text) as [Stamp, ...string[]][])
    for (let place = 1; place < group.length; place++) put(stamps, group[place] as string, group[0]);
  return stamps;
}

export const changeColumns =
  'seq, record, previous, type, version, source, op, resend, occurred_at, recorded_at, traceparent, refused, ambiguous, units';

export function changeCells(row: ChangeRow, record: number, previous: number): unknown[] {
  return [
    row.seq,
    record,
    previous,
    row.type,
    row.version,
    row.source,
    row.op,
    row.resend,
    row.occurredAt,
    row.recordedAt,
    row.traceparent,
    row.refused.length === 0 ? null : JSON.stringify(row.refused),
    row.ambiguous.length === 0 ? null : JSON.stringify(row.ambiguous),
    JSON.stringify(row.units),
  ];
}

export function changeRow(recordId: string, cells: Cells): ChangeRow {
  return {
    seq: cells[0] as number,
    type: cells[3] as RecordType,
    recordId,
    version: cells[4] as number,
    source: cells[5] as string,
    op: cells[6] as ChangeOp,
    units: JSON.parse(cells[13] as string) as ChangeRow['units'],
    refused: cells[11] === null ? [] : (JSON.parse(cells[11] as string) as Refusal[]),
    ambiguous: cells[12] === null ? [] : (JSON.parse(cells[12] as string) as string[]),
    resend: cells[7] as string | null,
    occurredAt: cells[8] as number,
    recordedAt: cells[9] as number,
    traceparent: cells[10] as string | null,
  };
}
