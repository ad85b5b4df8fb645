// Brings a database file to the newest schema without starting anything else, and tells what was done.
import { type Connection, connect } from './connection.ts';
import { migrate } from './migrate.ts';

export interface Upgraded {
  /** Schema version before; 0 for a file that was just made. */
  from: number;
  to: number;
  applied: { version: number; name: string }[];
}

/** @throws DatabaseOwned, NewerDatabase, ChangedMigration, OldSqlite (all of ../errors.ts) */
export function upgrade({ path, now }: { path: string; now: () => number }): Upgraded {
  const db = connect({ path });
  try {
    const from = versionOf(db);
    const to = migrate(db, now());
    const applied = db
      .prepare<[number], { version: number; name: string }>(
        'SELECT version, name FROM migrations WHERE version > ? ORDER BY version',
      )
      .all(from);
    return { from, to, applied };
  } finally {
    db.close();
  }
}

function versionOf(db: Connection): number {
  const known = db.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'`).get();
  if (known === undefined) return 0;
  return db.prepare<[], number>('SELECT coalesce(max(version), 0) FROM migrations').pluck().get() as number;
}
