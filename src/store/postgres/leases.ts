// What only one node may do at a time: leases by the database's clock, each with a token that grows with every change of hands.
import { LeaseGone } from '../errors.ts';
import type { LeaseHeld } from '../sharing.ts';
import { databaseNow, type Runner, rows, run } from './session.ts';

const take = {
  name: 'take-leases',
  text: `
    INSERT INTO leases (name, node, token, until)
    SELECT name, $2, 1, ${databaseNow} + $3 FROM unnest($1::text[]) AS name ORDER BY name
    ON CONFLICT (name) DO UPDATE SET node = excluded.node, until = excluded.until,
      token = leases.token + (CASE WHEN leases.node = excluded.node AND leases.until > ${databaseNow} THEN 0 ELSE 1 END)
    WHERE leases.node = excluded.node OR leases.until <= ${databaseNow}
    RETURNING name, token`,
};
const giveBack = { name: 'give-leases-back', text: 'UPDATE leases SET until = 0 WHERE node = $1' };
/** Whoever would take the lease over waits until this is committed. */
const saveUnder = {
  name: 'save-cursor-under-lease',
  text: `
    WITH held AS (
      SELECT name FROM leases WHERE name = $3 AND token = $4 AND until > ${databaseNow} FOR SHARE
    )
    INSERT INTO cursors (name, value) SELECT $1, $2 FROM held
    ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
};

/** @returns those that the node has now; it had them, or nobody did */
export async function takeLeases(
  runner: Runner,
  node: string,
  { names, ms }: { names: readonly string[]; ms: number },
): Promise<LeaseHeld[]> {
  if (names.length === 0) return [];
  const held = await rows(runner, take, [names, node, ms]);
  return held.map(([name, token]) => ({ name: name as string, token: token as number }));
}

export const giveLeasesBack = (runner: Runner, node: string): Promise<number> => run(runner, giveBack, [node]);

/** @throws LeaseGone */
export async function saveCursorUnder(
  runner: Runner,
  cursor: { name: string; value: string },
  lease: LeaseHeld,
): Promise<void> {
  if ((await run(runner, saveUnder, [cursor.name, cursor.value, lease.name, lease.token])) > 0) return;
  throw new LeaseGone(`another process has ${lease.name} now; ${cursor.name} was not written, it goes on there`);
}
