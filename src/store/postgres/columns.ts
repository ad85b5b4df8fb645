// Many rows in one statement: a column of each goes to the server as an array.
import type { Cells } from '../engine/cells.ts';
import { type ArrayType, arrayOf } from './arrays.ts';
import type { Statement } from './session.ts';

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

const typeOf = (column: string): ArrayType => (bigints.has(column) ? 'bigint' : 'text');

/** A statement whose parameters are columns of many rows. */
export interface RowsStatement extends Statement {
  types: readonly ArrayType[];
  /** The text with its parameters from there on. */
  from(first: number): string;
}

function statementOf(name: string, columns: readonly string[], text: (arrays: string) => string): RowsStatement {
  const types = columns.map(typeOf);
  const from = (first: number): string => text(types.map((type, place) => `$${first + place}::${type}[]`).join(', '));
  return { name, text: from(1), types, from };
}

/** The same parameters in another text. */
export function reworded(statement: RowsStatement, reword: (text: string) => string): RowsStatement {
  const from = (first: number): string => reword(statement.from(first));
  return { ...statement, text: from(1), from };
}

/** @param then what follows the rows, such as `ON CONFLICT …` */
export function insertRows(table: string, columns: readonly string[], then = ''): RowsStatement {
  const list = columns.join(', ');
  return statementOf(
    `insert-${table}`,
    columns,
    (arrays) => `INSERT INTO ${table} (${list}) SELECT ${list} FROM unnest(${arrays}) AS u(${list}) ${then}`,
  );
}

/** @param set how each column becomes another, if not simply that of `u` */
export function updateRows(
  table: string,
  keys: readonly string[],
  columns: readonly string[],
  set: Record<string, string> = {},
): RowsStatement {
  const all = [...keys, ...columns];
  const changes = columns.map((column) => `${column} = ${set[column] ?? `u.${column}`}`).join(', ');
  return statementOf(
    `update-${table}`,
    all,
    (arrays) =>
      `UPDATE ${table} AS t SET ${changes} FROM unnest(${arrays}) AS u(${all.join(', ')}) WHERE ${same(keys)}`,
  );
}

export function deleteRows(table: string, keys: readonly string[]): RowsStatement {
  return statementOf(
    `delete-${table}`,
    keys,
    (arrays) => `DELETE FROM ${table} AS t USING unnest(${arrays}) AS u(${keys.join(', ')}) WHERE ${same(keys)}`,
  );
}

const same = (keys: readonly string[]): string => keys.map((key) => `t.${key} = u.${key}`).join(' AND ');

/** A statement with its values, ready to be sent: nothing of it can fail any more before it is. */
export interface Write {
  statement: Statement;
  values: unknown[];
}

/** @returns none where there are no rows */
export const writeOf = (statement: RowsStatement, all: readonly Cells[]): Write[] =>
  all.length === 0 ? [] : [{ statement, values: arraysOf(statement, all) }];

/** A column of each. */
export const arraysOf = ({ types }: Pick<RowsStatement, 'types'>, all: readonly Cells[]): Buffer[] =>
  types.map((type, column) =>
    arrayOf(
      type,
      all.map((cells) => cells[column]),
    ),
  );
