// Opens a database file as a store: lock, schema, durability, then what is kept in memory.
import type { StoreError } from '../errors.ts';
import { IdleCheckpoint } from './checkpoint.ts';
import type { Postponed } from './claims.ts';
import { assertDurable, type Connection, connect } from './connection.ts';
import { type Commit, GroupCommit } from './group-commit.ts';
import { openMeta } from './meta.ts';
import { migrate } from './migrate.ts';
import { followClock } from './set-back.ts';
import { SqliteStore } from './sqlite-store.ts';
import { WorkingSet } from './working-set.ts';

export interface SqliteOptions {
  path: string;
  /** ms since 1970. */
  now: () => number;
  random: (bytes: number) => Uint8Array;
  /** Runs once after that many ms; the answer takes it back. */
  schedule?: (ms: number, run: () => void) => () => void;
  /** Seconds of a clock that only goes forward. */
  elapsed?: () => number;
  onCommit?: (commit: Commit) => void;
  onFailure?: (error: StoreError) => void;
  onPostponed?: (what: Postponed) => void;
  /** Records kept in memory, twice that at most. */
  cachedRecords?: number;
  /** For tests: stands for a full disk, another SQLite, other migrations, a smaller idle log. */
  maxPages?: number;
  sqliteVersion?: string;
  migrations?: string;
  largestIdleLog?: number;
}

/** Enough for what is between its commit and its settlements; what stays longer is moved about by the collector (measured). */
const cachedRecords = 64;

/**
 * @throws DatabaseOwned, OldSqlite, NewerDatabase, ChangedMigration, StoreFailed (all of ../errors.ts)
 */
export async function openSqlite(options: SqliteOptions): Promise<SqliteStore> {
  const db = connect(options);
  try {
    return build(db, options);
  } catch (error) {
    db.close();
    throw error;
  }
}

function build(db: Connection, options: SqliteOptions): SqliteStore {
  const { now, random, schedule = afterTimeout, elapsed = () => performance.now() / 1000 } = options;
  const { onFailure, onPostponed, onCommit } = options;
  migrate(db, now(), options.migrations);
  followClock(db, now());
  const { epoch } = openMeta(db, now(), random);
  assertDurable(db);
  const idle = new IdleCheckpoint(db, { now, schedule, largest: options.largestIdleLog });
  const set = new WorkingSet(db, { cachedRecords: options.cachedRecords ?? cachedRecords });
  const committed: SqliteOptions['onCommit'] = (commit) => {
    idle.committed();
    onCommit?.(commit);
  };
  const group = new GroupCommit(db, set, {
    now,
    random,
    schedule,
    elapsed,
    onFailure,
    onPostponed,
    onCommit: committed,
  });
  return new SqliteStore({ db, epoch, group, idle, chance: { now, random } });
}

function afterTimeout(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
