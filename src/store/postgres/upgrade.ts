// Brings a database to the newest schema without starting anything else, and tells what was done.
import { assertDurable, connect, openingError, readSettings } from './connect.ts';
import { type Migrated, migrate } from './migrate.ts';

/** @throws StoreUnavailable, UnsafeDatabase, NewerDatabase, ChangedMigration (all of ../errors.ts) */
export async function upgrade(url: string): Promise<Migrated> {
  const connections = connect({ url }, () => undefined);
  try {
    assertDurable(connections.name, await readSettings(connections.reads));
    return await migrate(connections.reads, connections.name);
  } catch (error) {
    throw openingError(connections.name, error);
  } finally {
    await connections.end();
  }
}
