// One connection to a SQLite file of somebody else's: it must be there, and others may be writing to it.
import Database from 'better-sqlite3';
import { type SqlSession, sqlLimits } from './sql-session.ts';

export function openSqlite(path: string): SqlSession {
  const db = new Database(path, { fileMustExist: true, timeout: sqlLimits.connect });
  return {
    run: async (statement, values = []) => {
      const prepared = db.prepare<unknown[], Record<string, unknown>>(statement);
      if (prepared.reader) {
        const rows = prepared.all(...values);
        return { rows, count: rows.length, insertId: undefined };
      }
      const { changes, lastInsertRowid } = prepared.run(...values);
      return { rows: [], count: changes, insertId: String(lastInsertRowid) };
    },
    end: async () => void db.close(),
    cut: () => void db.close(),
  };
}
