// The numbers that the store gives. A transaction reserves its change numbers in a block that everybody can see until
// it has committed; readers stop before the lowest open block. So the order of the numbers is the order in which they
// can be seen, and nobody skips a slow transaction, without waiting for any transaction that is not of the hub.

import { mostSystems } from '../engine/view.ts';
import { StoreError } from '../errors.ts';
import { codeOf } from './faults.ts';
import { mayWrite, Outgrown } from './outgrown.ts';
import { databaseNow, type Runner, rows, run, versionWritten } from './session.ts';

/** Everything up to it is committed, or never will be. Only true within one statement. */
export const horizon = `least((SELECT last FROM numbers WHERE name = 'changes'),
  (SELECT min(first) - 1 FROM number_blocks WHERE state = 'open'))`;

/** One statement, so that nobody sees the numbers without the block. What the block before did not use is given again. */
const reserve = {
  name: 'reserve',
  text: `
    WITH head AS (
      UPDATE numbers SET last = CASE WHEN last = $2 THEN last - $3 ELSE last END + $1
      WHERE name = 'changes' AND ${mayWrite(5)} RETURNING last
    ), settled AS (
      DELETE FROM number_blocks WHERE node = $4 AND state = 'committed'
    )
    INSERT INTO number_blocks (node, first, reserved_at, state)
    SELECT $4, last - $1 + 1, ${databaseNow}, 'open' FROM head RETURNING no, first`,
};

const headStatement = {
  name: 'head',
  text: `SELECT coalesce(max(seq), 0) FROM changes WHERE seq <= ${horizon}`,
};

/** Those that no transaction holds any more although they are open: their node ended, or lost its connection. */
const giveUp = {
  name: 'give-up-blocks',
  text: `
    UPDATE number_blocks SET state = 'given_up' WHERE no IN
      (SELECT no FROM number_blocks WHERE state = 'open' AND reserved_at < ${databaseNow} - $1 FOR UPDATE SKIP LOCKED)`,
};

/** Longer than anybody can still want to know what became of a commit. */
const forgottenAfter = 24 * 3_600_000;
const forgetBlocks = {
  name: 'forget-blocks',
  text: `DELETE FROM number_blocks WHERE state <> 'open' AND reserved_at < ${databaseNow} - ${forgottenAfter}`,
};

/**
 * Marks the blocks of `$1` before anything else of the statement runs, which holds them to the end of the transaction. It
 * divides by zero where one was given up, so that a COMMIT that was sent behind it commits nothing.
 */
export const markingBlocks = (parts: readonly string[]): string => `
  WITH ${[
    `marked AS (
      UPDATE number_blocks SET state = 'committed' WHERE no = ANY($1::bigint[]) AND state = 'open' RETURNING no)`,
    ...parts,
  ].join(', ')}
  SELECT 1 / (CASE WHEN (SELECT count(*) FROM marked) = cardinality($1::bigint[]) THEN 1 ELSE 0 END), ${versionWritten}`;
const divisionByZero = '22012';

const mark = { name: 'mark-blocks', text: markingBlocks([]) };
const remove = { name: 'remove-blocks', text: 'DELETE FROM number_blocks WHERE no = ANY($1::bigint[])' };
/** Waits for a transaction that may still be under way; one that has not committed by now never will. */
const resolve = {
  name: 'resolve-blocks',
  text: `
    UPDATE number_blocks SET state = CASE WHEN state = 'open' THEN 'given_up' ELSE state END
    WHERE no = ANY($1::bigint[]) AND node = $2 RETURNING state`,
};

const nextRecords = {
  name: 'next-records',
  text: `UPDATE numbers SET last = last + $1 WHERE name = 'records' RETURNING last`,
};

const readSystems = { name: 'read-systems', text: 'SELECT system, no FROM system_numbers' };
const addSystem = {
  name: 'add-system',
  text: `INSERT INTO system_numbers (no, system) SELECT coalesce(max(no), 0) + 1, $1 FROM system_numbers ON CONFLICT DO NOTHING`,
};

