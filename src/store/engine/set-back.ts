// A clock that was set back: until when a replica waits that was written under the clock of before. Pure; both engines ask it.
import type { LastError } from '../rows.ts';

/** Of a replica, what says when it is due; ms since 1970. */
export interface Waiting {
  dueAt: number;
  behindSince: number | null;
  lastAttemptAt: number | null;
  lastError: LastError | null;
}

/**
 * Only a failure makes a replica wait, and only until the time that stands in it. One that lies in the future of the present
 * clock was written by a clock that was ahead: its wait is counted anew from now, as long as it was meant, so that a system
 * that asked for a `Retry-After` has it. Whatever else is due later became due under the clock of before: it is due now.
 * @returns how it waits now; undefined where it waits rightly
 */
export function underEarlierClock(row: Waiting, now: number): Waiting | undefined {
  const lastError = row.lastError && failedBy(row.lastError, row.dueAt, now);
  const dueAt = Math.min(row.dueAt, Math.max(now, lastError?.until ?? now));
  if (dueAt === row.dueAt && !isAfter(row.lastAttemptAt, now) && !isAfter(row.behindSince, now)) return undefined;
  return { dueAt, lastError, lastAttemptAt: atMost(row.lastAttemptAt, now), behindSince: atMost(row.behindSince, now) };
}

/** An older program wrote no `until`: where the system had asked to wait, the due time is taken for it. */
function failedBy(error: LastError, dueAt: number, now: number): LastError {
  const until = error.until ?? (error.kind === 'throttled' ? dueAt : error.at);
  if (error.at <= now) return { ...error, until };
  return { ...error, at: now, until: now + Math.max(0, until - error.at) };
}

const isAfter = (at: number | null, now: number): boolean => at !== null && at > now;
const atMost = (at: number | null, now: number): number | null => at && Math.min(at, now);
