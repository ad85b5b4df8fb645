// Reads what happened to one record.
import type { Pool } from 'pg';
import { changeColumns, changeRow } from '../engine/cells.ts';
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
import type { Decisions } from './decisions.ts';
import { one, rows, type Statement } from './session.ts';
import type { SmallTables } from './small-tables.ts';

const lastChange: Statement = { name: 'last-change', text: 'SELECT last_change FROM records WHERE id = $1' };

/** Along the chain of the record's changes; ends where older ones were pruned. */
const chain: Statement = {
  name: 'change-chain',
  text: `
    WITH RECURSIVE chain AS (
      (SELECT c.*, 1 AS depth FROM changes c WHERE c.seq = $1)
      UNION ALL
      SELECT c.*, chain.depth + 1 FROM chain JOIN changes c ON c.seq = chain.previous WHERE chain.depth < $2
    )
    SELECT ${changeColumns} FROM chain ORDER BY depth`,
};

const attempts: Statement = {
  name: 'attempts-of',
  text: `
    SELECT no, at, system, type, record_id, seq, outcome, message, status, duration_ms
    FROM attempts WHERE record_id = $1 AND no < $2 ORDER BY no DESC LIMIT $3`,
};

export class History {
  readonly #pool: Pool;
  readonly #small: SmallTables;
  readonly #decisions: Decisions;

  constructor(pool: Pool, small: SmallTables, decisions: Decisions) {
    this.#pool = pool;
    this.#small = small;
    this.#decisions = decisions;
  }

  /** @throws RangeError when `before` is none of ours */
  async page(recordId: string, limit: number, before: string | null): Promise<Page<HistoryItem>> {
    const position = before === null ? await this.#newest(recordId) : parsePosition(before);
    const lists = await Promise.all([
      this.#changesOf(recordId, position.change, limit + 1),
      this.#attemptsOf(recordId, position.attempt, limit + 1),
      this.#deadLettersOf(recordId, position.deadLetter, limit + 1),
      this.#decisionsOf(recordId, position.decision, limit + 1),
      this.#reviewsOf(recordId, position.review, limit + 1),
    ]);
    return historyPage(lists, position, limit);
  }

  async #newest(recordId: string): Promise<Position> {
    const change = ((await one(this.#pool, lastChange, [recordId])) as number | undefined) ?? 0;
    return newestPosition(change);
  }

  async #changesOf(recordId: string, from: number, limit: number): Promise<Found[]> {
    if (from === 0) return [];
    return (await rows(this.#pool, chain, [from, limit])).map((cells) => {
      const change = changeRow(recordId, cells);
      return { at: change.recordedAt, item: { change }, moves: { change: cells[2] as number } };
    });
  }

  async #attemptsOf(recordId: string, below: number, limit: number): Promise<Found[]> {
    return (await rows(this.#pool, attempts, [recordId, below, limit])).map((cells) => {
      const [no, at, system, type, record, seq, outcome, message, status, durationMs] = cells;
      const attempt = { at, system, type, recordId: record, seq, outcome, message, status, durationMs } as AttemptRow;
      return { at: attempt.at, item: { attempt }, moves: { attempt: no as number } };
    });
  }

  async #deadLettersOf(recordId: string, below: number, limit: number): Promise<Found[]> {
    return (await this.#small.deadLettersOf(recordId, below, limit)).map(deadLetterFound);
  }

  async #decisionsOf(recordId: string, below: number, limit: number): Promise<Found[]> {
    return (await this.#decisions.below(recordId, below, limit)).map(decisionFound);
  }

  async #reviewsOf(recordId: string, below: number, limit: number): Promise<Found[]> {
    return (await this.#small.reviewsOf(recordId, below, limit)).map(reviewFound);
  }
}
