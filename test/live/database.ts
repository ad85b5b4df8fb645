// Databases of the live tests, in the PostgreSQL that was started for them.
import pg from 'pg';

/** @param server `postgres://…` of any database of it. @returns the address of the new one */
export async function createDatabase(server: string, name: string): Promise<string> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  try {
    await client.query(`create database "${name}"`);
  } finally {
    await client.end();
  }
  return Object.assign(new URL(server), { pathname: `/${name}` }).href;
}
