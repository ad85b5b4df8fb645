// The tables that hold the data, and which columns name a row of each. Taken from the schema, so that a new table is copied
// without a word about it here.
import { getTableName } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import * as schema from './schema.ts';

/** What belongs to processes and not to the data. */
export const processTables: ReadonlySet<string> = new Set(['nodes', 'number_blocks', 'system_conditions', 'leases']);

/** meta and numbers are set by whoever fills a database. */
const left = new Set(['meta', 'numbers', ...processTables]);

export interface Column {
  name: string;
  type: 'bigint' | 'text';
}

export interface DataTable {
  table: string;
  columns: Column[];
  /** Its primary key. */
  keys: Column[];
  /** The column that numbers its rows by itself. */
  numbered: string | undefined;
}

export const dataTables = (): DataTable[] =>
  (Object.values(schema) as PgTable[]).filter((table) => !left.has(getTableName(table))).map(dataTable);

function dataTable(table: PgTable): DataTable {
  const { columns, primaryKeys } = getTableConfig(table);
  const named = columns.map((column) => ({ ...column, type: typeOf(column.getSQLType()) }));
  const together = new Set(primaryKeys.flatMap((key) => key.columns.map(({ name }) => name)));
  const isKey = ({ name, primary }: { name: string; primary: boolean }): boolean => primary || together.has(name);
  const pick = ({ name, type }: Column): Column => ({ name, type });
  return {
    table: getTableName(table),
    columns: named.map(pick),
    keys: named.filter(isKey).map(pick),
    numbered: columns.find(({ generatedIdentity }) => generatedIdentity !== undefined)?.name,
  };
}

function typeOf(type: string): Column['type'] {
  if (type === 'bigint' || type === 'text') return type;
  throw new Error(`no column of the type ${type} can be copied`);
}
