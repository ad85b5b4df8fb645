// Lists over the big tables: every one pages by a key, and none reads more rows in one go than it says.
import type { RecordType } from '../../model/records.ts';
import { type Cells, changeColumns, changeRow, recordColumns, recordRow } from '../engine/cells.ts';
import type { ChangeRow, RecordRow } from '../rows.ts';
import type { FeedRow, OldestBehind, Page, ReplicaCount } from '../store.ts';
import { afterReplica, replicaColumns, replicaRow } from './cells.ts';
import type { Connection } from './connection.ts';

/** Rows looked through in one go when few of them may be wanted. */
const stretch = 5_000;

const changeCellsOfOne = changeColumns
  .split(', ')
  .map((column) => `c.${column}`)
  .join(', ');
const replicaCellsOfOne = replicaColumns.map((column) => `r.${column}`).join(', ');

export const feedQuery = (typed: boolean): string => `
  SELECT ${replicaCellsOfOne}, r.type, o.id, coalesce(c.recorded_at, o.updated_at)
  FROM replicas r JOIN records o ON o.no = r.no / 1024 LEFT JOIN changes c ON c.seq = r.wanted_seq
  WHERE r.system = ? AND r.wanted_seq > ? AND r.state = 'behind' AND r.due_at IS NULL AND r.claimed = 0
  ${typed ? 'AND r.type = ?' : ''} ORDER BY r.wanted_seq LIMIT ?`;

export const oldestQuery = `
  SELECT o.id, r.behind_since FROM replicas r JOIN records o ON o.no = r.no / 1024
  WHERE r.system = ? AND r.type = ? AND r.state IN ('behind', 'parked', 'unclear') AND r.claimed = 0
  AND r.behind_since IS NOT NULL
  ORDER BY r.behind_since LIMIT 1`;

type Oldest = Pick<OldestBehind, 'recordId' | 'since'>;

const lagging: ReadonlySet<string> = new Set(['behind', 'parked', 'unclear']);

export class Lists {
  readonly #nextChange;
  readonly #changes;
  readonly #feed;
  readonly #feedOfType;
  readonly #oldest;
  readonly #recordsOf;
  readonly #replicas;

  constructor(db: Connection) {
    this.#nextChange = db
      .prepare<[number], number>('SELECT seq FROM changes WHERE seq > ? ORDER BY seq LIMIT 1')
      .pluck();
    this.#changes = db
      .prepare<[number, number, string | null, string | null, number], Cells>(
        `SELECT ${changeCellsOfOne}, o.id FROM changes c CROSS JOIN records o ON o.no = c.record
         WHERE c.seq >= ? AND c.seq <= ? AND c.op <> 'none' AND c.type = coalesce(?, c.type)
         AND c.source = coalesce(?, c.source) ORDER BY c.seq LIMIT ?`,
      )
      .raw();
    this.#feed = db.prepare<unknown[], Cells>(feedQuery(false)).raw();
    this.#feedOfType = db.prepare<unknown[], Cells>(feedQuery(true)).raw();
    this.#oldest = db.prepare<[string, string], [string, number]>(oldestQuery).raw();
    this.#recordsOf = db
      .prepare<[string, number, number], Cells>(
        `SELECT ${recordColumns} FROM records WHERE type = ? AND no > ? ORDER BY no LIMIT ?`,
      )
      .raw();
    this.#replicas = db
      .prepare<[number, number], [number, string, string, string | null, string]>(
        `SELECT r.no, r.system, r.type, r.mapping, o.id FROM replicas r CROSS JOIN records o ON o.no = r.no / 1024
         WHERE r.no > ? ORDER BY r.no LIMIT ?`,
      )
      .raw();
  }

  /** Other work of the thread goes on between two stretches. */
  async changesAfter(
    after: number,
    limit: number,
    filter: { type?: RecordType; source?: string },
  ): Promise<ChangeRow[]> {
    const found: ChangeRow[] = [];
    const { type = null, source = null } = filter;
    for (let from = this.#nextChange.get(after); from !== undefined && found.length < limit; ) {
      const until = from + stretch;
      const rows = this.#changes.all(from, until, type, source, limit - found.length);
      for (const cells of rows) found.push(changeRow(cells[14] as string, cells));
      from = this.#nextChange.get(until);
      if (from !== undefined && found.length < limit) await turn();
    }
    return found;
  }

  feed(system: string, after: number, limit: number, type: RecordType | undefined): FeedRow[] {
    const rows = type ? this.#feedOfType.all(system, after, type, limit) : this.#feed.all(system, after, limit);
    return rows.map((cells) => ({
      replica: replicaRow(cells[afterReplica + 1] as string, system, cells[afterReplica] as RecordType, cells),
      changedAt: cells[afterReplica + 2] as number,
    }));
  }

  /** @param claimed the oldest one that is claimed: the index does not show those */
  oldestBehind(
    counts: readonly ReplicaCount[],
    claimed: (system: string, type: RecordType) => Oldest | undefined,
  ): OldestBehind[] {
    const pairs = new Map<string, { system: string; type: RecordType }>();
    for (const { system, type, state } of counts)
      if (lagging.has(state)) pairs.set(`${system} ${type}`, { system, type });
    return [...pairs.values()].flatMap(({ system, type }) => {
      const found = earlier(this.#oldestUnclaimed(system, type), claimed(system, type));
      return found ? [{ system, type, ...found }] : [];
    });
  }

  #oldestUnclaimed(system: string, type: string): Oldest | undefined {
    const found = this.#oldest.get(system, type);
    return found && { recordId: found[0], since: found[1] };
  }

  /** In the order in which they were made. */
  recordsOf(type: RecordType, limit: number, after: string | null): Page<RecordRow> {
    const rows = this.#recordsOf.all(type, position(after), limit + 1);
    const items = rows.slice(0, limit);
    return { items: items.map(recordRow), next: rows.length > limit ? String(items.at(-1)?.[0]) : null };
  }

  /** Looks at one stretch of the replicas, so that the next page may be there although this one is empty. */
  outdated(wanted: { system: string; type: RecordType; digest: string }, after: string | null, limit: number) {
    const records: string[] = [];
    const rows = this.#replicas.all(position(after), stretch);
    let last: number | undefined;
    for (const [no, system, type, mapping, id] of rows) {
      if (records.length === limit) return { records, next: String(last) };
      if (system === wanted.system && type === wanted.type && mapping !== wanted.digest) records.push(id);
      last = no;
    }
    return { records, next: rows.length < stretch ? null : String(last) };
  }
}

function earlier(a: Oldest | undefined, b: Oldest | undefined): Oldest | undefined {
  return a && b ? (b.since < a.since ? b : a) : (a ?? b);
}

/** @throws RangeError when it is none of ours */
function position(after: string | null): number {
  const no = Number(after ?? 0);
  if (!Number.isSafeInteger(no) || no < 0) throw new RangeError(`${after} is no position in this list`);
  return no;
}

const turn = (): Promise<void> => new Promise((resume) => setImmediate(resume));
