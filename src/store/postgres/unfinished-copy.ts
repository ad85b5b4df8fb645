// The mark that a copy of another database leaves until it is done: no hub may begin to work on half of the data.
import { StoreError } from '../errors.ts';
import { one, type Runner } from './session.ts';

const statement = { name: 'copy-mark', text: `SELECT value FROM meta WHERE name = 'copy'` };

/** @returns the mark, as the copy wrote it */
export const unfinishedCopy = async (runner: Runner): Promise<string | undefined> =>
  (await one(runner, statement)) as string | undefined;

/** @throws StoreError */
export async function refuseUnfinishedCopy(runner: Runner, name: string): Promise<void> {
  if ((await unfinishedCopy(runner)) === undefined) return;
  throw new StoreError(
    `${name} holds an unfinished copy of another database. Run "syncline copy" again: it goes on where it stopped`,
  );
}
