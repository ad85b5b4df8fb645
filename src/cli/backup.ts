// syncline backup: a copy of the database, by the running hub or else from the file.
import { isAbsolute, resolve } from 'node:path';
import { cliActor, userOf } from './actor.ts';
import { exitCodes, WrongUsage } from './failure.ts';
import { answer, type Io } from './io.ts';
import { showProgress } from './progress.ts';
import { type Reaching, reach, withDatabase } from './reach.ts';

export async function backup(to: string, options: Reaching, io: Io): Promise<number> {
  if (options.url !== undefined && !isAbsolute(to))
    throw new WrongUsage(`with --url the path is one of the hub's machine; make ${to} absolute`);
  const path = resolve(io.folder, to);
  const reached = await reach(options, io);
  const progress = showProgress(io, options, `backing up to ${path}`);
  try {
    if ('hub' in reached) await reached.hub.ask('POST', '/v1/backups', { path });
    else
      await withDatabase(reached.config, io, { make: false }, async (store) => {
        const deed = { actor: cliActor, action: 'store.backup', target: path, recordId: null, detail: userOf(io) };
        const audit = [{ at: io.clock.now(), ...deed }];
        await store.transact([], () => ({ write: { audit }, answer: undefined }));
        await store.backup(path, progress.at);
      });
  } finally {
    progress.end();
  }
  answer(io, options, { path }, [`the backup is ${path}; "syncline restore ${path}" makes a database of it`]);
  return exitCodes.ok;
}
