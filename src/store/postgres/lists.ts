// Lists over the big tables: every one pages by a key, and reads no more rows in one go than it says.
import type { Pool } from 'pg';
import { type RecordType, recordTypes } from '../../model/record-types.ts';
import { changeColumns, changeRow, recordColumns, recordRow } from '../engine/cells.ts';
import type { ChangeRow, InFlightRow, RecordRow } from '../rows.ts';
import type { FeedRow, OldestBehind, Page, ReplicaCount } from '../store.ts';
import { afterReplica, bulkColumns, flightIn, replicaColumns, replicaRow } from './cells.ts';
import { horizon } from './numbers.ts';
import { databaseNow, rows, type Statement } from './session.ts';

/** Rows looked through in one go when few of them may be wanted. */
const stretch = 5_000;

const columnsOf = (table: string, columns: readonly string[]): string =>
  columns.map((column) => `${table}.${column}`).join(', ');
const changeCellsOfOne = columnsOf('c', changeColumns.split(', '));
const replicaCellsOfOne = columnsOf('r', replicaColumns);

/** Readers stop at the horizon: whoever is behind it may still commit something that stands before it. */
export const changesQuery: Statement = {
  name: 'changes',
  text: `
    SELECT ${changeCellsOfOne}, o.id FROM changes c JOIN records o ON o.no = c.record
    WHERE c.seq > $1 AND c.seq <= ${horizon} AND c.op <> 'none' AND ($2::text IS NULL OR c.type = $2)
      AND ($3::text IS NULL OR c.source = $3)
    ORDER BY c.seq LIMIT $4`,
};

export const feedQuery: Statement = {
  name: 'feed',
  text: `
    SELECT ${replicaCellsOfOne}, o.id, coalesce(c.recorded_at, o.updated_at)
    FROM replicas r JOIN records o ON o.no = r.no / 1024 LEFT JOIN changes c ON c.seq = r.wanted_seq
    WHERE r.system = $1 AND r.wanted_seq > $2 AND r.wanted_seq <= ${horizon}
      AND r.state = 'behind' AND r.due_at IS NULL AND r.claimed = 0
      AND ($3::text IS NULL OR r.type = $3)
    ORDER BY r.wanted_seq LIMIT $4`,
};

/** What is claimed is not in the index of the lag, and there is never much of it. */
export const oldestQuery: Statement = {
  name: 'oldest',
  text: `
    SELECT k.s, k.t, o.id, f.since FROM unnest($1::text[], $2::text[]) AS k(s, t) CROSS JOIN LATERAL (
      (SELECT r.no, r.behind_since AS since FROM replicas r
        WHERE r.system = k.s AND r.type = k.t AND r.state IN ('behind', 'parked', 'unclear') AND r.claimed = 0
          AND r.behind_since IS NOT NULL
        ORDER BY r.behind_since LIMIT 1)
      UNION ALL
      (SELECT r.no, r.behind_since FROM replicas r
        WHERE r.claimed > 0 AND r.system = k.s AND r.type = k.t AND r.behind_since IS NOT NULL
        ORDER BY r.behind_since LIMIT 1)
      ORDER BY since LIMIT 1
    ) AS f JOIN records o ON o.no = f.no / 1024`,
};

const countsQuery: Statement = {
  name: 'counts',
  text: `
    SELECT system, type, state, sum(count)::bigint FROM replica_counts
    GROUP BY system, type, state HAVING sum(count) > 0`,
};

export const recordsQuery: Statement = {
  name: 'records-of',
  text: `SELECT ${recordColumns} FROM records WHERE type = $1 AND no > $2 ORDER BY no LIMIT $3`,
};

const replicasQuery: Statement = {
  name: 'replicas-after',
  text: `
    SELECT r.no, r.system, r.type, r.mapping, o.id FROM replicas r JOIN records o ON o.no = r.no / 1024
    WHERE r.no > $1 ORDER BY r.no LIMIT $2`,
};

const servedQuery: Statement = {
  name: 'served',
  text: `
    SELECT o.id FROM in_flight f JOIN records o ON o.no = f.replica / 1024
    WHERE f.system = $1 AND f.seq <= $2 AND f.type = ANY($3::text[]) ORDER BY f.seq LIMIT $4`,
};

