// The floor's store on PostgreSQL: a group of changes and settled deliveries is one statement, so one round trip and one commit.
import pg from 'pg';
import { deliveryNo, type Group, targets } from './engine.ts';

const tables = `
CREATE TABLE records (id text PRIMARY KEY, version int NOT NULL, body text NOT NULL);
CREATE TABLE changes (seq bigint PRIMARY KEY, record text NOT NULL, at bigint NOT NULL);
CREATE TABLE deliveries (no bigint PRIMARY KEY, record text NOT NULL, due_at bigint NOT NULL);
`;

const write = {
  name: 'group',
  text: `
WITH settled AS (DELETE FROM deliveries WHERE no = ANY ($1::bigint[])),
kept AS (
  INSERT INTO records (id, version, body) SELECT id, 1, body FROM unnest($2::text[], $3::text[]) AS new (id, body)
  ON CONFLICT (id) DO UPDATE SET version = records.version + 1, body = excluded.body
),
noted AS (INSERT INTO changes (seq, record, at) SELECT seq, record, $6 FROM unnest($4::bigint[], $5::text[]) AS new (seq, record))
INSERT INTO deliveries (no, record, due_at) SELECT no, record, $6 FROM unnest($7::bigint[], $8::text[]) AS new (no, record)`,
};

export class PostgresFloorEngine {
  readonly #client: pg.Client;
  #seq = 0;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Makes its tables: the database is empty. */
  static async open(url: string): Promise<PostgresFloorEngine> {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await assertDurable(client);
    await client.query(tables);
    return new PostgresFloorEngine(client);
  }

  /** @returns the sequence number of the first change */
  async commit({ changes, settled }: Group): Promise<number> {
    const first = this.#seq + 1;
    // One statement can touch a row once: the newest state of a record is the one that counts.
    const newest = new Map(changes.map(({ record, body }) => [record, body]));
    const [seqs, records, deliveries, owed]: [number[], string[], number[], string[]] = [[], [], [], []];
    for (const { record } of changes) {
      const seq = ++this.#seq;
      seqs.push(seq);
      records.push(record);
      for (let target = 0; target < targets; target++) {
        deliveries.push(deliveryNo(seq, target));
        owed.push(record);
      }
    }
    const [ids, bodies] = [[...newest.keys()], [...newest.values()]];
    const values = [settled, ids, bodies, seqs, records, Date.now(), deliveries, owed];
    await this.#client.query({ ...write, values });
    return first;
  }

  /** Rows per table, for those who check that the floor does its work. */
  async count(): Promise<{ records: number; changes: number; deliveries: number }> {
    const rows = async (table: string) =>
      Number((await this.#client.query<{ count: string }>(`SELECT count(*) FROM ${table}`)).rows[0]?.count);
    return { records: await rows('records'), changes: await rows('changes'), deliveries: await rows('deliveries') };
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

async function assertDurable(client: pg.Client): Promise<void> {
  for (const setting of ['fsync', 'synchronous_commit']) {
    const { rows } = await client.query<Record<string, string>>(`SHOW ${setting}`);
    if (rows[0]?.[setting] !== 'on')
      throw new Error(`the floor would not be durable: ${setting} is ${rows[0]?.[setting]}`);
  }
}
