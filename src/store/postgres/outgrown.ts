// Whether this program may still write: a migration of a newer one can say from which version on a program can go on.
import { NewerDatabase } from '../errors.ts';
import { one, type Runner } from './session.ts';

/**
 * True in the statement where a program that knows schema versions up to that parameter may write. Migrations only add, so
 * that older processes go on beside a newer one; one that cannot writes this row, and they stop.
 */
export const mayWrite = (parameter: number): string =>
  `NOT EXISTS (SELECT FROM meta WHERE name = 'oldest_program' AND value::bigint > $${parameter})`;

const isOutgrown = { name: 'outgrown', text: `SELECT NOT ${mayWrite(1)}` };

/** The schema was moved on, beyond what this program can serve. */
export class Outgrown extends Error {}

/** @param version the newest that this program knows */
export async function refuseOutgrown(runner: Runner, version: number): Promise<void> {
  if (await one(runner, isOutgrown, [version])) throw new Outgrown('the schema was moved on');
}

export const outgrown = (name: string, version: number): NewerDatabase =>
  new NewerDatabase(
    `${name} was given a schema that programs of version ${version} cannot write to. Nothing of it was written; start the newer program in place of this one`,
  );
