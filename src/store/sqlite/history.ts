// Reads what happened to one record.

import { type Cells, changeColumns, changeRow } from '../engine/cells.ts';
import {
  deadLetterFound,
  decisionFound,
  type Found,
  historyPage,
  newestPosition,
  type Position,
  parsePosition,
  reviewFound,
} from '../engine/history.ts';
import type { AttemptRow, HistoryItem } from '../rows.ts';
import type { Page } from '../store.ts';
import type { Connection } from './connection.ts';
import type { Decisions } from './decisions.ts';
import type { SmallTables } from './small-tables.ts';

export class History {
  readonly #small: SmallTables;
  readonly #decisions: Decisions;
  readonly #lastChange;
  readonly #change;
  readonly #attempts;

  constructor(db: Connection, small: SmallTables, decisions: Decisions) {
    this.#small = small;
    this.#decisions = decisions;
    this.#lastChange = db.prepare<[string], number>('SELECT last_change FROM records WHERE id = ?').pluck();
    this.#change = db.prepare<[number], Cells>(`SELECT ${changeColumns} FROM changes WHERE seq = ?`).raw();
    this.#attempts = db.prepare<[string, number, number], AttemptRow & { no: number }>(
      `SELECT no, at, system, type, record_id AS recordId, seq, outcome, message, status, duration_ms AS durationMs
       FROM attempts WHERE record_id = ? AND no < ? ORDER BY no DESC LIMIT ?`,
    );
  }

  /** @throws RangeError when `before` is none of ours */
  page(recordId: string, limit: number, before: string | null): Page<HistoryItem> {
    const position = before === null ? this.#newest(recordId) : parsePosition(before);
    const lists = [
      this.#changesOf(recordId, position.change, limit + 1),
      this.#attemptsOf(recordId, position.attempt, limit + 1),
      this.#deadLettersOf(recordId, position.deadLetter, limit + 1),
      this.#decisionsOf(recordId, position.decision, limit + 1),
      this.#reviewsOf(recordId, position.review, limit + 1),
    ];
    return historyPage(lists, position, limit);
  }

  #newest(recordId: string): Position {
    return newestPosition(this.#lastChange.get(recordId) ?? 0);
  }

  /** Ends where older changes were pruned. */
  #changesOf(recordId: string, from: number, limit: number): Found[] {
    const found: Found[] = [];
    for (let seq = from; seq > 0 && found.length < limit; ) {
      const cells = this.#change.get(seq);
      if (!cells) break;
      const change = changeRow(recordId, cells);
      seq = cells[2] as number;
      found.push({ at: change.recordedAt, item: { change }, moves: { change: seq } });
    }
    return found;
  }

  #attemptsOf(recordId: string, below: number, limit: number): Found[] {
    return this.#attempts.all(recordId, below, limit).map(({ no, ...attempt }) => ({
      at: attempt.at,
      item: { attempt },
      moves: { attempt: no },
    }));
  }

  #deadLettersOf(recordId: string, below: number, limit: number): Found[] {
    return this.#small.deadLettersOf(recordId, below, limit).map(deadLetterFound);
  }

  #decisionsOf(recordId: string, below: number, limit: number): Found[] {
    return this.#decisions.below(recordId, below, limit).map(decisionFound);
  }

  #reviewsOf(recordId: string, below: number, limit: number): Found[] {
    return this.#small.reviewsOf(recordId, below, limit).map(reviewFound);
  }
}
