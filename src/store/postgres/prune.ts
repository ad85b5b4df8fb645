// Removes what is past its retention, a slice at a time.
import type { Pool } from 'pg';
import { prunedChanges } from '../engine/pruned.ts';
import { one, run, type Statement } from './session.ts';

export interface Retention {
  changes: number;
  intakeKeys: number;
  attempts: number;
  deadLetters: number;
}

// These tables grow in the order of time: their oldest rows have the lowest numbers.
const oldest = (table: string, number: string, time: string, more = ''): Statement => ({
  name: `prune-${table}`,
  text: `
    DELETE FROM ${table} WHERE ${number} IN
      (SELECT ${number} FROM (SELECT ${number}, ${time} FROM ${table} ORDER BY ${number} LIMIT $1) AS first
       WHERE ${time} < $2) ${more}`,
});

// The newest change stays: it says how far the numbers have come.
const changes = oldest('changes', 'seq', 'recorded_at', 'AND seq < (SELECT max(seq) FROM changes) RETURNING seq, op');
/** Whoever reads the stream is told that something is gone. */
const pruneChanges: Statement = {
  name: changes.name,
  text: `
    WITH gone AS (${changes.text}), mark AS (
      INSERT INTO cursors (name, value)
        SELECT '${prunedChanges}', max(seq)::text FROM gone WHERE op <> 'none' HAVING max(seq) IS NOT NULL
      ON CONFLICT (name) DO UPDATE SET value = greatest(cursors.value::bigint, excluded.value::bigint)::text
    )
    SELECT count(*) FROM gone`,
};

const steps: { of: keyof Retention; remove: Statement }[] = [
  { of: 'intakeKeys', remove: oldest('intake_keys', 'no', 'at') },
  { of: 'attempts', remove: oldest('attempts', 'no', 'at') },
  {
    of: 'deadLetters',
    remove: {
      name: 'prune-dead_letters',
      text: `
        DELETE FROM dead_letters WHERE no IN
          (SELECT no FROM dead_letters WHERE closed_at IS NOT NULL ORDER BY closed_at LIMIT $1) AND closed_at < $2`,
    },
  },
];

/**
 * @param limit rows of each table
 * @returns rows removed
 */
export async function pruneSlice(pool: Pool, now: number, keep: Retention, limit: number): Promise<number> {
  let removed = Number(await one(pool, pruneChanges, [limit, now - keep.changes]));
  for (const { of, remove } of steps) removed += await run(pool, remove, [limit, now - keep[of]]);
  return removed;
}
