// syncline migrate: brings the database to the newest schema. A hub does so by itself when it starts.
import { type DatabaseSetup, databaseName } from '../core/open-store.ts';
import { DatabaseOwned } from '../store/errors.ts';
import { exitCodes, Failure } from './failure.ts';
import { answer, type Common, type Io } from './io.ts';
import { showProgress } from './progress.ts';
import { readConfig } from './reach.ts';

export async function migrate(options: Common, io: Io): Promise<number> {
  const { database } = await readConfig(options, io);
  const path = databaseName(database);
  const progress = showProgress(io, options, `migrating ${path}`);
  try {
    const { from, to, applied } = await upgraded(database, io);
    progress.end();
    const steps = applied.map(({ version, name }) => `${String(version).padStart(4, '0')} ${name}`);
    answer(io, options, { path, from, to, applied }, [
      steps.length === 0
        ? `${path} has schema version ${to}; there was nothing to do`
        : `${path} has schema version ${to} (before: ${from}); applied ${steps.join(', ')}`,
    ]);
    return exitCodes.ok;
  } catch (error) {
    progress.end();
    if (!(error instanceof DatabaseOwned)) throw error;
    throw new Failure(
      `${path} belongs to a running hub, which brought it to the newest schema when it started; stop it to migrate by hand`,
    );
  }
}

async function upgraded(database: DatabaseSetup, io: Io) {
  if (database.engine === 'postgres') return (await import('../store/postgres/upgrade.ts')).upgrade(database.url);
  const { upgrade } = await import('../store/sqlite/upgrade.ts');
  return upgrade({ path: database.path, now: io.clock.now });
}
