// A database as a connector reaches it: one short connection for one piece of work, and one word for each kind of failure.
import { ConnectorError, type ConnectorErrorKind } from './error.ts';
import { inTime } from './in-time.ts';
import type { SqlSession } from './sql-session.ts';

export type SqlTarget = { dialect: 'sqlite'; path: string } | { dialect: 'postgres' | 'mysql'; url: string };

/** How long the whole of it may take, ms, and what ends it before. */
interface Limits {
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Everything in one transaction: what `use` throws undoes it, and so does the end of its time.
 * @throws ConnectorError
 */
export async function inTransaction<T>(target: SqlTarget, limits: Limits, use: Use<T>): Promise<T> {
  const opening = open(target);
  const at = { begun: false, over: false };
  const work = async (): Promise<T> => {
    try {
      const session = await opening.catch((error: unknown) => {
        throw failureOf(target, error, false);
      });
      at.begun = true;
      return await transact(target, session, use);
    } finally {
      at.over = true;
    }
  };
  try {
    return await inTime(limits, `${target.dialect} database`, work);
  } catch (error) {
    if (!(error instanceof ConnectorError) || at.over) throw error;
    // Whoever is cut off has undone what was not committed.
    opening.then((session) => session.cut()).catch(() => undefined);
    throw error.as(error.kind, { sent: at.begun });
  }
}

type Use<T> = (session: SqlSession) => Promise<T>;

async function transact<T>(target: SqlTarget, session: SqlSession, use: Use<T>): Promise<T> {
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
