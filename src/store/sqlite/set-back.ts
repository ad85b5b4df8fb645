// After a start under a clock that was set back: nothing waits for a time that the clock of before had come to.
import { underEarlierClock } from '../engine/set-back.ts';
import type { LastError } from '../rows.ts';
import type { Connection } from './connection.ts';

interface Late {
  no: number;
  dueAt: number;
  behindSince: number | null;
  lastAttemptAt: number | null;
  lastError: string | null;
}

/** Read in one go; in the order of their index, which the update of those that were read does not disturb. */
const slice = 200;
const late = `
  SELECT no, due_at AS dueAt, behind_since AS behindSince, last_attempt_at AS lastAttemptAt, last_error AS lastError
  FROM replicas WHERE system = ? AND due_at IS NOT NULL AND (due_at, no) > (?, ?) ORDER BY due_at, no LIMIT ${slice}`;
const follow = 'UPDATE replicas SET due_at = ?, behind_since = ?, last_attempt_at = ?, last_error = ? WHERE no = ?';

const latest = `
  SELECT max(
    coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'written'), 0),
    coalesce((SELECT recorded_at FROM changes ORDER BY seq DESC LIMIT 1), 0))`;

/** What only named a record is fetched at once: the rows do not say how long it was meant to wait. */
const fetchNow = `UPDATE waiting SET due_at = @now, at = min(at, @now) WHERE due_at > @now`;
/** Deadlines are times that people were told; what the clock of before had come to is looked at now, and again when it is due. */
const lookNow = 'UPDATE timers SET due_at = @now WHERE due_at > @now AND due_at <= @latest';

/** Before anything is written or read into memory. */
export function followClock(db: Connection, now: number): void {
  const systems = db.prepare<[], string>('SELECT DISTINCT system FROM replica_counts').pluck().all();
  const all = db.transaction(() => {
    for (const system of systems) followReplicas(db, system, now);
    const was = db.prepare<[], number>(latest).pluck().get() ?? 0;
    if (was <= now) return;
    db.prepare(fetchNow).run({ now });
    db.prepare(lookNow).run({ now, latest: was });
  });
  all.immediate();
}

function followReplicas(db: Connection, system: string, now: number): void {
  const read = db.prepare<[string, number, number], Late>(late);
  const update = db.prepare(follow);
  let last = { dueAt: now, no: Number.MAX_SAFE_INTEGER };
  for (;;) {
    const found = read.all(system, last.dueAt, last.no);
    for (const { no, lastError, ...row } of found) {
      const error = lastError === null ? null : (JSON.parse(lastError) as LastError);
      const as = underEarlierClock({ ...row, lastError: error }, now);
      if (as) update.run(as.dueAt, as.behindSince, as.lastAttemptAt, as.lastError && JSON.stringify(as.lastError), no);
    }
    if (found.length < slice) return;
    last = found.at(-1) as Late;
  }
}
