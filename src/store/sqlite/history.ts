// Everything that happened to one record, newest first: four lists, each read from its own position, merged by time.
import type { AttemptRow, ChangeRow, DeadLetterRow, DecisionRow } from '../rows.ts';
import type { Page } from '../store.ts';
import { type Cells, changeColumns, changeRow } from './cells.ts';
import type { Connection } from './connection.ts';
import type { Decisions } from './decisions.ts';
import type { SmallTables } from './small-tables.ts';

export interface HistoryItem {
  change?: ChangeRow;
  attempt?: AttemptRow;
  deadLetter?: DeadLetterRow;
  decision?: DecisionRow;
}

/** Where each list goes on: the next change of the chain, and what attempts, dead letters and decisions stay below. */
interface Position {
  change: number;
  attempt: number;
  deadLetter: number;
  decision: number;
}

interface Found {
  at: number;
  item: HistoryItem;
  /** The position once this one was given. */
  moves: Partial<Position>;
}

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
    const found = [
      this.#changesOf(recordId, position.change, limit + 1),
      this.#attemptsOf(recordId, position.attempt, limit + 1),
      this.#deadLettersOf(recordId, position.deadLetter, limit + 1),
      this.#decisionsOf(recordId, position.decision, limit + 1),
    ].flatMap(neverLater);
    found.sort((a, b) => b.at - a.at);
    const given = found.slice(0, limit);
    for (const { moves } of given) Object.assign(position, moves);
    const next = `${position.change}.${position.attempt}.${position.deadLetter}.${position.decision}`;
    return { items: given.map(({ item }) => item), next: found.length > limit ? next : null };
  }

  #newest(recordId: string): Position {
    const none = Number.MAX_SAFE_INTEGER;
    return { change: this.#lastChange.get(recordId) ?? 0, attempt: none, deadLetter: none, decision: none };
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
    return this.#small.deadLettersOf(recordId, below, limit).map(({ no, row }) => ({
      at: row.since,
      item: { deadLetter: row },
      moves: { deadLetter: no },
    }));
  }

  #decisionsOf(recordId: string, below: number, limit: number): Found[] {
    return this.#decisions.below(recordId, below, limit).map(({ no, row }) => ({
      at: row.at,
      item: { decision: row },
      moves: { decision: no },
    }));
  }
}

/** A clock that was set back must not change the order within one list: its position would skip the rest. */
function neverLater(list: Found[]): Found[] {
  let at = Number.POSITIVE_INFINITY;
  return list.map((one) => {
    at = Math.min(at, one.at);
    return { ...one, at };
  });
}

function parsePosition(text: string): Position {
  const parts = /^(\d{1,16})\.(\d{1,16})\.(\d{1,16})\.(\d{1,16})$/.exec(text);
  if (!parts) throw new RangeError(`${text} is no position in a history`);
  const [change, attempt, deadLetter, decision] = parts.slice(1).map(Number) as [number, number, number, number];
  return { change, attempt, deadLetter, decision };
}
