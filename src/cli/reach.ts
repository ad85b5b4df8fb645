// Where a command finds the state: in the running hub, which owns the database, or else in the file itself.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Config, loadConfig } from '../config.ts';
import { databaseName, openStore } from '../core/open-store.ts';
import { DatabaseOwned } from '../store/errors.ts';
import type { Store } from '../store/store.ts';
import { Failure } from './failure.ts';
import { type HubClient, hubAt, localHub, localUrl } from './hub-client.ts';
import type { Common, Io } from './io.ts';

export interface Reaching extends Common {
  /** Of a running hub. */
  url?: string;
}

export type Reached = { hub: HubClient } | { config: Config };

export const readConfig = ({ config }: Common, io: Io): Promise<Config> =>
  loadConfig(resolve(io.folder, config), { env: io.env, connectors: io.connectors });

/** With an address nothing of this machine is looked at, not even the configuration. */
export async function reach(options: Reaching, io: Io): Promise<Reached> {
  if (options.url !== undefined) return { hub: await hubAt(options.url, io) };
  const config = await readConfig(options, io);
  const hub = await localHub(config.listen, io);
  return hub ? { hub } : { config };
}

/**
 * The database, for the time of `use`.
 * @throws Failure when it is not there and may not be made, or when another process has it
 */
export async function withDatabase<T>(
  config: Config,
  io: Io,
  { make }: { make: boolean },
  use: (store: Store) => Promise<T>,
): Promise<T> {
  const { database } = config;
  if (!make && database.engine === 'sqlite' && !existsSync(database.path))
    throw new Failure(`there is no database ${database.path} yet; "syncline serve" makes it`);
  const options = { now: io.clock.now, random: io.random };
  const { store } = await openStore(database, options).catch((error: unknown) => {
    throw error instanceof DatabaseOwned ? owned(config) : error;
  });
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/** @returns what to do about a database that a running process has */
export function owned({ database, listen }: Config): Failure {
  const url = localUrl(listen);
  const silent = url === undefined ? 'its address is picked at its start' : `it does not answer at ${url}`;
  return new Failure(
    `${databaseName(database)} belongs to a running hub, and ${silent}; say where it listens with --url <address>, or stop it`,
  );
}
