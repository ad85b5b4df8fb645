// Copies the database while it is written to, and looks at the copy before it counts as a backup.
import { existsSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BackupFailed } from '../errors.ts';
import type { Connection } from './connection.ts';
import { makeFolder, syncPath } from './folders.ts';

/** Pages copied before other work of this thread goes on. */
const slice = 256;
const longest = 30 * 60_000;

export interface BackupOptions {
  path: string;
  progress?: ((share: number) => void) | undefined;
  now: () => number;
  /** True once the store is being closed. */
  stopped: () => boolean;
  longestMs?: number | undefined;
}

/**
 * From the writer's own connection: what it writes meanwhile goes into the copy too, so that the copy never starts over.
 * @throws BackupFailed; nothing is left at the path then
 */
export async function backup(db: Connection, options: BackupOptions): Promise<void> {
  const path = resolve(options.path);
  const partial = `${path}.partial`;
  if (existsSync(path)) throw new BackupFailed(`${path} is there already; give the backup another name`);
  makeFolder(dirname(path));
  rmSync(partial, { force: true });
  try {
    await copy(db, partial, options);
    await verify(partial);
    // Whoever is told of a backup may lose the database in the next moment.
    syncPath(partial);
    renameSync(partial, path);
    syncPath(dirname(path));
  } catch (error) {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${partial}${end}`, { force: true });
    if (error instanceof BackupFailed) throw error;
    throw new BackupFailed(
      `the backup to ${path} failed: ${error instanceof Error ? error.message : String(error)}`,
      error,
    );
  }
}

async function copy(db: Connection, to: string, options: BackupOptions): Promise<void> {
  const started = options.now();
  const limit = options.longestMs ?? longest;
  await db.backup(to, {
    progress: ({ totalPages, remainingPages }) => {
      if (options.stopped()) throw new BackupFailed('the store was closed before the backup was done');
      if (options.now() - started > limit) throw new BackupFailed(`the backup took longer than ${limit / 1000} s`);
      options.progress?.(totalPages === 0 ? 0 : 1 - remainingPages / totalPages);
      return slice;
    },
  });
  options.progress?.(1);
}

/** Runs as the whole program of a thread: checking reads every page, which must not hold up the writer. */
const verifier = `
  const { parentPort, workerData } = require('node:worker_threads');
  const Database = require(workerData.driver);
  const db = new Database(workerData.path);
  const faults = db.pragma('integrity_check(5)').map((row) => Object.values(row)[0]).filter((fault) => fault !== 'ok');
  const one = (query) => db.prepare(query).pluck().get();
  if (faults.length === 0) {
    const counted = one('SELECT coalesce(sum(count), 0) FROM replica_counts');
    const replicas = one('SELECT count(*) FROM replicas');
    if (counted !== replicas) faults.push(replicas + ' replicas, but ' + counted + ' were counted');
    const orphans = one('SELECT count(*) FROM replicas r LEFT JOIN records o ON o.no = r.no / 1024 WHERE o.no IS NULL');
    if (orphans > 0) faults.push(orphans + ' replicas without a record');
  }
  db.pragma('journal_mode = DELETE');
  db.close();
  parentPort.postMessage(faults);
`;

/** @throws BackupFailed when the copy is damaged */
export async function verify(path: string): Promise<void> {
  const driver = createRequire(import.meta.url).resolve('better-sqlite3');
  const worker = new Worker(verifier, { eval: true, workerData: { driver, path } });
  const faults = await new Promise<string[]>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`the check ended with ${code}`)));
  });
  if (faults.length > 0) throw new BackupFailed(`${path} is damaged: ${faults.join('; ')}`);
}
