// Makes a database with a backlog in bulk: through the store it would take many minutes.
import Database from 'better-sqlite3';
import { openSqlite } from '../../src/store/sqlite/open.ts';

export interface Backlog {
  behind: number;
  history: number;
  /** Whether records fell behind in the order in which they were made, or anywhere in the file. */
  order: 'made' | 'random';
  random: (bytes: number) => Uint8Array;
}

const start = Date.UTC(2026, 0, 1);
/** Number of the record × 1024 + number of the system, see src/store/sqlite/schema.ts. */
const crm = 1;
const body = JSON.stringify({ number: 'SO-1', note: 'x'.repeat(900) });

export async function fillBacklog(path: string, { behind, history, order, random }: Backlog): Promise<void> {
  const now = (): number => start;
  const empty = await openSqlite({ path, now, random });
  await empty.close();
  const db = new Database(path);
  db.pragma('journal_mode = OFF');
  db.pragma('synchronous = OFF');
  db.pragma('locking_mode = EXCLUSIVE');
  const count = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)';
  db.prepare(
    `${count} INSERT INTO records SELECT i, 'ord_' || printf('%032x', i), 'order', 1, 0, NULL, ?, ?, i, '{}', ? FROM n`,
  ).run(behind, start, start, body);
  db.prepare('INSERT INTO system_numbers VALUES (?, ?)').run(crm, 'crm');
  const since = order === 'made' ? 'i' : '(i * 7919) % 1000003';
  db.prepare(
    `${count} INSERT INTO replicas (no, system, type, external_id, state, wanted_seq, wanted_version, synced_seq,
       behind_since, due_at, claimed, flight, attempts, deliveries)
     SELECT i * 1024 + ?, 'crm', 'order', 'crm-' || i, 'behind', i, 1, 0, ? + ${since}, ? + ${since},
       0, NULL, 0, 0 FROM n`,
  ).run(behind, crm, start, start);
  db.prepare(`INSERT INTO replica_counts VALUES ('crm', 'order', 'behind', ?)`).run(behind);
  db.prepare(
    `${count} INSERT INTO changes
     SELECT i, 1 + i % ?, 0, 'order', 1, 'shop', 'updated', NULL, ?, ?, NULL, NULL, NULL, '{"note":[{},{"note":"x"}]}' FROM n`,
  ).run(history, behind, start, start);
  db.close();
}
