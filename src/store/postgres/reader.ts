// Looks into a database that nodes work with, as none of them: no number, no lease, no migration, nothing written.
import { LoadedState } from '../engine/decide.ts';
import { type Applied, migrationsFolder, missingMigrations, readMigrations } from '../engine/migrations.ts';
import { StoreError } from '../errors.ts';
import type { Reading } from '../reading.ts';
import { connect, openingError } from './connect.ts';
import { GroupSet } from './group-set.ts';
import { Lists } from './lists.ts';
import { Loader } from './load.ts';
import { Numbers } from './numbers.ts';
import { SmallTables } from './small-tables.ts';

/** A number that no node has. */
const noNode = 0;

/** @throws StoreError for a database of another schema, or of no hub */
export async function openReader(url: string): Promise<Reading> {
  const connections = connect({ url }, () => undefined);
  const { reads, name } = connections;
  try {
    await requireNewest(reads, name);
    const numbers = new Numbers(reads);
    await numbers.learnSystems([]);
    const lists = new Lists(reads);
    const small = new SmallTables(reads);
    return {
      recordsOf: (...asked) => lists.recordsOf(...asked),
      read: async (keys, look) => {
        const client = await reads.connect();
        let broken = true;
        try {
          const set = new GroupSet(noNode, numbers);
          await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
          await new Loader(client, set).load(keys, 'none');
          await client.query('COMMIT');
          broken = false;
          return look(new LoadedState(set, keys));
        } finally {
          client.release(broken);
        }
      },
      cursor: (cursor) => small.cursor(cursor),
      counts: () => lists.counts(),
      close: () => connections.end(),
    };
  } catch (error) {
    await connections.end();
    throw openingError(name, error);
  }
}

async function requireNewest(pool: Pick<ReturnType<typeof connect>['reads'], 'query'>, name: string): Promise<void> {
  const { rows: found } = await pool.query<{ there: boolean }>(`SELECT to_regclass('migrations') IS NOT NULL AS there`);
  if (!found[0]?.there) throw new StoreError(`${name} holds no tables of ours. Name the database of a hub`);
  const { rows: applied } = await pool.query<Applied>(
    'SELECT version::int, name, checksum FROM migrations ORDER BY version',
  );
  if (missingMigrations(name, applied, readMigrations(migrationsFolder('postgres'))).length > 0)
    throw new StoreError(`${name} has an older schema. Run "syncline migrate" first`);
}
