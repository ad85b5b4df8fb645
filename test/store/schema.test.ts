// The schema in TypeScript and the database that the migrations make are the same, and the indexes are used.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SQL } from 'drizzle-orm';
import { getTableConfig, SQLiteSyncDialect, type SQLiteTable } from 'drizzle-orm/sqlite-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimQuery } from '../../src/store/sqlite/claims.ts';
import { type Connection, connect } from '../../src/store/sqlite/connection.ts';
import { dueTimersQuery, newestDecisionQuery } from '../../src/store/sqlite/decisions.ts';
import { feedQuery, oldestQuery } from '../../src/store/sqlite/lists.ts';
import { migrate } from '../../src/store/sqlite/migrate.ts';
import { runningPoliciesQuery } from '../../src/store/sqlite/policies.ts';
import * as schema from '../../src/store/sqlite/schema.ts';
import { newFolder } from './sqlite-harness.ts';

let folder: string;
let db: Connection;
beforeAll(() => {
  folder = newFolder();
  db = connect({ path: join(folder, 'hub.db') });
  migrate(db, 0);
});
afterAll(() => {
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

const tables = Object.values(schema) as SQLiteTable[];
const dialect = new SQLiteSyncDialect();
const plain = (text: string): string => text.replaceAll(/[`"]/g, '').replaceAll(/\s+/g, ' ').trim();

interface Column {
  name: string;
  type: string;
  notnull: number;
  pk: number;
}

describe('schema', () => {
  it('has the tables that the migrations make', () => {
    const made = db
      .prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'`)
      .pluck()
      .all();
    expect(made.filter((name) => name !== 'migrations').sort()).toEqual(
      tables.map((one) => getTableConfig(one).name).sort(),
    );
  });

  it.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
    'has the columns of %s',
    (name, table) => {
      const { columns, primaryKeys } = getTableConfig(table);
      const keys = [...columns.filter((one) => one.primary), ...primaryKeys.flatMap((one) => one.columns)];
      const expected = columns.map((one) => [
        one.name,
        one.getSQLType().toUpperCase(),
        one.notNull,
        keys.indexOf(one) + 1,
      ]);
      const made = db.pragma(`table_info(${name})`) as Column[];
      expect(made.map((one) => [one.name, one.type, one.notnull === 1, one.pk])).toEqual(expected);
    },
  );

  it.each(tables.map((table) => [getTableConfig(table).name, table] as const))(
    'has the indexes of %s',
    (name, table) => {
      const expected = getTableConfig(table).indexes.map(({ config }) => {
        const columns = config.columns.map((one) => (one as { name: string }).name).join(', ');
        const where = config.where ? ` WHERE ${dialect.sqlToQuery(config.where as SQL).sql}` : '';
        return plain(`CREATE ${config.unique ? 'UNIQUE ' : ''}INDEX ${config.name} ON ${name} (${columns})${where}`);
      });
      const query = `SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL`;
      const made = db.prepare<[string], string>(query).pluck().all(name).map(plain);
      expect(made.sort()).toEqual(expected.sort());
    },
  );
});

describe('plans', () => {
  const plan = (query: string): string =>
    (db.prepare(`EXPLAIN QUERY PLAN ${query}`).all(Array(query.split('?').length - 1).fill(1)) as { detail: string }[])
      .map(({ detail }) => detail)
      .join('\n');

  it.each([
    ['a claim', claimQuery, 'USING COVERING INDEX replicas_due (system=? AND due_at>? AND due_at<?)'],
    ['the feed', feedQuery(false), 'USING INDEX replicas_feed (system=? AND wanted_seq>?)'],
    ['the feed of one type', feedQuery(true), 'USING INDEX replicas_feed (system=? AND wanted_seq>?)'],
    ['the lag', oldestQuery, 'USING INDEX replicas_lag (system=? AND type=?'],
    ['the newest decision', newestDecisionQuery, 'USING INDEX decisions_subject (subject=?'],
    ['what is due by time', dueTimersQuery, 'USING INDEX timers_due (due_at<?)'],
  ])('of %s use their index and sort nothing', (_what, query, expected) => {
    const used = plan(query);
    expect(used).toContain(expected);
    expect(used).not.toMatch(/SCAN|TEMP B-TREE/);
  });

  it.each([
    ['SELECT no FROM replicas WHERE system = ? AND type = ? AND external_id = ?', 'replicas_external'],
    [`SELECT no FROM replicas WHERE parked_on = ? AND system = ? AND state = 'parked'`, 'replicas_parked'],
    ['SELECT * FROM dead_letters WHERE closed_at IS NULL ORDER BY id DESC LIMIT ?', 'dead_letters_open'],
    ['SELECT * FROM waiting WHERE reason = ? AND system = ? AND due_at <= ? ORDER BY due_at LIMIT ?', 'waiting_due'],
    ["SELECT min(system) FROM waiting WHERE reason = 'fetch' AND system > ?", 'waiting_due'],
    ['SELECT * FROM records WHERE type = ? AND no > ? ORDER BY no LIMIT ?', 'records_type'],
  ])('of %s use an index', (query, index) => {
    expect(plan(query)).toContain(index);
    expect(plan(query)).not.toMatch(/TEMP B-TREE/);
  });

  it('of the versions that run never reads a document', () => {
    expect(plan(runningPoliciesQuery)).toContain('USING COVERING INDEX policies_running');
  });
});
