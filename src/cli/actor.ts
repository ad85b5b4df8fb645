// Whom the audit names for what was done to the database file itself.
import type { Io } from './io.ts';

export const cliActor = 'cli';

/** The machine's user, as far as the environment tells. */
export function userOf({ env }: Pick<Io, 'env'>): { user?: string } {
  const user = env.SUDO_USER ?? env.USER ?? env.LOGNAME;
  return user === undefined ? {} : { user };
}