/** Of nodes that live, only this one's. */
const unsettledQuery: Statement = {
  name: 'unsettled',
  text: `
    SELECT ${replicaCellsOfOne}, ${bulkColumns.join(', ')}, o.id
    FROM in_flight f JOIN replicas r ON r.no = f.replica JOIN records o ON o.no = r.no / 1024
      LEFT JOIN images i ON false
    WHERE f.replica > $2 AND (r.claimed = 0 OR r.claimed = $1
      OR NOT EXISTS (SELECT FROM nodes n WHERE n.no = r.claimed AND n.lease_until > ${databaseNow}))
    ORDER BY f.replica LIMIT $3`,
};

const lagging: ReadonlySet<string> = new Set(['behind', 'parked', 'unclear']);

export class Lists {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async changesAfter(
    after: number,
    limit: number,
    { type = null, source = null }: { type?: RecordType | null; source?: string | null },
  ): Promise<ChangeRow[]> {
    const found = await rows(this.#pool, changesQuery, [after, type, source, limit]);
    return found.map((cells) => changeRow(cells[14] as string, cells));
  }

  async feed(system: string, after: number, limit: number, type: RecordType | undefined): Promise<FeedRow[]> {
    const found = await rows(this.#pool, feedQuery, [system, after, type ?? null, limit]);
    return found.map((cells) => ({
      replica: replicaRow(cells[afterReplica] as string, cells),
      changedAt: cells[afterReplica + 1] as number,
    }));
  }

  async counts(): Promise<ReplicaCount[]> {
    const found = await rows(this.#pool, countsQuery);
    return found.map(([system, type, state, count]) => ({ system, type, state, count }) as ReplicaCount);
  }

  async oldestBehind(): Promise<OldestBehind[]> {
    const pairs = new Map<string, [string, string]>();
    for (const { system, type, state } of await this.counts())
      if (lagging.has(state)) pairs.set(`${system} ${type}`, [system, type]);
    const values = [[...pairs.values()].map(([system]) => system), [...pairs.values()].map(([, type]) => type)];
    const found = await rows(this.#pool, oldestQuery, values);
    return found.map(([system, type, recordId, since]) => ({ system, type, recordId, since }) as OldestBehind);
  }

  /** In the order of their numbers, which is about that in which they were made. */
  async recordsOf(type: RecordType, limit: number, after: string | null): Promise<Page<RecordRow>> {
    const found = await rows(this.#pool, recordsQuery, [type, position(after), limit + 1]);
    const items = found.slice(0, limit);
    return { items: items.map(recordRow), next: found.length > limit ? String(items.at(-1)?.[0]) : null };
  }

  /** Looks at one stretch of the replicas, so that the next page may be there although this one is empty. */
  async outdated(wanted: { system: string; type: RecordType; digest: string }, after: string | null, limit: number) {
    const records: string[] = [];
    const found = (await rows(this.#pool, replicasQuery, [position(after), stretch])) as [
      number,
      string,
      string,
      string | null,
      string,
    ][];
    let last: number | undefined;
    for (const [no, system, type, mapping, id] of found) {
      if (records.length === limit) return { records, next: String(last) };
      if (system === wanted.system && type === wanted.type && mapping !== wanted.digest) records.push(id);
      last = no;
    }
    return { records, next: found.length < stretch ? null : String(last) };
  }

  async served(system: string, upTo: number, type: RecordType | undefined, limit: number): Promise<string[]> {
    const found = await rows(this.#pool, servedQuery, [system, upTo, type ? [type] : recordTypes, limit]);
    return found.map(([id]) => id as string);
  }

  async unsettled(node: number): Promise<InFlightRow[]> {
    const all: InFlightRow[] = [];
    for (let after = 0; ; ) {
      const found = await rows(this.#pool, unsettledQuery, [node, after, stretch]);
      for (const cells of found) {
        const of = replicaRow(cells.at(-1) as string, cells);
        const flight = flightIn(of, cells.slice(afterReplica));
        if (flight) all.push(flight);
      }
      if (found.length < stretch) return all;
      after = found.at(-1)?.[0] as number;
    }
  }
}

/** @throws RangeError when it is none of ours */
function position(after: string | null): number {
  const no = Number(after ?? 0);
  if (!Number.isSafeInteger(no) || no < 0) throw new RangeError(`${after} is no position in this list`);
  return no;
}
