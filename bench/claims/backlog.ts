// A database of PostgreSQL that was filled by SQL with orders that are behind, and claims out of it through the store's port.
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { openPostgres } from '../../src/store/postgres/open.ts';
import type { Claim, Decide, Store } from '../../src/store/store.ts';
import { nowMs } from '../measure/now.ts';
import { usageOf } from '../measure/usage.ts';

const system = 'crm';
const batch = 100;

/** made: they fell behind as they stand in the tables and indexes · scattered: every claim finds its orders all over them */
export type Order = 'made' | 'scattered';
/** SQL: when the order `i` fell behind. The stride is coprime to the number of places. */
const since: Record<Order, string> = { made: 'i', scattered: '1 + i * 7919 % 1000003' };

const fill = (order: Order): string[] => [
  `INSERT INTO system_numbers (no, system) VALUES (1, '${system}')`,
  `INSERT INTO records (no, id, type, version, deleted, merged_into, created_at, updated_at, last_change, stamps, data)
   SELECT i, 'ord_' || lpad(i::text, 32, '0'), 'order', 1, 0, NULL, 1, 1, i, '[]', '{"note":"' || repeat('x', 400) || '"}'
   FROM generate_series(1, $1::bigint) AS i`,
  `INSERT INTO replicas (no, system, type, external_id, state, wanted_seq, wanted_version, synced_seq, behind_since,
     due_at, claimed, attempts, last_attempt_at, last_error, parked_on, mapping, deliveries, last_delivered_at)
   SELECT i * 1024 + 1, '${system}', 'order', 'E' || lpad(i::text, 7, '0'), 'behind', i, 1, 0, ${since[order]}, ${since[order]},
     0, 0, NULL, NULL, NULL, NULL, 0, NULL
   FROM generate_series(1, $1::bigint) AS i`,
  `INSERT INTO replica_counts (node, system, type, state, count) VALUES (0, '${system}', 'order', 'behind', $1::bigint)`,
  `UPDATE numbers SET last = $1::bigint`,
];

export class Backlog {
  readonly #store: Store;
  /** Its connections are the server's children. */
  readonly #client: pg.Client;

  private constructor(store: Store, client: pg.Client) {
    this.#store = store;
    this.#client = client;
  }

  static async fill(url: string, orders: number, order: Order): Promise<Backlog> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await (await openPostgres({ url, random: randomBytes })).close();
    for (const text of fill(order)) await client.query(text, text.includes('$1') ? [orders] : []);
    // As the server does by itself, sooner or later: not while something is measured.
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
    return new Backlog(await openPostgres({ url, random: randomBytes }), client);
  }

  /** Claims and settles so many; @returns how long each claim took, and of the server the processor time and the log for all of it */
  async drain(count: number): Promise<{ claimMs: number[]; serverMs: number; logBytes: number }> {
    const claimMs: number[] = [];
    const before = { serverMs: await this.#serverMs(), log: await this.#log() };
    for (let left = count; left > 0; ) {
      const askedAt = nowMs();
      const sends = await this.#store.claim(system, Math.min(batch, left), send);
      claimMs.push(nowMs() - askedAt);
      await Promise.all(sends.map((id) => this.#store.transact([id], settle(id))));
      left -= sends.length;
    }
    const logBytes = (await this.#log()) - before.log;
    return { claimMs, serverMs: (await this.#serverMs()) - before.serverMs, logBytes };
  }

  async close(): Promise<void> {
    await this.#store.close();
    await this.#client.end();
  }

  /** Bytes that the server has written to its log so far: whatever else the machine does, it is the same. */
  async #log(): Promise<number> {
    const text = `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS bytes`;
    return (await this.#client.query<{ bytes: number }>(text)).rows[0]?.bytes ?? Number.NaN;
  }

  /** Of the connections of this database. */
  async #serverMs(): Promise<number> {
    const text = 'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()';
    const { rows } = await this.#client.query<{ pid: number }>(text);
    return rows.reduce((sum, { pid }) => sum + (usageOf(pid)?.cpuMs ?? 0), 0);
  }
}

const send: Claim<string> = (_state, { recordId, type, wantedSeq, wantedVersion }) => {
  const key = `${system}:${type}:${recordId}:${wantedSeq}`;
  const body = JSON.stringify({ note: 'x'.repeat(400) });
  const sent = { key, seq: wantedSeq, version: wantedVersion, op: 'update' as const, body, image: {}, payload: null };
  const flight = { system, type, recordId, ...sent, older: [], sentAt: 1, token: key };
  return { write: { inFlight: [flight] }, send: recordId };
};

const settle =
  (recordId: string): Decide<null> =>
  (state) => {
    const row = state.record(recordId)?.replicas.get(system);
    if (!row) throw new Error(`${recordId} is not there`);
    const synced = { ...row, state: 'synced' as const, syncedSeq: row.wantedSeq, behindSince: null, dueAt: null };
    return { write: { replicas: [synced], settled: [{ system, recordId }] }, answer: null };
  };
