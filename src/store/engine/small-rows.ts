// What the small tables of every engine have in common: a list's conditions, a place in it, and its rows.
import { type Column, eq, gte, isNotNull, isNull, type SQL, sql } from 'drizzle-orm';
import type { RecordType } from '../../model/records.ts';
import type { AuditRow, DeadLetterRow } from '../rows.ts';
import type { DeadLetterFilter } from '../store.ts';

/** From one system to the next in the index: the same cost however many rows of one wait. */
export const waitingSystemsQuery = sql`
  WITH RECURSIVE found(system) AS (
    SELECT min(system) FROM waiting WHERE reason = 'fetch'
    UNION ALL
    SELECT (SELECT min(system) FROM waiting WHERE reason = 'fetch' AND system > found.system) FROM found
    WHERE found.system IS NOT NULL
  )
  SELECT system FROM found WHERE system IS NOT NULL ORDER BY system`;

/** @throws RangeError */
export function placeInAudit(before: string): number {
  if (!/^\d{1,15}$/.test(before)) throw new RangeError(`${before} is no position in the audit`);
  return Number(before);
}

interface StoredAudit extends Omit<AuditRow, 'detail'> {
  no: number;
  /** JSON. */
  detail: string;
}

export function auditRow({ no: _, detail, ...row }: StoredAudit): AuditRow {
  return { ...row, detail: JSON.parse(detail) };
}

type Filtered = 'closedAt' | 'system' | 'type' | 'kind' | 'since';

export function deadLetterConditions(
  columns: Readonly<Record<Filtered, Column>>,
  filter: DeadLetterFilter,
): (SQL | undefined)[] {
  return [
    filter.state === 'open' ? isNull(columns.closedAt) : undefined,
    filter.state === 'closed' ? isNotNull(columns.closedAt) : undefined,
    filter.system === undefined ? undefined : eq(columns.system, filter.system),
    filter.record === undefined ? undefined : eq(columns.type, filter.record),
    filter.kind === undefined ? undefined : eq(columns.kind, filter.kind),
    filter.since === undefined ? undefined : gte(columns.since, filter.since),
  ];
}

interface StoredDeadLetter extends Omit<DeadLetterRow, 'type' | 'response' | 'closed'> {
  no: number;
  type: string;
  response: string | null;
  closedAs: string | null;
  closedAt: number | null;
  closedBy: string | null;
  closedReason: string | null;
}

export function deadLetterRow(stored: StoredDeadLetter): DeadLetterRow {
  const { no, type, response, closedAs, closedAt, closedBy, closedReason, ...row } = stored;
  return {
    ...row,
    type: type as RecordType,
    response: response === null ? null : (JSON.parse(response) as DeadLetterRow['response']),
    closed:
      closedAt === null
        ? null
        : {
            as: closedAs as 'replayed' | 'superseded' | 'discarded',
            at: closedAt,
            by: closedBy ?? '',
            reason: closedReason,
          },
  };
}
