// One connection to a PostgreSQL server of somebody else's.
import pg from 'pg';
import { type SqlSession, sqlLimits } from './sql-session.ts';

export async function openPostgres(url: string): Promise<SqlSession> {
  const client = new pg.Client({
    connectionString: url,
    application_name: 'syncline',
    connectionTimeoutMillis: sqlLimits.connect,
    statement_timeout: sqlLimits.statement,
    query_timeout: sqlLimits.statement + sqlLimits.connect,
  });
  // Said to whoever asked, too; unheard, it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return {
    run: async (statement, values = []) => {
      const { rows, rowCount } = await client.query<Record<string, unknown>>(statement, [...values]);
      return { rows, count: rowCount ?? 0, insertId: undefined };
    },
    end: () => client.end(),
    cut: () => void streamOf(client).destroy(),
  };
}

/** Its own `end` waits for what is under way; the type of the driver leaves the connection out. */
const streamOf = (client: pg.Client): { destroy(): unknown } =>
  (client as unknown as { connection: { stream: { destroy(): unknown } } }).connection.stream;
