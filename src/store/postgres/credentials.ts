// Sealed tokens and sessions, one row a system; the node that renews one has a lease on its row, by the clock of the database.
import type { CredentialRow, Credentials, RenewalRight } from '../credentials.ts';
import { databaseNow, type Runner, rows, run } from './session.ts';

const columns = `version, sealed, ${databaseNow} - written_at`;
const read = { name: 'credential', text: `SELECT ${columns} FROM credentials WHERE system = $1` };
/** One statement: whoever waits for it sees what the one before has written. */
const begin = {
  name: 'begin-renewal',
  text: `
    INSERT INTO credentials AS kept (system, version, sealed, written_at, holder, held_until, begun)
    VALUES ($1, 0, '', 0, $2, ${databaseNow} + $3, 1)
    ON CONFLICT (system) DO UPDATE
    SET holder = excluded.holder, held_until = excluded.held_until, begun = kept.begun + 1
    WHERE kept.holder IN ('', excluded.holder) OR kept.held_until <= ${databaseNow}
    RETURNING ${columns}, begun`,
};
const write = {
  name: 'write-credential',
  text: `
    UPDATE credentials
    SET version = version + 1, sealed = $2, written_at = ${databaseNow}, holder = '', held_until = 0, begun = 0
    WHERE system = $1 AND version = $3`,
};
const end = {
  name: 'end-renewal',
  text: `
    UPDATE credentials SET holder = '', held_until = 0, begun = greatest(0, begun - 1)
    WHERE system = $1 AND holder = $2`,
};

/** @param node id of this process among the others, as of now */
export const credentialsIn = (runner: Runner, node: () => string): Credentials => ({
  read: async (system) => {
    const [cells] = await rows(runner, read, [system]);
    return cells && rowOf(cells);
  },
  begin: async (system, ms): Promise<RenewalRight | undefined> => {
    const [cells] = await rows(runner, begin, [system, node(), ms]);
    return cells && { ...rowOf(cells), begun: cells[3] as number };
  },
  write: async (system, sealed, over) => (await run(runner, write, [system, sealed, over])) > 0,
  end: async (system) => {
    await run(runner, end, [system, node()]);
  },
});

const rowOf = ([version, sealed, age]: readonly unknown[]): CredentialRow =>
  ({ version, sealed, age }) as CredentialRow;
