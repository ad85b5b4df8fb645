// Everything that happened to one record, newest first: five lists, each read from its own position, merged by time.
import type { AuditRow, DeadLetterRow, DecisionRow, HistoryItem } from '../rows.ts';
import type { Page } from '../store.ts';

/** Where each list goes on: the next change of the chain, and what of the other lists stays below. */
export interface Position {
  change: number;
  attempt: number;
  deadLetter: number;
  decision: number;
  review: number;
}

export interface Found {
  at: number;
  item: HistoryItem;
  /** The position once this one was given. */
  moves: Partial<Position>;
}

/** A row of a list that is read by the number of its rows. */
interface Numbered<T> {
  no: number;
  row: T;
}

export const deadLetterFound = ({ no, row }: Numbered<DeadLetterRow>): Found => ({
  at: row.since,
  item: { deadLetter: row },
  moves: { deadLetter: no },
});

export const decisionFound = ({ no, row }: Numbered<DecisionRow>): Found => ({
  at: row.at,
  item: { decision: row },
  moves: { decision: no },
});

export const reviewFound = ({ no, row }: Numbered<AuditRow>): Found => ({
  at: row.at,
  item: { review: row },
  moves: { review: no },
});

/** @param change the newest of the record; 0: none */
export function newestPosition(change: number): Position {
  const none = Number.MAX_SAFE_INTEGER;
  return { change, attempt: none, deadLetter: none, decision: none, review: none };
}

/**
 * @param lists newest first, each with one more than the limit where there are that many
 * @param position is moved on
 */
export function historyPage(lists: readonly Found[][], position: Position, limit: number): Page<HistoryItem> {
  const found = lists.flatMap(neverLater);
  found.sort((a, b) => b.at - a.at);
  const given = found.slice(0, limit);
  for (const { moves } of given) Object.assign(position, moves);
  const { change, attempt, deadLetter, decision, review } = position;
  const next = [change, attempt, deadLetter, decision, review].join('.');
  return { items: given.map(({ item }) => item), next: found.length > limit ? next : null };
}

/** A clock that was set back must not change the order within one list: its position would skip the rest. */
function neverLater(list: Found[]): Found[] {
  let at = Number.POSITIVE_INFINITY;
  return list.map((one) => {
    at = Math.min(at, one.at);
    return { ...one, at };
  });
}

/** @throws RangeError when it is none of ours */
export function parsePosition(text: string): Position {
  if (!/^\d{1,16}(\.\d{1,16}){4}$/.test(text)) throw new RangeError(`${text} is no position in a history`);
  const [change = 0, attempt = 0, deadLetter = 0, decision = 0, review = 0] = text.split('.').map(Number);
  return { change, attempt, deadLetter, decision, review };
}
