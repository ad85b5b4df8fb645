// The change-log table and its triggers, as somebody installs them beside a table: one statement after the other.
import { type Dialect, logOf, speeches, writesOf } from './dialect.ts';

export interface LoggedTable {
  dialect: Dialect;
  table: string;
  /** What tells one row from another; never changed lightly. */
  key: string;
  /** An edit of one of them makes a row of the log, which holds them all. */
  columns: readonly string[];
}

export function changelogStatements(of: LoggedTable): string[] {
  const columns = [...new Set([of.key, ...of.columns])];
  if (of.dialect === 'postgres') return postgres({ ...of, columns });
  return of.dialect === 'mysql' ? mysql({ ...of, columns }) : sqlite({ ...of, columns });
}

/** As a client of that database takes it. */
export function changelogScript(of: LoggedTable): string {
  const statements = changelogStatements(of);
  if (of.dialect !== 'mysql') return statements.map((one) => `${one};\n`).join('\n');
  return `DELIMITER //\n\n${statements.map((one) => `${one} //\n`).join('\n')}\nDELIMITER ;\n`;
}

const shortName = (table: string): string => table.split('.').at(-1) ?? table;

function postgres({ table, key, columns }: LoggedTable): string[] {
  const { name, json, text } = speeches.postgres;
  const [log, note] = [name(logOf(table)), name(`${logOf(table)}_note`)];
  const values = (row: string): string => `(${columns.map((one) => `${row}.${name(one)}::text`).join(', ')})`;
  const insert = `INSERT INTO ${log} (row_key, op, data) VALUES`;
  const gone = `${insert} (${text(`OLD.${name(key)}`)}, 'delete', NULL)`;
  return [
    `CREATE TABLE ${log} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  row_key text NOT NULL,
  op text NOT NULL,
  data text,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  read_at timestamptz
)`,
    `CREATE INDEX ${name(`${shortName(table)}_changelog_unread`)} ON ${log} (id) WHERE read_at IS NULL`,
    `CREATE TABLE ${name(writesOf(table))} (
  idempotency_key text PRIMARY KEY,
  row_key text NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp()
)`,
    `CREATE FUNCTION ${note}() RETURNS trigger LANGUAGE plpgsql AS $note$
BEGIN
  IF current_setting('syncline.origin', true) = 'syncline' THEN RETURN NULL; END IF;
  IF TG_OP = 'DELETE' THEN
    ${gone};
    RETURN NULL;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF OLD.${name(key)} IS DISTINCT FROM NEW.${name(key)} THEN
      ${gone};
    ELSIF ${values('OLD')} IS NOT DISTINCT FROM ${values('NEW')} THEN
      RETURN NULL;
    END IF;
  END IF;
  ${insert} (${text(`NEW.${name(key)}`)}, 'upsert', ${json(columns, 'NEW')});
  RETURN NULL;
END $note$`,
    `CREATE TRIGGER ${name(`${shortName(table)}_changelog_note`)} AFTER INSERT OR UPDATE OR DELETE ON ${name(table)}
  FOR EACH ROW EXECUTE FUNCTION ${note}()`,
  ];
}

function mysql({ table, key, columns }: LoggedTable): string[] {
  const { name, json, text } = speeches.mysql;
  const log = name(logOf(table));
  const insert = `INSERT INTO ${log} (row_key, op, data, changed_at) VALUES`;
  const gone = `${insert} (${text(`OLD.${name(key)}`)}, 'delete', NULL, UTC_TIMESTAMP(3))`;
  const come = `${insert} (${text(`NEW.${name(key)}`)}, 'upsert', ${json(columns, 'NEW')}, UTC_TIMESTAMP(3))`;
  // By bytes: to most collations an edit of case or accents alone is none.
  const isSame = (one: string): string => `CAST(OLD.${name(one)} AS BINARY) <=> CAST(NEW.${name(one)} AS BINARY)`;
  const same = columns.map(isSame).join(' AND ');
  const trigger = (when: string, body: string): string =>
    `CREATE TRIGGER ${name(`${logOf(table)}_${when}`)} AFTER ${when.toUpperCase()} ON ${name(table)} FOR EACH ROW
BEGIN
  IF @syncline_origin IS NULL THEN
    ${body}
  END IF;
END`;
  return [
    `CREATE TABLE ${log} (
  id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY,
  row_key varchar(255) NOT NULL,
  op varchar(6) NOT NULL,
  data longtext,
  changed_at datetime(3) NOT NULL,
  read_at datetime(3),
  KEY unread (read_at, id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4`,
    `CREATE TABLE ${name(writesOf(table))} (
  idempotency_key varchar(191) NOT NULL PRIMARY KEY,
  row_key varchar(255) NOT NULL,
  written_at datetime(3) NOT NULL
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4`,
    trigger('insert', `${come};`),
    trigger(
      'update',
      `IF NOT (${same}) THEN
      IF NOT (${isSame(key)}) THEN ${gone}; END IF;
      ${come};
    END IF;`,
    ),
    trigger('delete', `${gone};`),
  ];
}

function sqlite({ table, key, columns }: LoggedTable): string[] {
  const { name, json, text } = speeches.sqlite;
  const log = name(logOf(table));
  const writer = name(`${logOf(table)}_writer`);
  const insert = `INSERT INTO ${log} (row_key, op, data)`;
  const come = `${insert} VALUES (${text(`NEW.${name(key)}`)}, 'upsert', ${json(columns, 'NEW')});`;
  // Whatever collation the column has: to NOCASE an edit of case alone is none.
  const isOther = (one: string): string => `OLD.${name(one)} IS NOT NEW.${name(one)} COLLATE BINARY`;
  const differs = columns.map(isOther).join(' OR ');
  const trigger = (when: string, body: string, also = ''): string =>
    `CREATE TRIGGER ${name(`${logOf(table)}_${when}`)} AFTER ${when.toUpperCase()} ON ${name(table)}
WHEN NOT EXISTS (SELECT 1 FROM ${writer})${also}
BEGIN
  ${body}
END`;
  return [
    `CREATE TABLE ${log} (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  row_key TEXT NOT NULL,
  op TEXT NOT NULL,
  data TEXT,
  changed_at TEXT NOT NULL DEFAULT (${speeches.sqlite.now}),
  read_at TEXT
)`,
    `CREATE INDEX ${name(`${logOf(table)}_unread`)} ON ${log} (id) WHERE read_at IS NULL`,
    `CREATE TABLE ${name(writesOf(table))} (
  idempotency_key TEXT PRIMARY KEY,
  row_key TEXT NOT NULL,
  written_at TEXT NOT NULL DEFAULT (${speeches.sqlite.now})
)`,
    `CREATE TABLE ${writer} (origin TEXT)`,
    trigger('insert', come),
    trigger(
      'update',
      `${insert} SELECT ${text(`OLD.${name(key)}`)}, 'delete', NULL WHERE ${isOther(key)};
  ${come}`,
      `\n  AND (${differs})`,
    ),
    trigger('delete', `${insert} VALUES (${text(`OLD.${name(key)}`)}, 'delete', NULL);`),
  ];
}
