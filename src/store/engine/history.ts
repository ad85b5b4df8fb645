// Everything that happened to one record, newest first: four lists, each read from its own position, merged by time.
import type { AttemptRow, ChangeRow, DeadLetterRow, DecisionRow } from '../rows.ts';
import type { Page } from '../store.ts';

export interface HistoryItem {
  change?: ChangeRow;
  attempt?: AttemptRow;
  deadLetter?: DeadLetterRow;
  decision?: DecisionRow;
}

/** Where each list goes on: the next change of the chain, and what attempts, dead letters and decisions stay below. */
export interface Position {
  change: number;
  attempt: number;
  deadLetter: number;
  decision: number;
}

export interface Found {
  at: number;
  item: HistoryItem;
  /** The position once this one was given. */
  moves: Partial<Position>;
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
  const next = `${position.change}.${position.attempt}.${position.deadLetter}.${position.decision}`;
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
  const parts = /^(\d{1,16})\.(\d{1,16})\.(\d{1,16})\.(\d{1,16})$/.exec(text);
  if (!parts) throw new RangeError(`${text} is no position in a history`);
  const [change, attempt, deadLetter, decision] = parts.slice(1).map(Number) as [number, number, number, number];
  return { change, attempt, deadLetter, decision };
}
