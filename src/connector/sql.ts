// A database as a connector reaches it: one short connection for one piece of work, and one word for each kind of failure.
import { ConnectorError, type ConnectorErrorKind } from './error.ts';
import type { SqlSession } from './sql-session.ts';

export type SqlTarget = { dialect: 'sqlite'; path: string } | { dialect: 'postgres' | 'mysql'; url: string };

/**
 * Everything in one transaction: what `use` throws undoes it.
 * @throws ConnectorError
 */
export async function inTransaction<T>(target: SqlTarget, use: (session: SqlSession) => Promise<T>): Promise<T> {
  const session = await open(target).catch((error: unknown) => {
    throw failureOf(target, error, false);
  });
  try {
    await session.run(target.dialect === 'sqlite' ? 'BEGIN IMMEDIATE' : 'BEGIN');
    const result = await use(session);
    await session.run('COMMIT');
    return result;
  } catch (error) {
    await session.run('ROLLBACK').catch(() => undefined);
    throw error instanceof ConnectorError ? error : failureOf(target, error, true);
  } finally {
    await session.end().catch(() => undefined);
  }
}

/** A driver is loaded only where its dialect is spoken. */
async function open(target: SqlTarget): Promise<SqlSession> {
  if (target.dialect === 'sqlite') return (await import('./sql-sqlite.ts')).openSqlite(target.path);
  if (target.dialect === 'postgres') return (await import('./sql-postgres.ts')).openPostgres(target.url);
  return (await import('./sql-mysql.ts')).openMysql(target.url);
}

interface DriverError {
  message?: string;
  code?: string;
  errno?: number;
  sqlState?: string;
}

function failureOf({ dialect }: SqlTarget, error: unknown, sent: boolean): ConnectorError {
  const { message = String(error), code = '', sqlState = '' } = error as DriverError;
  const state = dialect === 'mysql' ? sqlState : code;
  const kind = dialect === 'sqlite' ? kindOfSqlite(code) : kindOfState(state, code);
  return new ConnectorError(kind, message, { sent, cause: undefined });
}

const kindOfSqlite = (code: string): ConnectorErrorKind =>
  /^SQLITE_(BUSY|LOCKED|CANTOPEN|IOERR|FULL)/.test(code)
    ? 'unavailable'
    : code.startsWith('SQLITE')
      ? 'rejected'
      : 'unknown';

/** By the classes of SQLSTATE; without one the connection itself failed. */
function kindOfState(state: string, code: string): ConnectorErrorKind {
  if (/^28/.test(state)) return 'unauthorized';
  if (/^(22|23|42|44|45|P0)/.test(state)) return 'rejected';
  if (/^(08|40|53|57|58)/.test(state) || /^E[A-Z]+$|PROTOCOL_CONNECTION_LOST/.test(code)) return 'unavailable';
  return state === 'HY000' ? 'rejected' : 'unavailable';
}
