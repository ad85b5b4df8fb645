// A copy of a database file that a hub may be writing to, taken without its lock and without disturbing it.
import { closeSync, constants, copyFileSync, existsSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreError } from '../errors.ts';
import type { Reading } from '../reading.ts';
import { openSqlite, type SqliteOptions } from './open.ts';

const tries = 20;

/**
 * The owner keeps the file to itself, so its pages are copied, then its log. Pages that a checkpoint overwrites in between
 * are in the log still, as long as the log was not begun anew: its first bytes, with their salt, tell.
 * @param folder where the copy goes; as large as the file
 * @throws StoreError where the log is begun anew faster than the file is copied
 */
export function copyAlive(path: string, folder: string): string {
  const copy = join(folder, 'snapshot.db');
  for (let turn = 0; turn < tries; turn += 1) {
    const before = logHead(path);
    copyFileSync(path, copy, constants.COPYFILE_FICLONE);
    if (existsSync(`${path}-wal`)) copyFileSync(`${path}-wal`, `${copy}-wal`, constants.COPYFILE_FICLONE);
    else rmSync(`${copy}-wal`, { force: true });
    if (before === logHead(copy) && before === logHead(path)) return copy;
  }
  throw new StoreError(`${path} changes faster than it can be copied. Try again when less is written, or use a backup`);
}

const headBytes = 32;

/** Format, sequence and salts of the log; empty where there is none. */
function logHead(path: string): string {
  if (!existsSync(`${path}-wal`)) return '';
  const file = openSync(`${path}-wal`, 'r');
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(file, head, 0, headBytes, 0)).toString('hex');
  } finally {
    closeSync(file);
  }
}

/** The copy goes when it is closed. */
export async function openSnapshot(options: Pick<SqliteOptions, 'path' | 'now' | 'random'>): Promise<Reading> {
  const folder = mkdtempSync(join(tmpdir(), 'syncline-snapshot-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const store = await openSqlite({ ...options, path: copyAlive(options.path, folder) });
    return {
      recordsOf: (...asked) => store.recordsOf(...asked),
      read: (...asked) => store.read(...asked),
      cursor: (name) => store.cursor(name),
      counts: () => store.counts(),
      close: () => store.close().finally(remove),
    };
  } catch (error) {
    remove();
    throw error;
  }
}
