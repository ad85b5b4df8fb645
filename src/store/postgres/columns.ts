// Many rows in one statement: a column of each goes to the server as an array.
import type { Cells } from '../engine/cells.ts';
import { type Runner, run, type Statement } from './session.ts';

/** Types that are not text. */
const bigints = new Set([
  'no',
  'replica',
  'record',
  'seq',
  'version',
  'deleted',
  'created_at',
  'updated_at',
  'last_change',
  'wanted_seq',
  'wanted_version',
  'synced_seq',
  'behind_since',
  'due_at',
  'claimed',
  'attempts',
  'last_attempt_at',
  'deliveries',
  'last_delivered_at',
  'sent_at',
  'previous',
  'occurred_at',
  'recorded_at',
  'at',
  'since',
  'status',
  'duration_ms',
  'closed_at',
  'creates_up_to',
  'node',
  'count',
  'paid_minor',
  'refunded_minor',
  'delivered_at',
  'pieces',
  'items_minor',
  'requested_at',
  'decided_at',
  'approved_at',
  'refund_first',
  'received_at',
  'ship_back_by',
  'refunded_at',
  'opened_at',
  'until',
  'trips',
  'permits_left',
  'passed',
  'exposure_minor',
  'size',
  'width',
  'height',
]);

const typed = (columns: readonly string[], from = 1): string =>
  columns.map((column, place) => `$${from + place}::${bigints.has(column) ? 'bigint' : 'text'}[]`).join(', ');

/** @param then what follows the rows, such as `ON CONFLICT …` */
export function insertRows(table: string, columns: readonly string[], then = ''): Statement {
  const list = columns.join(', ');
  return {
    name: `insert-${table}`,
    text: `INSERT INTO ${table} (${list}) SELECT ${list} FROM unnest(${typed(columns)}) AS u(${list}) ${then}`,
  };
}

/** @param set how each column becomes another, if not simply that of `u` */
export function updateRows(
  table: string,
  keys: readonly string[],
  columns: readonly string[],
  set: Record<string, string> = {},
): Statement {
  const all = [...keys, ...columns];
  const changes = columns.map((column) => `${column} = ${set[column] ?? `u.${column}`}`).join(', ');
  const same = keys.map((key) => `t.${key} = u.${key}`).join(' AND ');
  return {
    name: `update-${table}`,
    text: `UPDATE ${table} AS t SET ${changes} FROM unnest(${typed(all)}) AS u(${all.join(', ')}) WHERE ${same}`,
  };
}

export function deleteRows(table: string, keys: readonly string[]): Statement {
  const same = keys.map((key) => `t.${key} = u.${key}`).join(' AND ');
  return {
    name: `delete-${table}`,
    text: `DELETE FROM ${table} AS t USING unnest(${typed(keys)}) AS u(${keys.join(', ')}) WHERE ${same}`,
  };
}

/** @returns how many rows it has touched; none without rows, and without asking */
export async function runOn(runner: Runner, statement: Statement, all: readonly Cells[]): Promise<number> {
  const [first] = all;
  if (!first) return 0;
  return run(
    runner,
    statement,
    first.map((_, column) => all.map((cells) => cells[column] ?? null)),
  );
}
