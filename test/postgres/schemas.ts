// Schemas of a test's own in the PostgreSQL of the run, and one statement in them, as any other program would run it.
import pg from 'pg';
import { inject } from 'vitest';

export interface Schema {
  /** Connections to this address see no other schema. */
  url: string;
  /** Makes it, empty. */
  create(): Promise<void>;
  /** Empty again, whatever was in it. */
  empty(): Promise<void>;
}

let made = 0;

/** One that nobody has; it is not there until it is created. */
export function nameSchema(): Schema {
  const name = `s${process.pid}_${made++}`;
  const create = async (): Promise<void> => void (await query(inject('postgres'), `CREATE SCHEMA ${name}`));
  return {
    url: `${inject('postgres')}?options=-c%20search_path%3D${name}`,
    create,
    empty: async () => {
      await query(inject('postgres'), `DROP SCHEMA ${name} CASCADE`);
      await create();
    },
  };
}

/** @returns the address of an empty one */
export async function newSchema(): Promise<string> {
  const schema = nameSchema();
  await schema.create();
  return schema.url;
}

const spare: string[] = [];

/** One without rows, perhaps with the hub's tables: to make them takes seven times as long as to open a store. */
export const spareSchema = async (): Promise<string> => spare.pop() ?? (await newSchema());

/** For the next test of this process; one that somebody still holds rows of is left alone. */
export async function giveBack(url: string): Promise<void> {
  await query(url, withoutRows).then(
    () => spare.push(url),
    () => undefined,
  );
}

/** As the migrations leave it. */
const withoutRows = `
  SET lock_timeout = '1s';
  DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables
      WHERE schemaname = current_schema() AND tablename NOT IN ('migrations', 'migration_lock')
    LOOP EXECUTE format('DELETE FROM %I', name); END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename), 1, false)
      FROM pg_sequences WHERE schemaname = current_schema();
    INSERT INTO numbers (name, last) VALUES ('changes', 0), ('records', 0);
  END $$`;

/** A database of its own, where what is true of the whole database is looked at. */
export async function newDatabase(): Promise<string> {
  const name = `d${process.pid}_${made++}`;
  await query(inject('postgres'), `CREATE DATABASE ${name}`);
  const url = new URL(inject('postgres'));
  url.pathname = name;
  return url.href;
}

export async function query<R extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: unknown[] = [],
): Promise<R[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<R>(text, values)).rows;
  } finally {
    await client.end();
  }
}
