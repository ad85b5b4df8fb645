// After a start under a clock that was set back: nothing waits for a time that the clock of before had come to.
import type { Connection } from './connection.ts';

/** Whoever was tried, or fell behind, in what is now the future waits for as long as was meant then. */
const again = `
  UPDATE replicas SET
    due_at = CASE WHEN last_attempt_at > @now THEN @now + max(0, due_at - last_attempt_at) ELSE @now END,
    last_attempt_at = min(last_attempt_at, @now),
    behind_since = min(behind_since, @now)
  WHERE system = @system AND due_at > @now
    AND (last_attempt_at IS NULL OR last_attempt_at > @now OR behind_since > @now)`;

/** Before anything is read into memory. @returns how many waited for the wrong time */
export function followClock(db: Connection, now: number): number {
  const update = db.prepare(again);
  const systems = db.prepare<[], string>('SELECT DISTINCT system FROM replica_counts').pluck().all();
  const follow = db.transaction(() =>
    systems.reduce((count, system) => count + update.run({ system, now }).changes, 0),
  );
  return follow.immediate();
}
