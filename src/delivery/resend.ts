// A reason to send a state again: a change row of its own, so that the system sees a key that it has not seen.

import type { Draft } from '../store/draft.ts';
import type { ChangeRow, RecordRow } from '../store/rows.ts';
import type { Context } from '../store/store.ts';

export type ResendReason = 'replay' | 'repair' | 'recreate' | 'mapping' | 'backfill';

/** @returns the number of the change */
export function resend(record: RecordRow, source: string, reason: ResendReason, context: Context, out: Draft): number {
  const seq = context.nextSeq();
  const { now } = context;
  const row: ChangeRow = {
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
  out.changes.push(row);
  return seq;
}
