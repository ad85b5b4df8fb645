// The schema in TypeScript, the tables that the migrations make, and the schema of the other engine say the same.

import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import type { SQL } from 'drizzle-orm';
import { getTableConfig, PgDialect, type PgTable } from 'drizzle-orm/pg-core';
import { type SQLiteTable, getTableConfig as sqliteConfig } from 'drizzle-orm/sqlite-core';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { migrationsFolder } from '../../src/store/engine/migrations.ts';
import { copiedTables } from '../../src/store/postgres/backup.ts';
import { claimQuery } from '../../src/store/postgres/claims.ts';
import { dataTables } from '../../src/store/postgres/data-tables.ts';
import { dueTimersQuery, newestDecisionQuery } from '../../src/store/postgres/decisions.ts';
import { changesQuery, feedQuery, oldestQuery, recordsQuery } from '../../src/store/postgres/lists.ts';
import {
  lockedRecordsQuery,
  lockedReplicasQuery,
  lockedVersionsQuery,
  lockQueries,
  namesQuery,
} from '../../src/store/postgres/load.ts';
import { openPostgres } from '../../src/store/postgres/open.ts';
import { runningPoliciesQuery } from '../../src/store/postgres/policies.ts';
import * as schema from '../../src/store/postgres/schema.ts';
import { writeGroup } from '../../src/store/postgres/write-back.ts';
import * as sqliteSchema from '../../src/store/sqlite/schema.ts';
import { newSchema } from './schemas.ts';

const tables = Object.values(schema) as PgTable[];
const named = tables.map((table) => [getTableConfig(table).name, table] as const);
const sqliteTables = new Map(
  (Object.values(sqliteSchema) as SQLiteTable[]).map((one) => [sqliteConfig(one).name, one]),
);

let client: pg.Client;
beforeAll(async () => {
  const url = await newSchema();
  await (await openPostgres({ url, random: randomBytes })).close();
  client = new pg.Client({ connectionString: url });
  await client.connect();
});
afterAll(() => client.end());

