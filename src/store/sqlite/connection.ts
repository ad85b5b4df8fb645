// Opens the file the one way that is durable, for one owner only.
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { DatabaseOwned, OldSqlite, StoreFailed } from '../errors.ts';
import { makeFolder } from './folders.ts';
import { rewriteLog } from './rewrite-log.ts';

export type Connection = Database.Database;

/** Below it, a race while the write-ahead log is reset can lose commits. */
const oldestSqlite = [3, 51, 3] as const;
/** Twice as much was no faster with a million records (measured), and counts as memory; a mapped file even cost time. */
const cacheKiB = 32 * 1024;
/** 32 MB: fewer checkpoints are worth a sixth of the commit rate. */
const checkpointPages = 8000;
const walBytes = 64 * 1024 * 1024;

export interface ConnectionOptions {
  path: string;
  /** For tests: the version to judge, and a limit that stands for a full disk. */
  sqliteVersion?: string | undefined;
  maxPages?: number | undefined;
}

/**
 * @throws DatabaseOwned when another process has the file
 * @throws OldSqlite
 */
export function connect(options: ConnectionOptions): Connection {
  const path = resolve(options.path);
  makeFolder(dirname(path));
  const db = new Database(path, { timeout: 0 });
  try {
    own(db);
    rewriteLog(`${path}-wal`);
    refuseOldSqlite(options.sqliteVersion ?? (db.prepare('SELECT sqlite_version()').pluck().get() as string));
    tune(db);
    if (options.maxPages) db.pragma(`max_page_count = ${options.maxPages}`);
    return db;
  } catch (error) {
    db.close();
    if (codeOf(error) === 'SQLITE_NOTADB') {
      throw new StoreFailed(`${path} is no SQLite database. Name another file, or restore a backup to it`, error);
    }
    if (!codeOf(error).startsWith('SQLITE_BUSY')) throw error;
    const advice = 'only one hub may have it. Stop the other one, or give this one a database of its own';
    throw new DatabaseOwned(`${path} is in use by another process; ${advice}`, error);
  }
}

/**
 * Exclusive locking is the lock of the owner: held from the first read to the end of the process however it ends, and
 * no other program can hold up a commit or a checkpoint.
 */
function own(db: Connection): void {
  db.pragma('locking_mode = EXCLUSIVE');
  db.pragma('journal_mode = WAL');
  // The build's own default is NORMAL after the first write, whatever the pragma reads before it.
  db.pragma('synchronous = FULL');
  db.exec('BEGIN IMMEDIATE; COMMIT');
}

function tune(db: Connection): void {
  db.pragma('foreign_keys = OFF');
  db.pragma('temp_store = MEMORY');
  db.pragma(`cache_size = -${cacheKiB}`);
  db.pragma('mmap_size = 0');
  db.pragma(`wal_autocheckpoint = ${checkpointPages}`);
  db.pragma(`journal_size_limit = ${walBytes}`);
}

/** Only a write shows which mode the connection really works in. */
export function assertDurable(db: Connection): void {
  const journal = db.pragma('journal_mode', { simple: true });
  const synchronous = db.pragma('synchronous', { simple: true });
  if (journal === 'wal' && synchronous === 2) return;
  throw new StoreFailed(
    `commits would not be durable: journal_mode is ${journal}, synchronous is ${synchronous}, not 2`,
  );
}

function refuseOldSqlite(version: string): void {
  const parts = version.split('.').map(Number);
  for (const [place, least] of oldestSqlite.entries()) {
    const part = parts[place] ?? 0;
    if (part > least) return;
    if (part < least) {
      const message = `SQLite ${version} can lose commits when its log is reset; ${oldestSqlite.join('.')} or newer is needed. Install a newer better-sqlite3`;
      throw new OldSqlite(message);
    }
  }
}

/** SQLite's result code of an error, or an empty text. */
export function codeOf(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}

export const isFull = (error: unknown): boolean => codeOf(error) === 'SQLITE_FULL';

/** Errors after which nothing is known of the file any more. */
export const isDiskFailure = (error: unknown): boolean => /^SQLITE_(IOERR|CORRUPT|NOTADB|CANTOPEN)/.test(codeOf(error));
