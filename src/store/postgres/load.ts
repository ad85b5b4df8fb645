// Reads what decisions are about, and locks it: the rows of the records, always in the order of their numbers.

import { decisionKey } from '../draft.ts';
import { type Cells, recordColumns, recordRow } from '../engine/cells.ts';
import { kindOf, threeParts, twoParts } from '../engine/keys.ts';
import { recordNoOf, systemsPerRecord } from '../engine/view.ts';
import type { IntakeKeyRow } from '../rows.ts';
import type { Key } from '../store.ts';
import { arrayOf } from './arrays.ts';
import { afterReplica, bulkColumns, claimedCell, replicaColumns, replicaRow } from './cells.ts';
import { decisionColumns, decisionRow } from './decisions.ts';
import type { RecordEntry, ReplicaEntry } from './entry.ts';
import type { GroupSet } from './group-set.ts';
import { type KnownRecords, replicaNamed, versionOf } from './known-records.ts';
import { answer, lockStores, writeReturns } from './return-tables.ts';
import { type Runner, rows, type Statement, versionIn } from './session.ts';

/** wait: in the order of the numbers, so that nobody waits for each other · skip: take what is free · none: only look */
export type Locking = 'wait' | 'skip' | 'none';

/** Two tables have columns of one name. */
const renamed = (column: string): string => `${column} AS ${column.replace('.', '_')}`;
const versions = ['r', 'i', 'f'].map((table) => `${versionIn(table)} AS ${table}_version`);
const firstVersion = afterReplica + bulkColumns.length;

const byExternal = (first: number): string => `
  unnest($${first}::text[], $${first + 1}::text[], $${first + 2}::text[]) WITH ORDINALITY AS k(s, t, e, n)
    JOIN replicas r ON r.system = k.s AND r.type = k.t AND r.external_id = k.e AND r.external_id IS NOT NULL`;
const byMatch = (first: number): string => `
  unnest($${first}::text[], $${first + 1}::text[], $${first + 2}::text[]) WITH ORDINALITY AS k(t, f, v, n)
    JOIN match_keys m ON m.type = k.t AND m.field = k.f AND m.value = k.v`;

/** Numbers of the records or replicas that keys name. */
export const namesQuery: Statement = {
  name: 'names',
  text: `
    SELECT 'r', k.n, o.no FROM unnest($1::text[]) WITH ORDINALITY AS k(id, n) JOIN records o ON o.id = k.id
    UNION ALL SELECT 'e', k.n, r.no FROM ${byExternal(2)}
    UNION ALL SELECT 'm', k.n, m.record FROM ${byMatch(5)}`,
};

/**
 * Which records a transaction has just locked is kept in a setting of it, so that what is to be read under the locks can be
 * sent together with them: a statement sees what is committed when it begins, and so has to begin when they are held.
 */
const locked = `string_to_array(current_setting('syncline.locked', true), ',')::bigint[]`;
const lockText = (end: string): string => `
  SELECT set_config('syncline.locked', coalesce(string_agg(l.no::text, ','), ''), true) FROM (
    SELECT o.no FROM records o WHERE o.no IN (
      SELECT unnest($1::bigint[])
      UNION ALL SELECT o.no FROM unnest($2::text[]) AS k(id) JOIN records o ON o.id = k.id
      UNION ALL SELECT r.no / 1024 FROM ${byExternal(3)}
      UNION ALL SELECT m.record FROM ${byMatch(6)}
    ) ORDER BY o.no ${end}
  ) AS l`;
export const lockQueries: Record<Locking, Statement> = {
  wait: { name: 'lock-records', text: lockText('FOR UPDATE OF o') },
  skip: { name: 'lock-free-records', text: lockText('FOR UPDATE OF o SKIP LOCKED') },
  none: { name: 'find-records', text: lockText('') },
};
/** What is added to the records that were locked before. */
export const alsoLocked = (numbers: string): string => `
  set_config('syncline.locked', concat_ws(',', nullif(current_setting('syncline.locked', true), ''), (${numbers})), true)`;

/** Nobody can begin to wait for a record that another transaction has. */
const isWaitedFor = 'EXISTS (SELECT FROM replicas w WHERE w.parked_on = o.id AND w.parked_on IS NOT NULL)';
const withBulk = 'r LEFT JOIN images i ON i.replica = r.no LEFT JOIN in_flight f ON f.replica = r.no';

/** Of those that were locked and are known: whether they are still what is known. As `versionOf` puts it. */
export const lockedVersionsQuery: Statement = {
  name: 'locked-versions',
  text: `
    SELECT o.no, ${isWaitedFor}, ${versionIn('o')} || coalesce((
      SELECT string_agg(concat(';', r.no, ' ', ${['r', 'i', 'f'].map(versionIn).join(`, ' ', `)}), '' ORDER BY r.no)
      FROM replicas ${withBulk} WHERE r.no >= o.no * 1024 AND r.no < (o.no + 1) * 1024
    ), '')
    FROM records o WHERE o.no = ANY(${locked}) AND o.no = ANY($1::bigint[])`,
};