describe('the database that the migrations make', () => {
  it('has the tables of the schema', async () => {
    const { rows } = await client.query(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = current_schema()`,
    );
    const own = rows.map(({ name }) => name).filter((name) => !name.startsWith('migration'));
    expect(own.sort()).toEqual(named.map(([name]) => name).sort());
  });

  it.each(named)('has the columns of %s', async (name, table) => {
    const { rows } = await client.query(
      `SELECT column_name AS name, data_type AS type, is_nullable = 'NO' AS required, is_identity = 'YES' AS numbered
       FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position`,
      [name],
    );
    const expected = getTableConfig(table).columns.map((one) => ({
      name: one.name,
      type: one.getSQLType(),
      required: one.notNull,
      numbered: one.generatedIdentity !== undefined,
    }));
    expect(rows).toEqual(expected);
  });

  it.each(named)('has the indexes and the key of %s', async (name, table) => {
    const dialect = new PgDialect();
    const plain = (text: string): string =>
      text
        .replaceAll(/["()]|::text(\[\])?/g, '')
        .replaceAll(/\s+/g, ' ')
        .trim();
    const { columns, indexes, primaryKeys } = getTableConfig(table);
    const key = [...columns.filter((one) => one.primary), ...primaryKeys.flatMap((one) => one.columns)];
    const expected = indexes.map(({ config }) => {
      const on = config.columns.map((one) => (one as { name: string }).name).join(', ');
      const where = config.where ? ` WHERE ${dialect.sqlToQuery(config.where as SQL).sql}` : '';
      return plain(`CREATE ${config.unique ? 'UNIQUE ' : ''}INDEX ${config.name} ${on}${where}`);
    });
    expected.push(`CREATE UNIQUE INDEX ${name}_pkey ${key.map((one) => one.name).join(', ')}`);
    const { rows } = await client.query(
      'SELECT indexdef AS text FROM pg_indexes WHERE schemaname = current_schema() AND tablename = $1',
      [name],
    );
    const made = rows.map(({ text }) =>
      // As the server writes it back: `state = ANY (ARRAY['behind', …])`.
      plain(text.replace(/ ON \S+ USING btree/, '').replace(/= ANY \(ARRAY\[(.*?)\]\)/, 'IN $1')),
    );
    expect(made.sort()).toEqual(expected.sort());
  });
});

/** Where the engines differ, and why. */
const onlyHere: Record<string, { reason: string; here: string[]; there: string[] }> = {
  replicas: {
    reason: 'images and sends are tables of their own here, so that the row that is updated often stays narrow',
    here: [],
    there: ['flight', 'has_payload', 'memory', 'image', 'sent'],
  },
  replica_counts: {
    reason: 'every node adds to rows of its own, so that none waits for another to count',
    here: ['node'],
    there: [],
  },
  in_flight: {
    reason: 'a send is a row here; one file keeps many in one row, since rewriting pages is what costs there',
    here: [
      ...['replica', 'system', 'type', 'key', 'seq', 'version', 'op'],
      ...['body', 'image', 'payload', 'older', 'sent_at', 'token'],
    ],
    there: ['no', 'head', 'texts'],
  },
};
const tablesOnlyHere = ['images', 'leases', 'nodes', 'number_blocks', 'numbers', 'system_conditions'];
const tablesOnlyThere = ['payloads'];

describe('the two engines', () => {
  it('have the same tables, but for those with a reason', () => {
    const here = named.map(([name]) => name);
    const there = [...sqliteTables.keys()];
    expect(here.filter((name) => !sqliteTables.has(name)).sort()).toEqual(tablesOnlyHere);
    expect(there.filter((name) => !here.includes(name)).sort()).toEqual(tablesOnlyThere);
  });

  it.each(named.filter(([name]) => sqliteTables.has(name)))('have the same columns of %s', (name, table) => {
    const sqlite = sqliteTables.get(name);
    if (!sqlite) throw new Error(name);
    const { here = [], there = [] } = onlyHere[name] ?? {};
    const types: Record<string, string> = { integer: 'bigint', text: 'text' };
    const columns = getTableConfig(table).columns.filter((one) => !here.includes(one.name));
    const others = sqliteConfig(sqlite).columns.filter((one) => !there.includes(one.name));
    expect(here.filter((column) => !getTableConfig(table).columns.some((one) => one.name === column))).toEqual([]);
    expect(columns.map((one) => [one.name, one.getSQLType(), one.notNull])).toEqual(
      others.map((one) => [one.name, types[one.getSQLType()], one.notNull]),
    );
  });

  it('have twin migrations', () => {
    const numbers = (engine: 'sqlite' | 'postgres') =>
      readdirSync(migrationsFolder(engine))
        .map((file) => file.slice(0, 4))
        .sort();
    expect(numbers('postgres')).toEqual(numbers('sqlite'));
  });
});

describe('a backup', () => {
  it('has what is data, and nothing of the processes that were at work', () => {
    const names = copiedTables().map(({ table }) => table);
    expect([...names].sort()).toEqual(['meta', 'numbers', ...dataTables().map(({ table }) => table)].sort());
    for (const ofProcesses of ['nodes', 'number_blocks', 'system_conditions', 'leases'])
      expect(names).not.toContain(ofProcesses);
  });
});

describe('plans', () => {
  /** As if the tables were large: an empty one is read whole whatever there is. */
  const plan = async (text: string): Promise<string> => {
    await client.query(
      `SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off;
        SET plan_cache_mode = force_generic_plan`,
    );
    const count = new Set(text.match(/\$\d+/g)).size;
    const given = count === 0 ? '' : `(${Array(count).fill('NULL').join(', ')})`;
    await client.query(`PREPARE asked AS ${text}`);
    const { rows } = await client.query(`EXPLAIN EXECUTE asked${given}`);
    await client.query('DEALLOCATE asked');
    return rows.map((row) => row['QUERY PLAN']).join('\n');
  };

  it.each([
    ['the names of a group', namesQuery.text],
    ['the locks of a group', lockQueries.skip.text],
    ['the comparison of what is known', lockedVersionsQuery.text],
    ['its records', lockedRecordsQuery.text],
    ['its replicas', lockedReplicasQuery.text],
    ['its writes', writeGroup.text],
  ])('of %s read no table whole, and are made once for each connection', async (_what, text) => {
    const read = (await plan(text)).match(/Seq Scan on \w+/g) ?? [];
    // A handful of rows without an index.
    expect(read.filter((one) => one !== 'Seq Scan on number_blocks')).toEqual([]);
  });

  it.each([
    ['a claim', claimQuery.text, 'replicas_due', false],
    ['the feed', feedQuery.text, 'replicas_feed', false],
    ['the stream', changesQuery.text, 'changes_pkey', false],
    ['the lag', oldestQuery.text, 'replicas_lag', true],
    ['the lag of what is claimed', oldestQuery.text, 'replicas_claimed', true],
    ['the records of a type', recordsQuery.text, 'records_type', false],
    ['the newest decision about a record', newestDecisionQuery.text, 'decisions_subject', false],
    ['the versions that run', runningPoliciesQuery.text, 'policies_running', false],
    ['the timers that are due', dueTimersQuery.text, 'timers_due', false],
  ])('of %s use their index and sort nothing that grows', async (_what, text, index, mergesTwo) => {
    const used = await plan(text);
    expect(used).toContain(index);
    expect(used).not.toContain('Seq Scan on replicas');
    if (!mergesTwo) expect(used).not.toContain('Sort');
  });
});
