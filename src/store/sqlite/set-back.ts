// After a start under a clock that was set back: nothing waits for a time that the clock of before had come to.
import type { Connection } from './connection.ts';

/** Tried before all that: it may have become due, at once, under the other clock. What the system asked for stands. */
const unasked = `coalesce(json_extract(last_error, '$.kind'), '') <> 'throttled'`;

/** Whoever was tried in what is now the future waits for as long as was meant then. Whoever only fell behind there waits no more. */
const again = `
  UPDATE replicas SET
    due_at = CASE WHEN last_attempt_at > @now THEN @now + max(0, due_at - last_attempt_at) ELSE @now END,
    last_attempt_at = min(last_attempt_at, @now),
    behind_since = min(behind_since, @now)
  WHERE system = @system AND due_at > @now
    AND (last_attempt_at IS NULL OR last_attempt_at > @now OR behind_since > @now OR @setBack AND ${unasked})`;

const latest = `
  SELECT max(
    coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'written'), 0),
    coalesce((SELECT recorded_at FROM changes ORDER BY seq DESC LIMIT 1), 0))`;

/** Before anything is written or read into memory. */
export function followClock(db: Connection, now: number): void {
  const setBack = Number((db.prepare<[], number>(latest).pluck().get() ?? 0) > now);
  const update = db.prepare(again);
  const systems = db.prepare<[], string>('SELECT DISTINCT system FROM replica_counts').pluck().all();
  const follow = db.transaction(() => {
    for (const system of systems) update.run({ system, now, setBack });
  });
  follow.immediate();
}
