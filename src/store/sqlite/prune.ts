// Removes what is past its retention, a slice at a time.
import type { Statement } from 'better-sqlite3';
import { prunedChanges } from '../engine/pruned.ts';
import type { Connection } from './connection.ts';

export interface Retention {
  changes: number;
  intakeKeys: number;
  attempts: number;
  deadLetters: number;
}

export class Prune {
  readonly #changes: Statement<[number, number], [seq: number, op: string]>;
  readonly #mark: Statement<[string, string]>;
  readonly #steps: { of: keyof Retention; remove: Statement<[number, number]> }[];

  constructor(db: Connection) {
    // These tables grow in the order of time: their oldest rows have the lowest numbers.
    const oldest = (table: string, number: string, time: string): string =>
      `DELETE FROM ${table} WHERE ${number} IN
       (SELECT ${number} FROM (SELECT ${number}, ${time} FROM ${table} ORDER BY ${number} LIMIT ?) WHERE ${time} < ?)`;
    // The newest change stays: it says how far the numbers have come.
    this.#changes = db
      .prepare<[number, number], [number, string]>(
        `${oldest('changes', 'seq', 'recorded_at')} AND seq < (SELECT max(seq) FROM changes) RETURNING seq, op`,
      )
      .raw();
    this.#mark = db.prepare(
      'INSERT INTO cursors (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    );
    this.#steps = [
      { of: 'intakeKeys', remove: db.prepare(oldest('intake_keys', 'no', 'at')) },
      { of: 'attempts', remove: db.prepare(oldest('attempts', 'no', 'at')) },
      {
        of: 'deadLetters',
        remove: db.prepare(
          `DELETE FROM dead_letters WHERE no IN
           (SELECT no FROM dead_letters WHERE closed_at IS NOT NULL ORDER BY closed_at LIMIT ?) AND closed_at < ?`,
        ),
      },
    ];
  }

  /**
   * @param limit rows of each table
   * @returns rows removed
   */
  slice(now: number, keep: Retention, limit: number): number {
    return this.#steps.reduce(
      (removed, { of, remove }) => removed + remove.run(limit, now - keep[of]).changes,
      this.#pruneChanges(limit, now - keep.changes),
    );
  }

  /** Whoever reads the stream is told that something is gone. */
  #pruneChanges(limit: number, before: number): number {
    const removed = this.#changes.all(limit, before);
    const last = Math.max(0, ...removed.filter(([, op]) => op !== 'none').map(([seq]) => seq));
    if (last > 0) this.#mark.run(prunedChanges, String(last));
    return removed.length;
  }
}
