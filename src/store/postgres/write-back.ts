// Writes what a group has changed: what groups usually change in one statement, the rest in one for each table.
import { type Cells, changeColumns, recordCells, recordColumns, stampsText } from '../engine/cells.ts';
import type { Key } from '../store.ts';
import { arrayOf } from './arrays.ts';
import { flightCells, flightColumns, imageCells, imageColumns, replicaCells, replicaColumns } from './cells.ts';
import { arraysOf, deleteRows, insertRows, reworded, updateRows, type Write, writeOf } from './columns.ts';
import { decisionWrites } from './decisions.ts';
import type { ReplicaEntry } from './entry.ts';
import type { GroupSet } from './group-set.ts';
import { isChanged } from './known-records.ts';
import { lostNumbers, markingBlocks } from './numbers.ts';
import { returnWrites } from './return-tables.ts';
import { type Runner, rows, type Statement } from './session.ts';
import { smallWrites } from './small-writes.ts';

const split = (columns: string): string[] => columns.split(', ');
const replaced = (columns: readonly string[]): string =>
  columns.map((column) => `${column} = excluded.${column}`).join(', ');

const changedRecord = ['version', 'deleted', 'merged_into', 'updated_at', 'last_change', 'stamps', 'data'];
const matchColumns = ['type', 'field', 'value', 'record'];
const intakeColumns = ['system', 'key', 'fingerprint', 'answer', 'at'];
const countColumns = ['node', 'system', 'type', 'state', 'count'];

const statements = {
  newRecords: insertRows('records', split(recordColumns)),
  // Large columns that stay as they are do not cross the wire.
  records: updateRows('records', ['no'], changedRecord, {
    stamps: 'coalesce(u.stamps, t.stamps)',
    data: 'coalesce(u.data, t.data)',
  }),
  freeExternal: {
    ...reworded(deleteRows('replicas', ['no']), (text) =>
      text.replace('DELETE FROM replicas AS t USING', 'UPDATE replicas AS t SET external_id = NULL FROM'),
    ),
    name: 'free-external',
  },
  newReplicas: insertRows('replicas', replicaColumns),
  replicas: updateRows(
    'replicas',
    ['no'],
    replicaColumns.filter((column) => !['no', 'system', 'type'].includes(column)),
  ),
  images: insertRows('images', imageColumns, `ON CONFLICT (replica) DO UPDATE SET ${replaced(imageColumns.slice(1))}`),
  flights: insertRows(
    'in_flight',
    flightColumns,
    `ON CONFLICT (replica) DO UPDATE SET ${replaced(flightColumns.slice(3))}`,
  ),
  settled: deleteRows('in_flight', ['replica']),
  changes: insertRows('changes', split(changeColumns)),
  newMatches: insertRows('match_keys', matchColumns),
  matches: updateRows('match_keys', ['type', 'field', 'value'], ['record']),
  freedMatches: deleteRows('match_keys', ['type', 'field', 'value']),
  newIntakeKeys: insertRows('intake_keys', intakeColumns),
  intakeKeys: updateRows('intake_keys', ['system', 'key'], intakeColumns.slice(2)),
  counts: insertRows(
    'replica_counts',
    countColumns,
    'ON CONFLICT (node, system, type, state) DO UPDATE SET count = replica_counts.count + excluded.count',
  ),
};

/** Most groups touch most of these: they go to the server in one statement, in this order. */
const usual = [
  statements.newRecords,
  statements.records,
  statements.newReplicas,
  statements.replicas,
  statements.images,
  statements.flights,
  statements.settled,
  statements.changes,
  statements.newMatches,
  statements.newIntakeKeys,
  statements.counts,
];

/** The server runs what nothing refers to in one order always, so that two groups never wait for each other. */
export const writeGroup: Statement = (() => {
  let next = 2;
  const named = usual.map((part, place) => {
    const text = `p${place} AS (${part.from(next)})`;
    next += part.types.length;
    return text;
  });
  return { name: 'write-group', text: markingBlocks(named) };
})();

/**
 * Whatever is new under a name goes in by a plain insert: if another transaction was quicker, this one fails and looks
 * again. Rows are in the order of their names, so that two such transactions never wait for each other.
 * @param blocks of numbers that are not marked yet
 * @returns what is to be sent, in order; @throws when a row cannot be sent at all
 */
export function writesOf(set: GroupSet, blocks: readonly number[]): Write[] {
  const { inserted, updated } = parted(set.replicas);
  const freed = updated.filter(({ stored, row }) => stored?.row.externalId && stored.row.externalId !== row.externalId);
  const matches = matchCells(set);
  const intakeKeys = intakeCells(set);
  const cells: Record<keyof typeof statements, readonly Cells[]> = {
    newRecords: newRecords(set),
    records: changedRecords(set),
    freeExternal: freed.map(({ no }) => [no]),
    newReplicas: inserted.map(cellsOf),
    replicas: updated.filter(isChanged).map(changedCells),
    images: images(set.replicas),
    flights: flights(set.replicas),
    settled: settled(set.replicas),
    changes: set.changes,
    ...matches,
    ...intakeKeys,
    counts: counts(set),
  };
  const named = Object.keys(statements) as (keyof typeof statements)[];
  const isUsual = (name: keyof typeof statements): boolean => usual.includes(statements[name]);
  const columns = named.filter(isUsual).flatMap((name) => arraysOf(statements[name], cells[name]));
  const of = (name: keyof typeof statements): Write[] => writeOf(statements[name], cells[name]);
  return [
    // What is given up under a name, before what takes it.
    ...of('freeExternal'),
    ...of('freedMatches'),
    { statement: writeGroup, values: [arrayOf('bigint', blocks), ...columns] },
    ...of('matches'),
    ...of('intakeKeys'),
    ...smallWrites(set.small),
    ...decisionWrites(set.policyWrites),
    ...returnWrites(set.takeReturnWrites()),
  ];
}

