// One connection to a MySQL or MariaDB server of somebody else's.
import { createConnection, type ResultSetHeader } from 'mysql2/promise';
import { type SqlSession, sqlLimits } from './sql-session.ts';

export async function openMysql(url: string): Promise<SqlSession> {
  const connection = await createConnection({
    uri: url,
    connectTimeout: sqlLimits.connect,
    charset: 'utf8mb4',
    // Numbers that a double cannot hold stay as they are.
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
  });
  connection.on('error', () => undefined);
  return {
    run: async (statement, values = []) => {
      const options = { sql: statement, timeout: sqlLimits.statement };
      const [result] = await connection.query(options, [...values]);
      if (Array.isArray(result)) {
        const rows = result as Record<string, unknown>[];
        return { rows, count: rows.length, insertId: undefined };
      }
      const { affectedRows, insertId } = result as ResultSetHeader;
      return { rows: [], count: affectedRows, insertId: String(insertId) };
    },
    end: () => connection.end(),
    cut: () => connection.destroy(),
  };
}
