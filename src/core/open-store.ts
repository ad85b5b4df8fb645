// Chooses the engine of a store. The driver of the other one is not even read.
import type { RecordType } from '../model/records.ts';
import type { Reading } from '../store/reading.ts';
import type { Store } from '../store/store.ts';

/** Plain data: it crosses into the worker thread. Paths are absolute; the name is for people, without the password. */
export type DatabaseSetup = { engine: 'sqlite'; path: string } | { engine: 'postgres'; url: string; name: string };

export const databaseName = (database: DatabaseSetup): string =>
  database.engine === 'sqlite' ? database.path : database.name;

export interface StoreOptions {
  now: () => number;
  random: (bytes: number) => Uint8Array;
  onCommit?: (commit: { head: number; seconds: number; waited: number }) => void;
  /** Other nodes have committed. */
  onHead?: (head: number) => void;
  /** Another node has paused or resumed a system, or moved its breaker. */
  onShared?: () => void;
  onFailure?: (error: Error) => void;
  onPostponed?: (what: { system: string; recordId: string; error: unknown }) => void;
}

export interface OpenedStore {
  store: Store;
  /** Asked inside decisions, so it does not wait. */
  createsUnsettled(system: string, type: RecordType, upTo?: number): boolean;
  /** The clock that due times are judged by. */
  now(): number;
}

/** @throws StoreError (src/store/errors.ts) when the database cannot be opened */
export async function openStore(database: DatabaseSetup, options: StoreOptions): Promise<OpenedStore> {
  if (database.engine === 'sqlite') {
    const { openSqlite } = await import('../store/sqlite/open.ts');
    const { onHead: _, onShared: __, ...rest } = options;
    const store = await openSqlite({ path: database.path, ...rest });
    return { store, now: options.now, createsUnsettled: (...asked) => store.createsUnsettled(...asked) };
  }
  const { openPostgres } = await import('../store/postgres/open.ts');
  // Nodes share the clock of their database.
  const { now: _, ...rest } = options;
  const store = await openPostgres({ url: database.url, ...rest });
  return { store, now: store.now, createsUnsettled: (...asked) => store.createsUnsettled(...asked) };
}

/**
 * To look only, also while a hub works with it: of a file a copy is looked at, which takes as much room for as long.
 * @throws StoreError (src/store/errors.ts) when it cannot be read
 */
export async function openReading(
  database: DatabaseSetup,
  options: Pick<StoreOptions, 'now' | 'random'>,
): Promise<Reading> {
  if (database.engine === 'postgres') return (await import('../store/postgres/reader.ts')).openReader(database.url);
  return (await import('../store/sqlite/snapshot.ts')).openSnapshot({ path: database.path, ...options });
}
