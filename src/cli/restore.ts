// syncline restore: makes the configured database of a backup, where none is yet.
import { resolve } from 'node:path';
import { cliActor, userOf } from './actor.ts';
import { exitCodes } from './failure.ts';
import { answer, type Common, type Io, remark } from './io.ts';
import { showProgress } from './progress.ts';
import { readConfig } from './reach.ts';

export async function restoreBackup(from: string, options: Common, io: Io): Promise<number> {
  const { path } = (await readConfig(options, io)).database;
  const backup = resolve(io.folder, from);
  const { restore } = await import('../store/sqlite/restore.ts');
  const deed = {
    at: io.clock.now(),
    actor: cliActor,
    action: 'store.restore',
    target: backup,
    recordId: null,
    detail: userOf(io),
  };
  const progress = showProgress(io, options, `restoring ${path} from ${backup}`);
  const { epoch } = await restore(backup, path, io.random, deed).finally(progress.end);
  answer(io, options, { path, backup, epoch }, [`${path} is restored from ${backup}`]);
  remark(
    io,
    options,
    'readers of feeds and changes are told by 410 to begin again: their positions are of another epoch',
  );
  return exitCodes.ok;
}
