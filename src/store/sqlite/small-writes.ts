// Rows that are written at once, in the order of the decisions: intake keys, attempts, dead letters, waiting changes, audit.
import type { AttemptRow, AuditRow, DeadLetterRow, IntakeKeyRow, WaitingRow } from '../rows.ts';
import type { Writes } from '../store.ts';
import type { Connection } from './connection.ts';

export class SmallWrites {
  readonly #intakeKey;
  readonly #attempt;
  readonly #deadLetter;
  readonly #closeDeadLetters;
  readonly #waiting;
  readonly #waited;
  readonly #audit;

  constructor(db: Connection) {
    this.#intakeKey = db.prepare(
      `INSERT INTO intake_keys (system, key, fingerprint, at, answer) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (system, key) DO UPDATE SET fingerprint = excluded.fingerprint, at = excluded.at, answer = excluded.answer`,
    );
    this.#attempt = db.prepare(
      `INSERT INTO attempts (at, system, type, record_id, seq, outcome, message, status, duration_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#deadLetter = db.prepare(
      `INSERT INTO dead_letters (id, system, type, record_id, seq, since, attempts, kind, message, payload, response,
         closed_as, closed_at, closed_by, closed_reason)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET seq = excluded.seq, since = excluded.since, attempts = excluded.attempts,
         kind = excluded.kind, message = excluded.message, payload = excluded.payload, response = excluded.response,
         closed_as = excluded.closed_as, closed_at = excluded.closed_at, closed_by = excluded.closed_by,
         closed_reason = excluded.closed_reason`,
    );
    this.#closeDeadLetters = db.prepare(
      `UPDATE dead_letters SET closed_as = ?, closed_at = ?, closed_by = ?, closed_reason = ?
       WHERE record_id = ? AND system = ? AND closed_at IS NULL`,
    );
    this.#waiting = db.prepare(
      `INSERT INTO waiting (id, system, type, external_id, reason, item, at, due_at, attempts, creates_up_to)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, item = excluded.item, due_at = excluded.due_at,
         attempts = excluded.attempts`,
    );
    this.#waited = db.prepare('DELETE FROM waiting WHERE id = ?');
    this.#audit = db.prepare(
      'INSERT INTO audit (at, actor, action, target, record_id, detail) VALUES (?, ?, ?, ?, ?, ?)',
    );
  }

  apply(writes: Writes): void {
    for (const row of writes.intakeKeys ?? []) this.#putIntakeKey(row);
    for (const row of writes.attempts ?? []) this.#putAttempt(row);
    // Those open before close first: the same decision may open the next one of the same replica.
    for (const { system, recordId, closed } of writes.closeDeadLetters ?? []) {
      this.#closeDeadLetters.run(closed.as, closed.at, closed.by, closed.reason, recordId, system);
    }
    for (const row of writes.deadLetters ?? []) this.#putDeadLetter(row);
    for (const row of writes.waiting ?? []) this.#putWaiting(row);
    for (const id of writes.waited ?? []) this.#waited.run(id);
    for (const row of writes.audit ?? []) this.putAudit(row);
  }

  putAudit(row: AuditRow): void {
    const { at, actor, action, target, recordId, detail } = row;
    this.#audit.run(at, actor, action, target, recordId, JSON.stringify(detail));
  }

  #putIntakeKey(row: IntakeKeyRow): void {
    this.#intakeKey.run(row.system, row.key, row.fingerprint, row.at, row.answer);
  }

  #putAttempt(row: AttemptRow): void {
    const { at, system, type, recordId, seq, outcome, message, status, durationMs } = row;
    this.#attempt.run(at, system, type, recordId, seq, outcome, message, status, durationMs);
  }

  #putDeadLetter(row: DeadLetterRow): void {
    const response = row.response && JSON.stringify(row.response);
    const { id, system, type, recordId, seq, since, attempts, kind, message, payload, closed } = row;
    const what = [id, system, type, recordId, seq, since, attempts, kind, message, payload, response];
    this.#deadLetter.run(...what, closed?.as ?? null, closed?.at ?? null, closed?.by ?? null, closed?.reason ?? null);
  }

  #putWaiting(row: WaitingRow): void {
    const { id, system, type, externalId, reason, item, at, dueAt, attempts, createsUpTo } = row;
    this.#waiting.run(id, system, type, externalId, reason, item, at, dueAt, attempts, createsUpTo);
  }
}