/** The newest change number that anybody may read. */
export const readHead = async (runner: Runner): Promise<number> =>
  ((await rows(runner, headStatement))[0]?.[0] as number | undefined) ?? 0;

/** @param olderThan ms; the transaction that a younger one is for may not have begun to hold it */
export async function giveUpBlocks(runner: Runner, olderThan: number): Promise<void> {
  await run(runner, giveUp, [olderThan]);
  await run(runner, forgetBlocks);
}

/** The group took so long to begin that its numbers were given up. */
export class NumbersLost extends Error {}

export function lostNumbers(error: unknown): never {
  throw codeOf(error) === divisionByZero ? new NumbersLost('the numbers of this group were given up') : error;
}

/** Within the transaction that they are for. @throws NumbersLost when one was given up */
export async function markBlocks(runner: Runner, blocks: readonly number[]): Promise<void> {
  if (blocks.length > 0) await run(runner, mark, [blocks]).catch(lostNumbers);
}

/** Of a transaction that was rolled back. */
export const removeBlocks = (runner: Runner, blocks: readonly number[]): Promise<number> =>
  run(runner, remove, [blocks]);

/**
 * What became of a commit whose answer was lost. A block that is gone was lost with its transaction, when the server
 * itself ended: what is reserved need not be durable before the transaction is. Its number may then be another node's.
 */
export async function wereCommitted(runner: Runner, blocks: readonly number[], node: string): Promise<boolean> {
  const states = (await rows(runner, resolve, [blocks, node])).map(([state]) => state);
  return states.length === blocks.length && states.every((state) => state === 'committed');
}

const recordsAtOnce = 2048;

/** Numbers of one node, between its groups. */
export class Numbers {
  readonly #runner: Runner;
  readonly #systems = new Map<string, number>();
  /** Of the block reserved last: its end, and how many of it were not used. */
  #end = 0;
  #unused = 0;
  #nextRecord = 1;
  #lastRecord = 0;

  readonly #version: number;

  /**
   * @param runner whose commits need not be durable before they are visible: one that counts is durable with the commit that uses it
   * @param version of the schema: the newest that this program knows; a reader needs none
   */
  constructor(runner: Runner, version = Number.MAX_SAFE_INTEGER) {
    this.#runner = runner;
    this.#version = version;
  }

  /** @throws Outgrown */
  async reserve(count: number, node: string): Promise<{ block: number; first: number; last: number }> {
    const [cells] = await rows(this.#runner, reserve, [count, this.#end, this.#unused, node, this.#version]);
    if (!cells) throw new Outgrown('the schema was moved on');
    const [block, first] = cells as [number, number];
    const last = first + count - 1;
    this.#end = last;
    this.#unused = count;
    return { block, first, last };
  }

  /** @param next the lowest number of the block reserved last that was not used */
  used(next: number): void {
    this.#unused = this.#end - next + 1;
  }

  async moreRecords(count: number): Promise<void> {
    if (this.#lastRecord - this.#nextRecord + 1 >= count) return;
    const more = Math.max(count, recordsAtOnce);
    const [cells] = await rows(this.#runner, nextRecords, [more]);
    this.#lastRecord = (cells as [number])[0];
    this.#nextRecord = this.#lastRecord - more + 1;
  }

  get recordsLeft(): number {
    return this.#lastRecord - this.#nextRecord + 1;
  }

  nextRecord(): number {
    return this.#nextRecord++;
  }

  system(name: string): number | undefined {
    return this.#systems.get(name);
  }

  async learnSystems(names: readonly string[]): Promise<void> {
    await this.#readSystems();
    for (const name of names) {
      for (let left = 10; !this.#systems.has(name) && left > 0; left--) {
        if (this.#systems.size >= mostSystems) throw new StoreError(`more than ${mostSystems} systems`);
        await run(this.#runner, addSystem, [name]);
        await this.#readSystems();
      }
    }
  }

  async #readSystems(): Promise<void> {
    for (const [system, no] of await rows(this.#runner, readSystems)) this.#systems.set(system as string, no as number);
  }
}
