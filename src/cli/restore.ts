// syncline restore: makes the configured database of a backup, where none is yet.
import { resolve } from 'node:path';
import { type DatabaseSetup, databaseName } from '../core/open-store.ts';
import type { AuditRow } from '../store/rows.ts';
import { cliActor, userOf } from './actor.ts';
import { exitCodes } from './failure.ts';
import { answer, type Common, type Io, remark } from './io.ts';
import { showProgress } from './progress.ts';
import { readConfig } from './reach.ts';

export async function restoreBackup(from: string, options: Common, io: Io): Promise<number> {
  const { database } = await readConfig(options, io);
  const path = databaseName(database);
  const backup = resolve(io.folder, from);
  const deed: AuditRow = {
    at: io.clock.now(),
    actor: cliActor,
    action: 'store.restore',
    target: backup,
    recordId: null,
    detail: userOf(io),
  };
  const progress = showProgress(io, options, `restoring ${path} from ${backup}`);
  const { epoch } = await restored({ backup, database, deed }, io).finally(progress.end);
  answer(io, options, { path, backup, epoch }, [`${path} is restored from ${backup}`]);
  remark(
    io,
    options,
    'readers of feeds and changes are told by 410 to begin again: their positions are of another epoch',
  );
  return exitCodes.ok;
}

async function restored(
  { backup, database, deed }: { backup: string; database: DatabaseSetup; deed: AuditRow },
  io: Io,
): Promise<{ epoch: string }> {
  if (database.engine === 'postgres')
    return (await import('../store/postgres/restore.ts')).restore(backup, database.url, io.random, deed);
  const { restore } = await import('../store/sqlite/restore.ts');
  return restore(backup, database.path, io.random, deed);
}