/** All is sent before the first is answered. @returns the version that all rows have which were written */
export async function writeAll(runner: Runner, writes: readonly Write[]): Promise<string> {
  const answers = Promise.all(writes.map(({ statement, values }) => rows(runner, statement, values)));
  const place = writes.findIndex(({ statement }) => statement === writeGroup);
  return (await answers.catch(lostNumbers))[place]?.[0]?.[1] as string;
}

function newRecords({ records }: GroupSet): Cells[] {
  const added = records.filter(({ stored }) => stored === undefined);
  return added.sort(byNo).map((entry) => {
    const cells = recordCells(entry.no, entry.row, entry.lastChange);
    entry.dataLength = (cells.at(-1) as string).length;
    return cells;
  });
}

function changedRecords({ records }: GroupSet): Cells[] {
  return records.flatMap((entry) => {
    const { no, row, stored, lastChange } = entry;
    if (!stored) return [];
    const stamps = row.stamps === stored.stamps ? null : stampsText(row.stamps);
    const data = row.data === stored.data ? null : JSON.stringify(row.data);
    entry.dataLength = data?.length ?? entry.dataLength;
    return [[no, row.version, row.deleted ? 1 : 0, row.mergedInto, row.updatedAt, lastChange, stamps, data]];
  });
}

function parted(replicas: readonly ReplicaEntry[]): { inserted: ReplicaEntry[]; updated: ReplicaEntry[] } {
  const inserted = replicas.filter(({ stored }) => stored === undefined);
  return { inserted: inserted.sort(byExternalId), updated: replicas.filter(({ stored }) => stored !== undefined) };
}

const byNo = (a: { no: number }, b: { no: number }): number => a.no - b.no;

function byExternalId({ row: a }: ReplicaEntry, { row: b }: ReplicaEntry): number {
  return compare(`${a.system} ${a.type} ${a.externalId}`, `${b.system} ${b.type} ${b.externalId}`);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const cellsOf = ({ no, row, claimed }: ReplicaEntry): Cells => replicaCells(no, row, claimed);

/** Without system and type, which never change. */
function changedCells(replica: ReplicaEntry): Cells {
  const [no, , , ...rest] = cellsOf(replica);
  return [no, ...rest];
}

const images = (replicas: readonly ReplicaEntry[]): Cells[] =>
  replicas.flatMap(({ no, image, imageDirty }) => (imageDirty && image ? [imageCells(no, image)] : []));

const flights = (replicas: readonly ReplicaEntry[]): Cells[] =>
  replicas.flatMap(({ no, flight, flightDirty }) => (flightDirty && flight ? [flightCells(no, flight)] : []));

/** Those without a row in the database lose nothing by it. */
const settled = (replicas: readonly ReplicaEntry[]): Cells[] =>
  replicas.flatMap(({ no, flight, flightDirty }) => (flightDirty && !flight ? [[no]] : []));

function matchCells({ movedMatches, storedNames }: GroupSet) {
  const moved = byName(movedMatches);
  const set = moved.flatMap(([key, { type, field, value, record }]) =>
    record === null ? [] : [{ key, cells: [type, field, value, record] }],
  );
  const freed = moved.flatMap(([key, { type, field, value, record }]) =>
    record === null && storedNames.has(key) ? [[type, field, value]] : [],
  );
  const isStored = ({ key }: { key: Key }): boolean => storedNames.has(key);
  const cells = (all: typeof set): Cells[] => all.map((one) => one.cells);
  return {
    newMatches: cells(set.filter((one) => !isStored(one))),
    matches: cells(set.filter(isStored)),
    freedMatches: freed,
  };
}

function intakeCells({ newIntakeKeys, intakeKeys: stored }: GroupSet) {
  const rows = byName(newIntakeKeys).map(([name, { system, key, fingerprint, answer, at }]) => {
    return { isStored: (stored.get(name) ?? null) !== null, cells: [system, key, fingerprint, answer, at] };
  });
  const cells = (isStored: boolean): Cells[] => rows.filter((row) => row.isStored === isStored).map((row) => row.cells);
  return { newIntakeKeys: cells(false), intakeKeys: cells(true) };
}

const byName = <V>(named: ReadonlyMap<Key, V>): [Key, V][] => [...named].sort(([a], [b]) => compare(a, b));

function counts({ replicas, node }: GroupSet): Cells[] {
  const moved = new Map<string, { cells: [string, string, string]; count: number }>();
  const add = (cells: [string, string, string], count: number): void => {
    const name = cells.join(' ');
    const known = moved.get(name);
    if (known) known.count += count;
    else moved.set(name, { cells, count });
  };
  for (const { row, stored } of replicas) {
    if (stored?.row.state === row.state) continue;
    if (stored) add([row.system, row.type, stored.row.state], -1);
    add([row.system, row.type, row.state], 1);
  }
  const named = byName(moved).filter(([, { count }]) => count !== 0);
  return named.map(([, { cells, count }]) => [node, ...cells, count]);
}
