// After the clock of the database was set back, while nodes run or between: nothing waits for a time that only the clock of
// before had come to.
import type { Pool } from 'pg';
import { underEarlierClock } from '../engine/set-back.ts';
import type { LastError } from '../rows.ts';
import { arrayOf } from './arrays.ts';
import { leaseMs } from './node.ts';
import { databaseNow, inTransaction, one, type Runner, rows, run, type Statement } from './session.ts';

interface SetBackParts {
  notes: Pool;
  reads: Pool;
  /** ms since 1970; the clock that due times are judged by. */
  now: () => number;
  /** Seconds of a clock that only goes forward. */
  elapsed: () => number;
}

/** ms. What the time that is known from a busy server may be wrong by; whoever waits so much longer does not mind. */
const slack = 5_000;
/** Seconds. Until every node has seen the new time, which it looks for each second, and writes by it. */
const untilAllKnow = 2;
/** Seconds. A round that takes longer would cost the node its lease; the next one goes on. */
const atMostAtOnce = 2;
/** Replicas read and written in one transaction. */
const slice = 200;

/** The latest time that a node has seen; written each second by one of them, and never lowered by it. */
const latest: Statement = { name: 'latest-time', text: `SELECT value::bigint FROM meta WHERE name = 'written'` };
/** A change that was made since tells it, too; it is not undone by what is noted below, so only a start asks for it. */
const newestChange: Statement = {
  name: 'newest-change-time',
  text: 'SELECT recorded_at FROM changes ORDER BY seq DESC LIMIT 1',
};
const note: Statement = {
  name: 'note-time',
  text: `
    INSERT INTO meta (name, value) VALUES ('written', $1::bigint::text)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE meta.value::bigint < excluded.value::bigint - 900`,
};
const systems: Statement = { name: 'systems-of-replicas', text: 'SELECT system FROM system_numbers' };
/** Its record is locked, as by whoever writes a replica; what is locked is written by somebody, and looked at a second later. */
const late: Statement = {
  name: 'late-replicas',
  text: `
    SELECT r.no, r.due_at, r.behind_since, r.last_attempt_at, r.last_error
    FROM replicas r JOIN records o ON o.no = r.no / 1024
    WHERE r.system = $1 AND r.due_at IS NOT NULL AND r.due_at >= $2 AND (r.due_at > $2 OR r.no > $3)
    ORDER BY r.due_at, r.no LIMIT ${slice} FOR UPDATE OF o SKIP LOCKED`,
};
const follow: Statement = {
  name: 'follow-clock',
  text: `
    UPDATE replicas r SET due_at = u.due_at, behind_since = u.since, last_attempt_at = u.attempt, last_error = u.error
    FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[]) AS u (no, due_at, since, attempt, error)
    WHERE r.no = u.no`,
};
/** What only named a record is fetched at once: the rows do not say how long it was meant to wait. */
const fetchNow: Statement = {
  name: 'fetch-now',
  text: 'UPDATE waiting SET due_at = $1, at = least(at, $1) WHERE due_at > $1',
};
/** Deadlines are times that people were told; what the clock of before had come to is looked at now, and again when it is due. */
const lookNow: Statement = {
  name: 'look-now',
  text: 'UPDATE timers SET due_at = $1 WHERE due_at > $1 AND due_at <= $2',
};
/** Whoever lives renews its own within a second; whoever does not would have it for as long as the clock was set back. */
const nodeLeases: Statement = {
  name: 'shorten-nodes',
  text: `UPDATE nodes SET lease_until = ${databaseNow} + $1 WHERE lease_until > ${databaseNow} + $1`,
};
const otherLeases: Statement = {
  name: 'shorten-leases',
  text: `UPDATE leases SET until = ${databaseNow} + $1 WHERE until > ${databaseNow} + $1`,
};
/** Breakers, silence and rates wait for as long as they had still to wait under the clock of before. $1 now · $2 ms set back */
const conditions: Statement = {
  name: 'follow-conditions',
  text: `
    UPDATE system_conditions SET since = least(since, $1), until = ${earlier('until', '$1', '$2')},
      quiet_until = ${earlier('quiet_until', '$1', '$2')},
      rate_until = ${earlier('rate_until', '($1 * 1000)', '($2 * 1000)')},
      last_success_at = least(last_success_at, $1), last_poll_at = least(last_poll_at, $1)`,
};
const isSeen: Statement = {
  name: 'clock-followed',
  text: `UPDATE meta SET value = $1::bigint::text WHERE name = 'written'`,
};
const holdLatest: Statement = { ...latest, name: 'hold-latest-time', text: `${latest.text} FOR UPDATE` };

