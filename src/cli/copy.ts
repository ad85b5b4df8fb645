// syncline copy: from a SQLite file to PostgreSQL, where the hub goes on.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { database } from '../config-fields.ts';
import type { DatabaseSetup } from '../core/open-store.ts';
import { DatabaseOwned } from '../store/errors.ts';
import { exitCodes, Failure, WrongUsage } from './failure.ts';
import { answer, type Common, type Io, remark } from './io.ts';
import { showProgress } from './progress.ts';
import { readConfig } from './reach.ts';

export interface CopyOptions extends Common {
  from?: string;
  to: string;
}

export async function copy(options: CopyOptions, io: Io): Promise<number> {
  const from =
    options.from === undefined ? (await readConfig(options, io)).database : readDatabase('--from', options.from, io);
  const to = readDatabase('--to', options.to, io);
  if (from.engine !== 'sqlite' || to.engine !== 'postgres')
    throw new WrongUsage('a copy goes from sqlite:<path> to postgres://…, and no other way');
  const path = resolve(io.folder, from.path);
  if (!existsSync(path)) throw new Failure(`there is no database ${path}`);
  const { copyToPostgres } = await import('../store/copy/copy.ts');
  const progress = showProgress(io, options, `copying ${path} to ${to.name}`);
  const copied = await copyToPostgres({ from: path, to: to.url, now: io.clock.now, progress: progress.at })
    .catch((error: unknown) => {
      throw error instanceof DatabaseOwned ? new Failure(`a hub runs on ${path}; stop it, then copy`) : error;
    })
    .finally(progress.end);
  const { rows, resumed, epoch, head } = copied;
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  answer(io, options, { from: path, to: to.name, rows, resumed, epoch, head }, [
    `${to.name} holds everything of ${path}: ${total} rows, compared one by one${resumed ? '; an earlier copy went on' : ''}`,
    ...Object.entries(rows).flatMap(([table, count]) => (count > 0 ? [`  ${table} ${count}`] : [])),
  ]);
  remark(
    io,
    options,
    `write "database: ${asWritten(options.to)}" into the configuration and start the hub; positions and cursors stay valid`,
  );
  return exitCodes.ok;
}

/** The name of the variable that holds it, if it was said so. */
const variableOf = (said: string) => /^env:(\w+)$/.exec(said)?.[1];

/** As the configuration would say it, where a password is not repeated. */
function asWritten(said: string): string {
  const variable = variableOf(said);
  return variable === undefined ? 'postgres://…' : `\${${variable}}`;
}

function readDatabase(option: string, said: string, io: Io): DatabaseSetup {
  const name = variableOf(said);
  const address = name === undefined ? said : io.env[name];
  if (address === undefined) throw new WrongUsage(`${option}: the environment has no variable ${name}`);
  const read = database().safeParse(address);
  if (read.success) return read.data;
  throw new WrongUsage(`${option}: ${read.error.issues.map(({ message }) => message).join('; ')}`);
}
