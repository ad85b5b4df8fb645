// A reason to send a state again: a change row of its own, so that the system sees a key that it has not seen.
import { type Draft, type ResendReason, resendRow } from '../store/draft.ts';
import type { RecordRow } from '../store/rows.ts';
import type { Context } from '../store/store.ts';

/** @returns the number of the change */
export function resend(record: RecordRow, source: string, reason: ResendReason, context: Context, out: Draft): number {
  const seq = context.nextSeq();
  out.changes.push(resendRow(record, { seq, source, reason, now: context.now }));
  return seq;
}
