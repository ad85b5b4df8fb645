// Makes a large database of PostgreSQL of a sample: every row as the hub itself writes it, with numbers of its own.
import pg from 'pg';
import { sampleNumber } from '../backlog/sample.ts';

/** Fell behind before now, ms. */
const behindForMs = 3_600_000;
/** Of the systems among the replicas of an order, see src/store/postgres/schema.ts. */
const systemPlaces = 1024;
const ordersAtOnce = 50_000;

type Own = Record<string, string>;

/** What a column is instead of what it is in the sample: SQL over `i`, the number of the copy. */
const tables: Record<string, Own> = {
  records: { no: 'i', last_change: 'i' },
  replicas: {
    no: `i * ${systemPlaces} + t.no % ${systemPlaces}`,
    wanted_seq: 'i',
    synced_seq: `CASE WHEN t.state = 'behind' THEN 0 ELSE i END`,
    behind_since: `CASE WHEN t.behind_since IS NULL THEN NULL ELSE ${Date.now() - behindForMs} + i END`,
    due_at: `CASE WHEN t.due_at IS NULL THEN NULL ELSE ${Date.now() - behindForMs} + i END`,
  },
  images: { replica: `i * ${systemPlaces} + t.replica % ${systemPlaces}` },
  match_keys: { record: 'i' },
  changes: { seq: 'i', record: 'i', previous: '0' },
};

/** @param url of a database that holds one order, its newest change among its changes, and nothing in flight */
export async function fillPostgres(url: string, orders: number, progress: (share: number) => void): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const [sample] = (await client.query<{ id: string }>('SELECT id FROM records')).rows;
    if (!sample) throw new Error('the sample holds no order');
    await client.query('DELETE FROM changes WHERE seq < (SELECT max(seq) FROM changes)');
    const copies: string[] = [];
    for (const [table, own] of Object.entries(tables)) {
      await client.query(`CREATE TEMP TABLE sample_${table} AS SELECT * FROM ${table}; TRUNCATE ${table}`);
      copies.push(await copyOf(client, { table, own, id: sample.id }));
    }
    for (let first = 1; first <= orders; first += ordersAtOnce) {
      const last = Math.min(orders, first + ordersAtOnce - 1);
      for (const text of copies) await client.query(text, [first, last]);
      progress(last / orders);
    }
    await client.query(`UPDATE numbers SET last = ${orders}`);
    await client.query('UPDATE replica_counts SET count = count * $1', [orders]);
    // As the server does by itself, sooner or later: not while something is measured.
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

async function copyOf(client: pg.Client, { table, own, id }: { table: string; own: Own; id: string }): Promise<string> {
  const text = `SELECT column_name AS name, data_type AS type FROM information_schema.columns
    WHERE table_name = $1 AND table_schema = current_schema() ORDER BY ordinal_position`;
  const columns = (await client.query<{ name: string; type: string }>(text, [table])).rows;
  const padded = String(sampleNumber).padStart(9, '0');
  const newId = `'ord_' || lpad(to_hex(i), 32, '0')`;
  const value = ({ name, type }: { name: string; type: string }): string => {
    if (own[name] !== undefined) return own[name];
    if (type !== 'text') return `t.${name}`;
    const numbered = `replace(t.${name}, '${padded}', lpad(i::text, 9, '0'))`;
    return `replace(replace(${numbered}, '${sampleNumber}', i::text), '${id}', ${newId})`;
  };
  const names = columns.map(({ name }) => name).join(', ');
  return `INSERT INTO ${table} (${names}) SELECT ${columns.map(value).join(', ')}
    FROM sample_${table} AS t, generate_series($1::bigint, $2::bigint) AS i`;
}
