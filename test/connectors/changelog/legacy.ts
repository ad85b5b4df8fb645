// A legacy application: its own table, the change log that was installed beside it, and connections of its own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { changelogStatements } from '../../../connectors/changelog/documents.ts';
import { changelog } from '../../../connectors/changelog/index.ts';
import type { Connection } from '../../../src/connector/connection.ts';
import type { SqlTarget } from '../../../src/connector/sql.ts';
import { openMysql } from '../../../src/connector/sql-mysql.ts';
import { openPostgres } from '../../../src/connector/sql-postgres.ts';
import type { SqlSession } from '../../../src/connector/sql-session.ts';
import { openSqlite } from '../../../src/connector/sql-sqlite.ts';
import { connectTo } from '../connect.ts';

export const columns = ['order_no', 'status', 'ship_name', 'note', 'amount'];

const table: Record<SqlTarget['dialect'], string> = {
  sqlite: `CREATE TABLE orders (id INTEGER PRIMARY KEY, order_no TEXT NOT NULL UNIQUE, status TEXT NOT NULL DEFAULT 'open',
    ship_name TEXT, note TEXT COLLATE NOCASE, amount NUMERIC, internal TEXT)`,
  postgres: `CREATE TABLE orders (id bigserial PRIMARY KEY, order_no text NOT NULL UNIQUE, status text NOT NULL DEFAULT 'open',
    ship_name text, note text, amount numeric(12, 2), internal text)`,
  mysql: `CREATE TABLE orders (id bigint AUTO_INCREMENT PRIMARY KEY, order_no varchar(60) NOT NULL UNIQUE,
    status varchar(20) NOT NULL DEFAULT 'open', ship_name varchar(200), note text, amount decimal(12, 2), internal text)
    DEFAULT CHARSET = utf8mb4`,
};

export interface Legacy {
  target: SqlTarget;
  connection: Connection;
  settings: object;
  /** A connection of the application; closed with it. */
  open(): Promise<SqlSession>;
  run(statement: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** @param place of an empty database; a SQLite file is made */
export async function legacy(place: SqlTarget | 'sqlite', more: object = {}): Promise<Legacy> {
  const folder = place === 'sqlite' ? mkdtempSync(join(tmpdir(), 'syncline-legacy-')) : undefined;
  const target: SqlTarget = place === 'sqlite' ? { dialect: 'sqlite', path: join(folder ?? '', 'legacy.db') } : place;
  if (target.dialect === 'sqlite') new Database(target.path).pragma('journal_mode = WAL');
  const sessions: SqlSession[] = [];
  const open = async (): Promise<SqlSession> => {
    const session =
      target.dialect === 'sqlite'
        ? openSqlite(target.path)
        : await (target.dialect === 'postgres' ? openPostgres(target.url) : openMysql(target.url));
    sessions.push(session);
    return session;
  };
  const own = await open();
  await own.run(table[target.dialect]);
  const { dialect } = target;
  for (const statement of changelogStatements({ dialect, table: 'orders', key: 'id', columns }))
    await own.run(statement);
  const settings = { ...target, batch: 3, records: { order: { table: 'orders', columns } }, ...more };
  const connection = connectTo(changelog, settings);
  return {
    target,
    connection,
    settings,
    open,
    run: async (statement) => (await own.run(statement)).rows,
    close: async () => {
      await Promise.all(sessions.map((session) => session.end()));
      await connection.destroy();
      if (folder !== undefined) rmSync(folder, { recursive: true });
    },
  };
}
