// Makes a large database of a sample: every row as the hub itself writes it, with numbers of its own. Through the hub it would
// take an hour.
import { closeSync, copyFileSync, fsyncSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { sampleNumber } from './sample.ts';

export interface Filling {
  /** A database that holds one order, and nothing in flight. */
  sample: string;
  path: string;
  orders: number;
  /** Changes, at least two of each order. */
  history: number;
  /** Fell behind in another order than the one in which its orders stand in the file. */
  scattered: string;
  /** Goes on between slices; told how far it is, 0 … 1. */
  progress(share: number): void;
}

interface Replica {
  no: number;
  system: string;
  state: string;
}

type Row = Record<string, unknown>;

/** What a column is instead of what it is in the sample: SQL over `i`, the number of the copy. */
type Own = Record<string, string>;

const ordersAtOnce = 20_000;
const changesAtOnce = 200_000;
/** Since when the systems are behind, before now. */
const behindForMs = 3_600_000;
/** Of the systems among the replicas of an order, see src/store/sqlite/schema.ts. */
const systemPlaces = 1024;
/** Coprime, and the second larger than any backlog: every copy gets a place of its own. */
const [stride, places] = [7919, 1_000_003];

export async function fillFromSample(filling: Filling): Promise<void> {
  const { sample, path, orders, history } = filling;
  if (history < 2 * orders) throw new RangeError('each order needs two changes');
  copyFileSync(sample, path);
  const db = new Database(path);
  for (const setting of ['journal_mode = OFF', 'synchronous = OFF', 'locking_mode = EXCLUSIVE', 'cache_size = -262144'])
    db.pragma(setting);
  const copies = prepareCopies(db, filling);
  for (const table of ['records', 'replicas', 'payloads', 'match_keys', 'changes']) db.exec(`DELETE FROM ${table}`);
  await inSlices(orders, ordersAtOnce, copies.orders, (share) => filling.progress(share * 0.8));
  await inSlices(history, changesAtOnce, copies.changes, (share) => filling.progress(0.8 + share * 0.2));
  db.prepare('UPDATE replica_counts SET count = count * ?').run(orders);
  db.prepare(`UPDATE meta SET value = ? WHERE name = 'head'`).run(String(history));
  db.close();
  makeDurable(path);
}

/** What is still to be written would be written while something is measured. */
function makeDurable(path: string): void {
  const file = openSync(path, 'r+');
  fsyncSync(file);
  closeSync(file);
}

type Copy = (first: number, last: number) => void;

function prepareCopies(db: Database.Database, filling: Filling): { orders: Copy; changes: Copy } {
  const { orders, history, scattered } = filling;
  const rows = <R = Row>(query: string): R[] => db.prepare<[], R>(query).all();
  const [record] = rows<{ id: string; created_at: number }>('SELECT * FROM records');
  if (!record) throw new Error('the sample holds no order');
  const ids = {
    sample: record.id,
    own: `'ord_${record.created_at.toString(16).padStart(12, '0')}' || printf('%020x', i)`,
  };
  const last = `(${history} - (${history} - (i - 1)) % ${orders})`;
  const copy = (table: string, row: unknown, own: Own, number = 'i') =>
    prepareCopy(db, { table, row: row as Row, own, number, ids });
  const replica = (row: Replica): Copy => {
    const since = `${Date.now() - behindForMs} + ${row.system === scattered ? `(i * ${stride}) % ${places}` : 'i'}`;
    const behind = row.state === 'behind';
    return copy('replicas', row, {
      ...{ no: numberOf(row.no), wanted_seq: last, synced_seq: behind ? `${last} - ${orders}` : last },
      ...(behind && { behind_since: since, due_at: since }),
    });
  };
  const all = [
    copy('records', record, { no: 'i', id: ids.own, last_change: last }),
    ...rows<Replica>('SELECT * FROM replicas').map(replica),
    ...rows<{ replica: number }>('SELECT * FROM payloads').map((row) =>
      copy('payloads', row, { replica: numberOf(row.replica) }),
    ),
    ...rows('SELECT * FROM match_keys').map((row) => copy('match_keys', row, { record: 'i' })),
  ];
  const [change] = rows('SELECT * FROM changes ORDER BY seq DESC LIMIT 1');
  const of = `(1 + i % ${orders})`;
  return {
    orders: (first, last) => {
      for (const one of all) one(first, last);
    },
    changes: copy('changes', change, { seq: 'i', record: of, previous: `max(i - ${orders}, 0)` }, of),
  };
}

const numberOf = (sampled: number): string => `i * ${systemPlaces} + ${sampled % systemPlaces}`;

interface CopyOf {
  table: string;
  row: Row;
  own: Own;
  /** SQL: which order it belongs to. */
  number: string;
  ids: { sample: string; own: string };
}

function prepareCopy(db: Database.Database, { table, row, own, number, ids }: CopyOf): Copy {
  const padded = String(sampleNumber).padStart(9, '0');
  const value = (column: string): string => {
    if (own[column] !== undefined) return own[column];
    const sampled = row[column];
    if (typeof sampled !== 'string') return `@${column}`;
    let text = `@${column}`;
    if (sampled.includes(padded)) text = `replace(${text}, '${padded}', printf('%09d', ${number}))`;
    if (sampled.replaceAll(padded, '').includes(String(sampleNumber)))
      text = `replace(${text}, '${sampleNumber}', CAST(${number} AS TEXT))`;
    return sampled.includes(ids.sample) ? `replace(${text}, '${ids.sample}', ${ids.own})` : text;
  };
  const columns = Object.keys(row);
  const insert = db.prepare(
    `WITH RECURSIVE n(i) AS (SELECT CAST(@first AS INTEGER) UNION ALL SELECT i + 1 FROM n WHERE i < @last)
     INSERT INTO ${table} (${columns.join()}) SELECT ${columns.map(value).join()} FROM n`,
  );
  return (first, last) => void insert.run({ ...row, first, last });
}

async function inSlices(count: number, size: number, copy: Copy, progress: (share: number) => void): Promise<void> {
  for (let first = 1; first <= count; first += size) {
    const last = Math.min(count, first + size - 1);
    copy(first, last);
    progress(last / count);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
