// Reads what decisions are about, and locks it: the rows of the records, always in the order of their numbers.

import { decisionKey } from '../draft.ts';
import { type Cells, recordColumns, recordRow } from '../engine/cells.ts';
import { kindOf, threeParts, twoParts } from '../engine/keys.ts';
import { recordNoOf } from '../engine/view.ts';
import type { IntakeKeyRow } from '../rows.ts';
import type { Key } from '../store.ts';
import { afterReplica, bulkColumns, claimedCell, replicaColumns, replicaRow } from './cells.ts';
import { decisionColumns, decisionRow } from './decisions.ts';
import type { RecordEntry, ReplicaEntry } from './entry.ts';
import type { GroupSet } from './group-set.ts';
import { answer, lockStores, writeReturns } from './return-tables.ts';
import { type Runner, rows, type Statement } from './session.ts';

/** wait: in the order of the numbers, so that nobody waits for each other · skip: take what is free · none: only look */
export type Locking = 'wait' | 'skip' | 'none';

/** Two tables have columns of one name. */
const renamed = (column: string): string => `${column} AS ${column.replace('.', '_')}`;

const byName: Statement = {
  name: 'records-by-name',
  text: `
    SELECT 'e', k.n, r.no FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS k(s, t, e, n)
      JOIN replicas r ON r.system = k.s AND r.type = k.t AND r.external_id = k.e AND r.external_id IS NOT NULL
    UNION ALL
    SELECT 'm', k.n, m.record FROM unnest($4::text[], $5::text[], $6::text[]) WITH ORDINALITY AS k(t, f, v, n)
      JOIN match_keys m ON m.type = k.t AND m.field = k.f AND m.value = k.v`,
};
const byId: Statement = { name: 'records-by-id', text: 'SELECT id, no FROM records WHERE id = ANY($1::text[])' };

const columns = recordColumns
  .split(', ')
  .map((column) => `o.${column}`)
  .join(', ');
const lockText = (end: string): string =>
  `SELECT ${columns} FROM records o WHERE o.no = ANY($1::bigint[]) ORDER BY o.no ${end}`;
const lock: Record<Locking, Statement> = {
  wait: { name: 'lock-records', text: lockText('FOR UPDATE OF o') },
  skip: { name: 'lock-free-records', text: lockText('FOR UPDATE OF o SKIP LOCKED') },
  none: { name: 'read-records', text: lockText('') },
};

/** Record by record, so that no guess about their number makes it read the whole table. */
const replicasOf: Statement = {
  name: 'replicas-of',
  text: `
    SELECT f.* FROM unnest($1::bigint[]) AS k(no) CROSS JOIN LATERAL (
      SELECT ${[...replicaColumns.map((column) => `r.${column}`), ...bulkColumns.map(renamed)].join(', ')}
      FROM replicas r LEFT JOIN images i ON i.replica = r.no LEFT JOIN in_flight f ON f.replica = r.no
      WHERE r.no >= k.no * 1024 AND r.no < (k.no + 1) * 1024 ORDER BY r.no LIMIT 1024
    ) AS f`,
};

const intakeKeys: Statement = {
  name: 'intake-keys',
  text: `
    SELECT i.system, i.key, i.fingerprint, i.answer, i.at FROM unnest($1::text[], $2::text[]) AS k(s, k)
      JOIN intake_keys i ON i.system = k.s AND i.key = k.k`,
};

const newestDecisions: Statement = {
  name: 'newest-decisions',
  text: `
    SELECT d.* FROM unnest($1::text[]) AS k(subject) CROSS JOIN LATERAL (
      SELECT ${decisionColumns} FROM decisions WHERE decisions.subject = k.subject ORDER BY no DESC LIMIT 1
    ) AS d`,
};

const lowestCreates: Statement = {
  name: 'lowest-creates',
  text: `
    SELECT k.s, k.t, (SELECT min(f.seq) FROM in_flight f WHERE f.system = k.s AND f.type = k.t AND f.op = 'create')
    FROM unnest($1::text[], $2::text[]) AS k(s, t)`,
};

const parkedOn: Statement = {
  name: 'parked-on',
  text: `
    SELECT k.r, k.s, r.no FROM unnest($1::text[], $2::text[]) AS k(r, s)
      JOIN replicas r ON r.parked_on = k.r AND r.system = k.s AND r.parked_on IS NOT NULL
    WHERE r.state = 'parked'`,
};

