// Cursors of streams and feeds: a position in commit order with the store's epoch and, for a feed, what it was asked for.
import { invalid } from '../core/problem.ts';
import { isRecordType, type RecordType } from '../model/records.ts';

export interface Position {
  after: number;
  /** A cursor of a feed acknowledges only what it was served under. */
  record?: RecordType;
}

const form = /^([A-Za-z0-9_-]{1,64})\.(\d{1,15})(?:\.([a-z_]+))?$/;

export const cursorText = (epoch: string, after: number, record?: RecordType): string =>
  record === undefined ? `${epoch}.${after}` : `${epoch}.${after}.${record}`;

/**
 * @returns `gone` when it belongs to another history of the store, with where to start
 * @throws ProblemError 400 for a text that is no cursor
 */
export function readCursor(text: string, epoch: string): Position | { gone: { restart: string } } {
  const [, ownEpoch, after, record] = form.exec(text) ?? [];
  if (ownEpoch === undefined || (record !== undefined && !isRecordType(record))) {
    throw invalid([{ path: '?after', message: `"${text}" is no cursor; hand back the \`next\` of a page as it came` }]);
  }
  if (ownEpoch !== epoch) return { gone: { restart: cursorText(epoch, 0, record as RecordType | undefined) } };
  return { after: Number(after), ...(record !== undefined && { record: record as RecordType }) };
}