function earlier(column: string, now: string, by: string): string {
  return `CASE WHEN ${column} > ${now} THEN greatest(${now}, ${column} - ${by}) ELSE ${column} END`;
}

export class SetBack {
  readonly #parts: SetBackParts;
  /** When this node first saw it, by the clock that only goes forward. */
  #seenAt: number | undefined;
  /** Where a walk through the replicas goes on. */
  #walk: AsyncGenerator<void, void> | undefined;

  constructor(parts: SetBackParts) {
    this.#parts = parts;
  }

  /** Before anything is claimed. Replicas are looked at in any case: what it says of them is no guess. */
  async followAtStart(): Promise<void> {
    const { notes, reads, now } = this.#parts;
    const changed = ((await one(notes, newestChange)) as number | undefined) ?? 0;
    const at = now();
    if (changed > at + slack) await run(notes, note, [changed]);
    for await (const _ of followReplicas(reads, at));
    await this.follow();
  }

  /** Every second; whoever ends in between leaves it to the next. What is done twice is done once. */
  async follow(): Promise<void> {
    const { notes, reads, now, elapsed } = this.#parts;
    const was = ((await one(notes, latest)) as number | undefined) ?? 0;
    const at = now();
    if (was <= at + slack) {
      this.#seenAt = undefined;
      await run(notes, note, [at]);
      return;
    }
    this.#seenAt ??= elapsed();
    await run(notes, nodeLeases, [leaseMs]);
    await run(notes, otherLeases, [leaseMs]);
    await run(notes, fetchNow, [at]);
    await run(notes, lookNow, [at, was]);
    if (!(await this.#walkOn(at))) return;
    if (elapsed() - this.#seenAt >= untilAllKnow) await inTransaction(reads, (client) => conclude(client, at));
  }

  /** @returns whether the walk has come to its end */
  async #walkOn(at: number): Promise<boolean> {
    const { reads, elapsed } = this.#parts;
    const end = elapsed() + atMostAtOnce;
    const walk = this.#walk ?? followReplicas(reads, at);
    // One that fails is not gone on with: it begins anew.
    this.#walk = undefined;
    do {
      if ((await walk.next()).done === true) return true;
    } while (elapsed() < end);
    this.#walk = walk;
    return false;
  }
}

/** From here on it was not set back, for nobody. */
async function conclude(client: Runner, at: number): Promise<void> {
  const was = (await one(client, holdLatest)) as number;
  if (was <= at + slack) return;
  await run(client, conditions, [at, was - at]);
  await run(client, isSeen, [at]);
}

/** Slice by slice; one that fails ends it, and it begins anew. */
async function* followReplicas(reads: Pool, at: number): AsyncGenerator<void, void> {
  for (const [system] of await rows(reads, systems)) yield* followSystem(reads, system as string, at);
}

async function* followSystem(reads: Pool, system: string, at: number): AsyncGenerator<void, void> {
  let last: readonly unknown[] | undefined = [Number.MAX_SAFE_INTEGER, at];
  while (last) {
    const [no, dueAt]: readonly unknown[] = last;
    last = await inTransaction(reads, async (client) => {
      const found = await rows(client, late, [system, dueAt, no]);
      await followSlice(client, found, at);
      return found.length < slice ? undefined : found.at(-1);
    });
    yield;
  }
}

async function followSlice(client: Runner, found: readonly (readonly unknown[])[], at: number): Promise<void> {
  const columns: [number[], number[], (number | null)[], (number | null)[], (string | null)[]] = [[], [], [], [], []];
  for (const [no, dueAt, behindSince, lastAttemptAt, error] of found as [number, number, number, number, string][]) {
    const lastError = error === null ? null : (JSON.parse(error) as LastError);
    const as = underEarlierClock({ dueAt, behindSince, lastAttemptAt, lastError }, at);
    if (!as) continue;
    columns[0].push(no);
    columns[1].push(as.dueAt);
    columns[2].push(as.behindSince);
    columns[3].push(as.lastAttemptAt);
    columns[4].push(as.lastError && JSON.stringify(as.lastError));
  }
  if (columns[0].length === 0) return;
  const types = ['bigint', 'bigint', 'bigint', 'bigint', 'text'] as const;
  await run(
    client,
    follow,
    types.map((type, place) => arrayOf(type, columns[place] as unknown[])),
  );
}