export class Loader {
  readonly #runner: Runner;
  readonly #set: GroupSet;
  /** Numbers of records that another transaction has. */
  readonly #taken = new Set<number>();
  readonly #takenKeys = new Set<Key>();
  /** Number of the replica or record that a key names, as the database has it. */
  readonly #storedAs = new Map<Key, number>();

  constructor(runner: Runner, set: GroupSet) {
    this.#runner = runner;
    this.#set = set;
  }

  /** Whether another transaction has what the key names, or one that waits for it. */
  isTaken(key: Key): boolean {
    return this.#takenKeys.has(key);
  }

  /** @param more numbers of records beside those that the keys name */
  async load(keys: Iterable<Key>, locking: Locking, more: readonly number[] = []): Promise<void> {
    const asked = [...keys].filter((key) => !this.#set.loaded.has(key));
    const ids = asked.filter((key) => kindOf(key) === 'record' && !this.#set.record(key));
    const named = asked.filter((key) => kindOf(key) === 'ext' || kindOf(key) === 'match');
    const [found, names] = await Promise.all([this.#numbersOf(ids), this.#lookUp(named)]);
    await this.#lock([...found, ...names.values(), ...more], locking);
    await Promise.all([this.#learnNames(named, names, locking), this.#intakeKeys(asked), this.#decisions(asked)]);
    await this.#queries(asked, locking);
    for (const key of asked) this.#set.loaded.add(key);
    if (this.#taken.size > 0) this.#noteTaken(asked);
  }

  async #numbersOf(ids: readonly Key[]): Promise<number[]> {
    if (ids.length === 0) return [];
    const found = (await rows(this.#runner, byId, [ids])) as [Key, number][];
    for (const [id, no] of found) this.#storedAs.set(id, no);
    return found.map(([, no]) => no);
  }

  /** What was looked up before its record was locked may have moved: it is looked up again. */
  async #learnNames(named: readonly Key[], before: ReadonlyMap<Key, number>, locking: Locking): Promise<void> {
    if (named.length === 0) return;
    let names = before;
    if (locking !== 'none' && before.size > 0) {
      names = await this.#lookUp(named);
      const unlocked = [...names.values()].filter((no) => !this.#set.recordByNo(no));
      if (unlocked.length > 0) await this.#lock(unlocked, 'skip');
    }
    for (const key of named) {
      const no = this.#storedAs.get(key);
      if (names.has(key) && no !== undefined) this.#set.storedNames.set(key, no);
    }
  }

  /** @returns the number of the record for each key that names one */
  async #lookUp(named: readonly Key[]): Promise<Map<Key, number>> {
    const found = new Map<Key, number>();
    if (named.length === 0) return found;
    const external = named.filter((key) => kindOf(key) === 'ext');
    const match = named.filter((key) => kindOf(key) === 'match');
    for (const key of named) this.#storedAs.delete(key);
    const values = [...turned(external.map(threeParts)), ...turned(match.map(threeParts))];
    for (const [kind, place, no] of (await rows(this.#runner, byName, values)) as [string, number, number][]) {
      const key = (kind === 'e' ? external : match)[place - 1] as Key;
      this.#storedAs.set(key, no);
      found.set(key, kind === 'e' ? recordNoOf(no) : no);
    }
    return found;
  }

  async #lock(numbers: readonly number[], locking: Locking): Promise<void> {
    const wanted = [...new Set(numbers)].filter((no) => !this.#set.recordByNo(no));
    if (wanted.length === 0) return;
    const locked = await rows(this.#runner, lock[locking], [wanted]);
    for (const cells of locked) this.#set.add(recordEntry(cells));
    const got = wanted.filter((no) => this.#set.recordByNo(no));
    for (const no of wanted) if (!this.#set.recordByNo(no)) this.#taken.add(no);
    if (got.length > 0) for (const cells of await rows(this.#runner, replicasOf, [got])) this.#addReplica(cells);
  }

  #addReplica(cells: Cells): void {
    const of = this.#set.recordByNo(recordNoOf(cells[0] as number));
    if (!of) return;
    const row = replicaRow(of.row.id, cells);
    const claimed = cells[claimedCell] as number;
    const unread = { image: undefined, imageDirty: false, flight: undefined, flightDirty: false };
    const entry: ReplicaEntry = {
      no: cells[0] as number,
      of,
      row,
      claimed,
      stored: { row, claimed },
      dirty: false,
      bulk: cells.slice(afterReplica),
      ...unread,
    };
    of.replicas.set(row.system, entry);
  }

  async #intakeKeys(asked: readonly Key[]): Promise<void> {
    const keys = asked.filter((key) => kindOf(key) === 'key');
    if (keys.length === 0) return;
    const parts = keys.map(twoParts);
    const values = [parts.map(([system]) => system), parts.map(([, key]) => key)];
    for (const key of keys) this.#set.intakeKeys.set(key, null);
    for (const [system, key, fingerprint, answer, at] of (await rows(this.#runner, intakeKeys, values)) as [
      string,
      string,
      string,
      string,
      number,
    ][]) {
      const row: IntakeKeyRow = { system, key, fingerprint, answer, at };
      this.#set.intakeKeys.set(`key:${system}:${key}`, row);
    }
  }

  async #decisions(asked: readonly Key[]): Promise<void> {
    const subjects = asked.filter((key) => kindOf(key) === 'decision').map((key) => key.slice(decisionKey('').length));
    if (subjects.length === 0) return;
    for (const cells of await rows(this.#runner, newestDecisions, [subjects])) {
      const row = decisionRow(cells);
      // One that the group has made itself is newer.
      if (!this.#set.decisions.has(row.subject)) this.#set.decisions.set(row.subject, row);
    }
  }

  /** After the locks of the records, and behind what the group itself has written. */
  async #queries(asked: readonly Key[], locking: Locking): Promise<void> {
    const keys = asked.filter((key) => kindOf(key) === 'query');
    if (keys.length === 0) return;
    await Promise.all(writeReturns(this.#runner, this.#set.takeReturnWrites()));
    const ofStores = keys.filter((key) => key.startsWith('store:'));
    if (locking !== 'none') for (const key of await lockStores(this.#runner, ofStores)) this.#takenKeys.add(key);
    await Promise.all(
      keys.map(async (key) => {
        if (!this.#set.answers.has(key)) this.#set.answers.set(key, await answer(this.#runner, key));
      }),
    );
  }

  #noteTaken(asked: readonly Key[]): void {
    for (const key of asked) {
      const no = this.#storedAs.get(key);
      if (no !== undefined && this.#taken.has(kindOf(key) === 'ext' ? recordNoOf(no) : no)) this.#takenKeys.add(key);
    }
  }

  async loadCreates(names: ReadonlySet<string>): Promise<void> {
    if (names.size === 0) return;
    for (const [system, type, lowest] of await rows(this.#runner, lowestCreates, pairs(names)))
      this.#set.creates.set(`${system} ${type}`, lowest as number | null);
  }

  /** Whoever is parked there is locked too, since it is written; the name is taken when one of them is. */
  async loadWaiters(names: ReadonlySet<string>): Promise<void> {
    if (names.size === 0) return;
    const found = (await rows(this.#runner, parkedOn, pairs(names))) as [string, string, number][];
    await this.#lock(
      found.map(([, , no]) => recordNoOf(no)),
      'skip',
    );
    for (const name of names) this.#set.waiters.set(name, []);
    for (const [record, system, no] of found) {
      const name = `${record} ${system}`;
      this.#set.waiters.get(name)?.push(no);
      if (this.#taken.has(recordNoOf(no))) this.#takenKeys.add(name);
    }
  }
}

function recordEntry(cells: Cells): RecordEntry {
  const row = recordRow(cells);
  return {
    no: cells[0] as number,
    row,
    lastChange: cells[8] as number,
    stored: row,
    dirty: false,
    replicas: new Map(),
    view: undefined,
  };
}

/** Rows of three into three columns. */
function turned(parts: readonly [string, string, string][]): [string[], string[], string[]] {
  return [parts.map(([a]) => a), parts.map(([, b]) => b), parts.map(([, , c]) => c)];
}

/** `a b` into two columns. */
function pairs(names: ReadonlySet<string>): [string[], string[]] {
  const parts = [...names].map((name) => name.split(' ') as [string, string]);
  return [parts.map(([a]) => a), parts.map(([, b]) => b)];
}
