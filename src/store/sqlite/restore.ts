// Makes a database of a backup. It has another epoch: what others remember of positions no longer fits.
import { constants, copyFileSync, existsSync, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { BackupFailed } from '../errors.ts';
import type { AuditRow } from '../rows.ts';
import { verify } from './backup.ts';
import { makeFolder, syncPath } from './folders.ts';
import { newEpoch } from './meta.ts';
import { SmallWrites } from './small-writes.ts';

/** Far more changes than can have been made since the backup: systems know their numbers as idempotency keys. */
const skipped = 1_000_000_000;

/** @throws BackupFailed when the backup is damaged, is none of ours, or something is at the target already */
export async function restore(
  backup: string,
  target: string,
  random: (bytes: number) => Uint8Array,
  audit?: AuditRow,
): Promise<{ epoch: string }> {
  const path = resolve(target);
  for (const taken of [path, `${path}-wal`]) {
    if (existsSync(taken)) throw new BackupFailed(`${taken} is there already; move it away, then restore`);
  }
  if (!existsSync(backup)) throw new BackupFailed(`${backup} does not exist`);
  makeFolder(dirname(path));
  const partial = `${path}.partial`;
  try {
    copyFileSync(backup, partial, constants.COPYFILE_FICLONE);
    await verify(partial);
    const epoch = renew(partial, newEpoch(random), audit);
    syncPath(partial);
    renameSync(partial, path);
    syncPath(dirname(path));
    return { epoch };
  } catch (error) {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${partial}${end}`, { force: true });
    if (error instanceof BackupFailed) throw error;
    throw new BackupFailed(
      `${backup} cannot be restored: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

function renew(path: string, epoch: string, audit: AuditRow | undefined): string {
  const db = new Database(path);
  try {
    db.transaction(() => {
      db.prepare(`UPDATE meta SET value = ? WHERE name = 'epoch'`).run(epoch);
      db.prepare(
        `INSERT INTO meta (name, value)
         SELECT 'head', CAST(max(coalesce((SELECT max(seq) FROM changes), 0),
           coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE name = 'head'), 0)) + ? AS TEXT)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
      ).run(skipped);
      if (audit) new SmallWrites(db).putAudit(audit);
    })();
    return epoch;
  } finally {
    db.close();
  }
}