/** @param $1 numbers of those to be left out */
export const lockedRecordsQuery: Statement = {
  name: 'locked-records',
  text: `
    SELECT ${recordColumns}, ${isWaitedFor}, ${versionIn('o')}
    FROM records o WHERE o.no = ANY(${locked}) AND o.no <> ALL($1::bigint[])`,
};

/** As above. Record by record, so that no guess about their number makes it read the whole table. */
export const lockedReplicasQuery: Statement = {
  name: 'locked-replicas',
  text: `
    SELECT f.* FROM (SELECT DISTINCT unnest(${locked}) AS no) AS k CROSS JOIN LATERAL (
      SELECT ${[...replicaColumns.map((column) => `r.${column}`), ...bulkColumns.map(renamed), ...versions].join(', ')}
      FROM replicas ${withBulk}
      WHERE r.no >= k.no * 1024 AND r.no < (k.no + 1) * 1024 ORDER BY r.no LIMIT 1024
    ) AS f WHERE k.no <> ALL($1::bigint[])`,
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
  readonly #known: KnownRecords | undefined;
  /** Numbers of records that another transaction has. */
  readonly #taken = new Set<number>();
  readonly #takenKeys = new Set<Key>();
  /** Number of the replica or record that a key names, as the database has it. */
  readonly #storedAs = new Map<Key, number>();

  /** @param known what need not be read again if it is still the same; for a transaction that locks what it reads */
  constructor(runner: Runner, set: GroupSet, known?: KnownRecords) {
    this.#runner = runner;
    this.#set = set;
    this.#known = known;
  }

  /** Whether another transaction has what the key names, or one that waits for it. */
  isTaken(key: Key): boolean {
    return this.#takenKeys.has(key);
  }

  /**
   * All of it is sent before the first answer: `between` may lock more by {@link alsoLocked}.
   * @param more numbers of records beside those that the keys name
   */
  async load(
    keys: Iterable<Key>,
    locking: Locking,
    { more = [], between }: { more?: readonly number[]; between?: (() => Promise<unknown>) | undefined } = {},
  ): Promise<void> {
    const asked = [...keys].filter((key) => !this.#set.loaded.has(key));
    const unread = asked.filter((key) => !this.#set.record(key));
    const known = this.#known?.take(unread) ?? new Map<Key, RecordEntry>();
    const named = namesOf(unread.filter((key) => !known.has(key)));
    const candidates = new Map([...known.values()].map((entry) => [entry.no, entry]));
    const numbers = [...new Set([...more, ...candidates.keys()])];
    const isNone = named.ids.length + named.external.length + named.match.length + numbers.length === 0;
    const [, , , found] = await Promise.all([
      isNone
        ? undefined
        : rows(this.#runner, lockQueries[locking], [arrayOf('bigint', numbers), ...arraysOfNames(named)]),
      between?.(),
      isNone && !between ? undefined : this.#readLocked(candidates),
      this.#lookUp(named),
      this.#intakeKeys(asked),
      this.#decisions(asked),
    ]);
    // What became of a name since it was looked up to be locked, or is held by another transaction.
    const unlocked = [...new Set([...found, ...numbers])].filter((no) => !this.#set.recordByNo(no));
    if (unlocked.length > 0 && locking !== 'none') await this.#lockMore(unlocked);
    this.#learnNames(named);
    const renamedSince = this.#learnKnownNames(known);
    if (renamedSince.length > 0) await this.load(renamedSince, locking);
    await this.#queries(asked, locking);
    for (const key of asked) this.#set.loaded.add(key);
    if (this.#taken.size > 0) this.#noteTaken(asked);
  }

  async #lockMore(numbers: readonly number[]): Promise<void> {
    await Promise.all([
      rows(this.#runner, lockQueries.skip, [arrayOf('bigint', numbers), ...arraysOfNames(nothing)]),
      this.#readLocked(new Map()),
    ]);
    for (const no of numbers) if (!this.#set.recordByNo(no)) this.#taken.add(no);
  }

  /** @param known by number: what is read only where it turns out to have another version */
  async #readLocked(known: ReadonlyMap<number, RecordEntry>): Promise<void> {
    const numbers = arrayOf('bigint', [...known.keys()]);
    const [compared] = await Promise.all([
      known.size === 0 ? [] : rows(this.#runner, lockedVersionsQuery, [numbers]),
      this.#readWhole(numbers),
    ]);
    let differ = false;
    for (const [no, isAwaited, version] of compared as [number, boolean, string][]) {
      const entry = known.get(no);
      if (!entry || this.#set.recordByNo(no)) continue;
      if (versionOf(entry) === version) {
        entry.isWaitedFor = isAwaited;
        this.#set.add(entry);
      } else differ = true;
    }
    const here = (): number[] => [...this.#set.all()].map(({ no }) => no);
    if (differ) await this.#readWhole(arrayOf('bigint', here()));
  }

  /** @param leftOut numbers of those that are not to be read */
  async #readWhole(leftOut: Buffer): Promise<void> {
    const [records, replicas] = await Promise.all([
      rows(this.#runner, lockedRecordsQuery, [leftOut]),
      rows(this.#runner, lockedReplicasQuery, [leftOut]),
    ]);
    const added = new Set<number>();
    for (const cells of records) {
      const no = cells[0] as number;
      // What the group has already is newer here.
      if (this.#set.recordByNo(no)) continue;
      this.#set.add(recordEntry(cells));
      added.add(no);
    }
    for (const cells of replicas) if (added.has(recordNoOf(cells[0] as number))) this.#addReplica(cells);
  }

  /** @returns numbers of the records, under the keys' names */
  async #lookUp(named: Named): Promise<number[]> {
    if (named.ids.length + named.external.length + named.match.length === 0) return [];
    const found = (await rows(this.#runner, namesQuery, arraysOfNames(named))) as [string, number, number][];
    const keys: Record<string, readonly Key[]> = { r: named.ids, e: named.external, m: named.match };
    return found.map(([kind, place, no]) => {
      this.#storedAs.set((keys[kind] as readonly Key[])[place - 1] as Key, no);
      return kind === 'e' ? recordNoOf(no) : no;
    });
  }

  #learnNames({ external, match }: Named): void {
    for (const key of [...external, ...match]) {
      const no = this.#storedAs.get(key);
      if (no !== undefined) this.#set.storedNames.set(key, no);
    }
  }

  /**
   * External ids of what was known: nobody else can have them where they are still the same.
   * @returns those that somebody else may have by now
   */
  #learnKnownNames(known: ReadonlyMap<Key, RecordEntry>): Key[] {
    const others: Key[] = [];
    for (const [key, { no }] of known) {
      this.#storedAs.set(key, kindOf(key) === 'ext' ? no * systemsPerRecord : no);
      const entry = this.#set.recordByNo(no);
      if (kindOf(key) !== 'ext' || !entry) continue;
      const replica = replicaNamed(entry, key);
      if (replica) this.#set.storedNames.set(key, replica.no);
      else others.push(key);
    }
    return others;
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
      rowVersion: cells[firstVersion] as string,
      imageVersion: (cells[firstVersion + 1] as string | null) ?? '',
      flightVersion: (cells[firstVersion + 2] as string | null) ?? '',
      bulk: cells.slice(afterReplica, firstVersion),
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
    await writeReturns(this.#runner, this.#set.takeReturnWrites());
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
  async loadWaiters(wanted: ReadonlySet<string>): Promise<void> {
    if (wanted.size === 0) return;
    const found = (await rows(this.#runner, parkedOn, pairs(wanted))) as [string, string, number][];
    const unlocked = found.map(([, , no]) => recordNoOf(no)).filter((no) => !this.#set.recordByNo(no));
    if (unlocked.length > 0) await this.#lockMore(unlocked);
    for (const name of wanted) this.#set.waiters.set(name, []);
    for (const [record, system, no] of found) {
      const name = `${record} ${system}`;
      this.#set.waiters.get(name)?.push(no);
      if (this.#taken.has(recordNoOf(no))) this.#takenKeys.add(name);
    }
  }
}

interface Named {
  ids: readonly Key[];
  external: readonly Key[];
  match: readonly Key[];
}

function namesOf(keys: readonly Key[]): Named {
  const of = (kind: ReturnType<typeof kindOf>): Key[] => keys.filter((key) => kindOf(key) === kind);
  return { ids: of('record'), external: of('ext'), match: of('match') };
}

const nothing: Named = { ids: [], external: [], match: [] };

const arraysOfNames = ({ ids, external, match }: Named): Buffer[] =>
  [ids, ...turned(external.map(threeParts)), ...turned(match.map(threeParts))].map((texts) => arrayOf('text', texts));

function recordEntry(cells: Cells): RecordEntry {
  const row = recordRow(cells);
  return {
    no: cells[0] as number,
    row,
    lastChange: cells[8] as number,
    dataLength: (cells[10] as string).length,
    isWaitedFor: cells[11] as boolean,
    stored: row,
    rowVersion: cells[12] as string,
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
