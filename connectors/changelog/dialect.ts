// What the three dialects say differently: names, places, JSON of a row, and who writes at this moment.

export const dialects = ['postgres', 'mysql', 'sqlite'] as const;
export type Dialect = (typeof dialects)[number];

/** A table or column, perhaps with its schema; anything else could be a statement. */
export const nameForm = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$/;

export const columnForm = /^[A-Za-z_][A-Za-z0-9_]*$/;

export interface Speech {
  name(text: string): string;
  /** The nth bound value, from 1. */
  place(n: number): string;
  /** A row's columns as JSON text. @param row alias such as `NEW`, or empty */
  json(columns: readonly string[], row: string): string;
  text(expression: string): string;
  now: string;
  /** That time as RFC 3339. */
  instant(column: string): string;
  /** Before the first write of ours in a transaction. */
  mark(log: string): string[];
  /** After the last. */
  unmark(log: string): string[];
}

const quoted = (mark: string) => (text: string) =>
  text
    .split('.')
    .map((part) => `${mark}${part}${mark}`)
    .join('.');
const members = (columns: readonly string[], row: string, name: (text: string) => string): string =>
  columns.map((column) => `'${column}', ${row === '' ? '' : `${row}.`}${name(column)}`).join(', ');

const double = quoted('"');
const tick = quoted('`');

export const speeches: Record<Dialect, Speech> = {
  postgres: {
    name: double,
    place: (n) => `$${n}`,
    json: (columns, row) => `json_build_object(${members(columns, row, double)})::text`,
    text: (expression) => `${expression}::text`,
    now: 'clock_timestamp()',
    instant: (column) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    mark: () => [`SELECT set_config('syncline.origin', 'syncline', true)`],
    unmark: () => [],
  },
  mysql: {
    name: tick,
    place: () => '?',
    json: (columns, row) => `JSON_OBJECT(${members(columns, row, tick)})`,
    text: (expression) => `CAST(${expression} AS CHAR)`,
    now: 'UTC_TIMESTAMP(3)',
    instant: (column) => `DATE_FORMAT(${column}, '%Y-%m-%dT%H:%i:%s.%fZ')`,
    mark: () => [`SET @syncline_origin = 'syncline'`],
    unmark: () => ['SET @syncline_origin = NULL'],
  },
  sqlite: {
    name: double,
    place: () => '?',
    json: (columns, row) => `json_object(${members(columns, row, double)})`,
    text: (expression) => `CAST(${expression} AS TEXT)`,
    now: `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`,
    instant: (column) => column,
    // Nobody else sees it: whoever writes has the file to himself until he commits.
    mark: (log) => [`INSERT INTO ${double(`${log}_writer`)} VALUES ('syncline')`],
    unmark: (log) => [`DELETE FROM ${double(`${log}_writer`)}`],
  },
};

export const logOf = (table: string): string => `${table}_changelog`;
/** What of ours was written, by its idempotency key. */
export const writesOf = (table: string): string => `${table}_changelog_writes`;
