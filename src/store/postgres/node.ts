// This process among those that share the database: a number of its own, and a lease by the database's clock.
import { databaseNow, one, type Runner, rows, run } from './session.ts';

/** ms. A node that is not heard of for that long has lost what it had claimed. */
export const leaseMs = 10_000;

const register = {
  name: 'register',
  text: `INSERT INTO nodes (id, started_at, lease_until) VALUES ($1, ${databaseNow}, ${databaseNow} + $2) RETURNING no`,
};
const renew = {
  name: 'renew',
  text: `UPDATE nodes SET lease_until = ${databaseNow} + $2 WHERE no = $1 AND id = $3 AND lease_until > ${databaseNow}`,
};
const release = { name: 'release', text: 'UPDATE nodes SET lease_until = 0 WHERE no = $1 AND id = $2' };
const endedNodes = {
  name: 'ended-nodes',
  text: `SELECT no FROM nodes WHERE lease_until <= ${databaseNow} AND no <> $1`,
};
/**
 * Held to the end of a transaction: who takes over waits for it, or it finds that it has been taken over.
 * @param first of two parameters, number and id
 */
export const holdNode = (first: number): string =>
  `SELECT no FROM nodes WHERE no = $${first} AND id = $${first + 1} AND lease_until > ${databaseNow} FOR KEY SHARE`;
/** This node has been taken for gone. */
export class LeaseLost extends Error {}
const left = {
  name: 'lease-left',
  text: `SELECT lease_until - ${databaseNow} FROM nodes WHERE no = $1 AND id = $2 AND lease_until > ${databaseNow}`,
};
const others = {
  name: 'other-nodes',
  text: `SELECT count(*) FROM nodes WHERE lease_until > ${databaseNow} AND no <> $1`,
};
/** Whoever has it may take over; it stays ended, since nobody renews a lease that has run out. */
const holdEnded = {
  name: 'hold-ended-node',
  text: `SELECT no FROM nodes WHERE no = $1 AND lease_until <= ${databaseNow} FOR UPDATE`,
};
/** What it has counted stays counted. */
const forget = {
  name: 'forget-node',
  text: `
    WITH gone AS (DELETE FROM replica_counts WHERE node = $1 RETURNING system, type, state, count),
      ended AS (DELETE FROM nodes WHERE no = $1)
    INSERT INTO replica_counts (node, system, type, state, count) SELECT 0, system, type, state, count FROM gone
    ON CONFLICT (node, system, type, state) DO UPDATE SET count = replica_counts.count + excluded.count`,
};

export const nodesEnded = async (runner: Runner, own: number): Promise<number[]> =>
  (await rows(runner, endedNodes, [own])).map(([no]) => no as number);

/** ms that the lease still lasts; 0 when it has run out. */
export const leaseLeft = async (runner: Runner, { no, id }: Pick<Node, 'no' | 'id'>): Promise<number> =>
  ((await one(runner, left, [no, id])) as number | undefined) ?? 0;

export const otherNodes = async (runner: Runner, own: number): Promise<number> =>
  (await one(runner, others, [own])) as number;

export const holdEndedNode = async (runner: Runner, no: number): Promise<boolean> =>
  (await one(runner, holdEnded, [no])) !== undefined;

export const forgetNode = (runner: Runner, no: number): Promise<number> => run(runner, forget, [no]);

export class Node {
  readonly #newId: () => string;
  #no = 0;
  #id = '';

  /** @param newId unlike that of any process, also of this one's own earlier life */
  constructor(newId: () => string) {
    this.#newId = newId;
  }

  get no(): number {
    return this.#no;
  }

  /** Not even a server that lost what it had not written down gives it to another process. */
  get id(): string {
    return this.#id;
  }

  /** Takes a new number: the old one may have been taken over. */
  async register(runner: Runner): Promise<void> {
    const id = this.#newId();
    this.#no = (await one(runner, register, [id, leaseMs])) as number;
    this.#id = id;
  }

  async beat(runner: Runner): Promise<void> {
    if ((await run(runner, renew, [this.#no, leaseMs, this.#id])) === 0) await this.register(runner);
  }

  /** What it had claimed can be taken over at once. */
  release(runner: Runner): Promise<number> {
    return run(runner, release, [this.#no, this.#id]);
  }
}
