// Rows beside the records: attempts, dead letters, waiting changes, audit. In the order of the decisions.
import type { Cells } from '../engine/cells.ts';
import type { AttemptRow, AuditRow, DeadLetterRow, WaitingRow } from '../rows.ts';
import { deleteRows, insertRows, reworded, updateRows, type Write, writeOf } from './columns.ts';
import type { SmallWrites } from './group-set.ts';

const attemptColumns = [
  'at',
  'system',
  'type',
  'record_id',
  'seq',
  'outcome',
  'message',
  'status',
  'duration_ms',
] as const;
const letterColumns = [
  'id',
  'system',
  'type',
  'record_id',
  'seq',
  'since',
  'attempts',
  'kind',
  'message',
  'payload',
  'response',
  'closed_as',
  'closed_at',
  'closed_by',
  'closed_reason',
] as const;
const waitingColumns = [
  'id',
  'system',
  'type',
  'external_id',
  'reason',
  'item',
  'at',
  'due_at',
  'attempts',
  'creates_up_to',
] as const;

const replaced = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = excluded.${column}`).join(', ');

const closing = updateRows(
  'dead_letters',
  ['record_id', 'system'],
  ['closed_as', 'closed_at', 'closed_by', 'closed_reason'],
);

const statements = {
  attempts: insertRows('attempts', attemptColumns),
  closing: reworded(closing, (text) => `${text} AND t.closed_at IS NULL`),
  letters: insertRows(
    'dead_letters',
    letterColumns,
    `ON CONFLICT (id) DO UPDATE SET ${replaced(letterColumns.slice(4))}`,
  ),
  waiting: insertRows(
    'waiting',
    waitingColumns,
    `ON CONFLICT (id) DO UPDATE SET ${replaced(['reason', 'item', 'due_at', 'attempts'])}`,
  ),
  waited: deleteRows('waiting', ['id']),
  audit: insertRows('audit', ['at', 'actor', 'action', 'target', 'record_id', 'detail']),
};

/** Started in this order: those open before are closed before the next is opened. */
export function smallWrites(all: readonly SmallWrites[]): Write[] {
  const { closed, letters } = lettersOf(all);
  const waiting = waitingOf(all);
  return [
    ...writeOf(
      statements.attempts,
      all.flatMap(({ attempts = [] }) => attempts.map(attemptCells)),
    ),
    ...writeOf(statements.closing, closed),
    ...writeOf(statements.letters, letters),
    ...writeOf(
      statements.waiting,
      waiting.flatMap(([, row]) => (row ? [waitingCells(row)] : [])),
    ),
    ...writeOf(
      statements.waited,
      waiting.flatMap(([id, row]) => (row ? [] : [[id]])),
    ),
    ...writeOf(
      statements.audit,
      all.flatMap(({ audit = [] }) => audit.map(auditCells)),
    ),
  ];
}

/** A letter that the group opens may be closed by a later decision of it. */
function lettersOf(all: readonly SmallWrites[]): { closed: Cells[]; letters: Cells[] } {
  const closed = new Map<string, Cells>();
  const opened = new Map<string, DeadLetterRow>();
  for (const { closeDeadLetters = [], deadLetters = [] } of all) {
    for (const { system, recordId, closed: how } of closeDeadLetters) {
      const name = `${recordId} ${system}`;
      if (!closed.has(name)) closed.set(name, [recordId, system, how.as, how.at, how.by, how.reason]);
      for (const [id, row] of opened)
        if (row.recordId === recordId && row.system === system && !row.closed) opened.set(id, { ...row, closed: how });
    }
    for (const row of deadLetters) opened.set(row.id, row);
  }
  return { closed: [...closed.values()], letters: [...opened.values()].map(letterCells) };
}

/** Null: it waits no more. */
function waitingOf(all: readonly SmallWrites[]): [string, WaitingRow | null][] {
  const last = new Map<string, WaitingRow | null>();
  for (const { waiting = [], waited = [] } of all) {
    for (const row of waiting) last.set(row.id, row);
    for (const id of waited) last.set(id, null);
  }
  return [...last];
}

function attemptCells(row: AttemptRow): Cells {
  const { at, system, type, recordId, seq, outcome, message, status, durationMs } = row;
  return [at, system, type, recordId, seq, outcome, message, status, durationMs];
}

function letterCells(row: DeadLetterRow): Cells {
  const { id, system, type, recordId, seq, since, attempts, kind, message, payload, response, closed } = row;
  const what = [id, system, type, recordId, seq, since, attempts, kind, message, payload];
  const how = [closed?.as ?? null, closed?.at ?? null, closed?.by ?? null, closed?.reason ?? null];
  return [...what, response && JSON.stringify(response), ...how];
}

function waitingCells(row: WaitingRow): Cells {
  const { id, system, type, externalId, reason, item, at, dueAt, attempts, createsUpTo } = row;
  return [id, system, type, externalId, reason, item, at, dueAt, attempts, createsUpTo];
}

const auditCells = ({ at, actor, action, target, recordId, detail }: AuditRow): Cells => [
  at,
  actor,
  action,
  target,
  recordId,
  JSON.stringify(detail),
];
