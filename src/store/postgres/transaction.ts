// One group as one transaction: lock and load, number, decide, write, commit.
import type { Socket } from 'node:net';
import type { Pool, PoolClient } from 'pg';
import type { Filling } from './claims.ts';
import { limits } from './connect.ts';
import { kindOf } from './faults.ts';
import { GroupSet } from './group-set.ts';
import type { KnownRecords } from './known-records.ts';
import { Loader, type Locking } from './load.ts';
import type { Node } from './node.ts';
import { markBlocks, type Numbers, readHead, removeBlocks } from './numbers.ts';
import type { Job, Step } from './steps.ts';
import { Wanted } from './wanted.ts';
import { writeAll, writesOf } from './write-back.ts';

export interface GroupParts {
  writer: Pool;
  /** For what need not be durable before it is visible. */
  notes: Pool;
  node: Node;
  numbers: Numbers;
  known: KnownRecords;
}

export interface Asked {
  jobs: readonly Job[];
  filling: Filling | undefined;
  locking: Locking;
  /** What failed when the group was made before: jobs are left out, replicas are postponed. */
  failed: { jobs: ReadonlyMap<Job, unknown>; replicas: ReadonlyMap<number, unknown> };
}

export interface Made {
  /** Left out, since another transaction has what they need. */
  deferred: Job[];
  /** The newest change number that may be read. */
  head: number;
  set: GroupSet;
}

/** The connection was lost while it committed, and nobody knows yet what became of it. */
export class OutcomeUnknown extends Error {
  readonly blocks: readonly number[];
  /** Id of the node that had them. */
  readonly node: string;
  /** What holds if it was committed. */
  readonly made: Made;

  constructor({ blocks, node }: { blocks: readonly number[]; node: string }, made: Made, cause: unknown) {
    super('the connection was lost during a commit', { cause });
    this.blocks = blocks;
    this.node = node;
    this.made = made;
  }
}

/** ms. For a lock that others take again and again; one that is held for long holds up whom it concerns only. */
const shortWait = 100;
/** Rounds of loading within one group; each serves all steps that wait. */
const mostRounds = 40;

/**
 * @throws FaultyStep, LeaseLost, NumbersLost, OutcomeUnknown, or what the server says; nothing of the group is kept then, but for an
 * outcome that is unknown
 */
export async function makeGroup(parts: GroupParts, asked: Asked): Promise<Made> {
  const client = await parts.writer.connect();
  const within = new Within(client);
  const group = new Group(parts, within, asked);
  let broken = true;
  try {
    const made = await group.make();
    broken = false;
    return made;
  } catch (error) {
    within.end();
    if (kindOf(error) !== 'away' && !(error instanceof OutcomeUnknown)) broken = !(await rolledBack(client));
    // Readers wait for open numbers; those of a lost connection are given up a little later.
    if (!broken) await group.giveUpNumbers();
    throw error;
  } finally {
    client.release(broken);
  }
}

async function rolledBack(client: PoolClient): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

/** The connection for as long as the transaction is open: what was begun beside a failure must not run behind it. */
class Within {
  readonly #client: PoolClient;
  #ended = false;

  constructor(client: PoolClient) {
    this.#client = client;
  }

  readonly query = ((...args: Parameters<PoolClient['query']>) => {
    if (this.#ended) return Promise.reject(new Error('the transaction is over'));
    return this.#client.query(...args);
  }) as PoolClient['query'];

  /** What is asked for at once leaves in one piece. */
  together<T>(ask: () => T): T {
    const { stream } = (this.#client as unknown as { connection: { stream: Pick<Socket, 'cork' | 'uncork'> } })
      .connection;
    stream.cork();
    try {
      return ask();
    } finally {
      stream.uncork();
    }
  }

  end(): void {
    this.#ended = true;
  }
}

class Group {
  readonly #parts: GroupParts;
  readonly #client: Within;
  readonly #asked: Asked;
  readonly #set: GroupSet;
  readonly #loader: Loader;
  readonly #blocks: number[] = [];
  readonly #unmarked: number[] = [];
  /** As it was when the group began. */
  readonly #node: string;
  readonly #deferred = new Set<Job>();

  constructor(parts: GroupParts, client: Within, asked: Asked) {
    this.#parts = parts;
    this.#client = client;
    this.#asked = asked;
    this.#set = new GroupSet(parts.node.no, parts.numbers);
    this.#node = parts.node.id;
    this.#loader = new Loader(client, this.#set, parts.known);
  }

  async giveUpNumbers(): Promise<void> {
    if (this.#blocks.length === 0) return;
    await removeBlocks(this.#parts.notes, this.#blocks).catch(() => 0);
  }

  async make(): Promise<Made> {
    const { jobs, filling, failed } = this.#asked;
    const wanted = jobs.filter((job) => !failed.jobs.has(job));
    await this.#begin(wanted);
    await this.#decideJobs(wanted);
    if (filling) await this.#fill(filling);
    return this.#finish({ deferred: [...this.#deferred], head: 0, set: this.#set });
  }

  /** Locks and numbers at once: a number that turns out to be too low for what was locked is not used. */
  async #begin(jobs: readonly Job[]): Promise<void> {
    const count = jobs.length * 2 + 8;
    await allOf([this.#lockAndLoad(jobs), this.#number(count)]);
    if (this.#set.reserved.left < count) await this.#number(count);
  }

  #lockAndLoad(jobs: readonly Job[]): Promise<unknown> {
    const { filling, locking } = this.#asked;
    const begin = locking === 'wait' ? `BEGIN; SET LOCAL lock_timeout = ${shortWait}` : 'BEGIN';
    // After the locks of the jobs, which may be waited for: whoever waits has nothing that others wait for.
    const isWaiting = locking === 'wait';
    const isClaiming = filling && !filling.isEmpty;
    const between = async (): Promise<unknown> =>
      Promise.all([
        isWaiting && this.#client.query(`SET LOCAL lock_timeout = ${limits.lock}`),
        isClaiming && filling.look(this.#client, this.#parts.node),
      ]);
    return this.#client.together(() =>
      Promise.all([
        this.#client.query(begin),
        this.#loader.load(
          new Set(jobs.flatMap(({ keys }) => keys)),
          locking,
          isWaiting || isClaiming ? { between } : {},
        ),
      ]),
    );
  }

  async #number(count: number): Promise<void> {
    const { numbers } = this.#parts;
    const [{ block, first, last }] = await Promise.all([
      numbers.reserve(count, this.#node),
      numbers.moreRecords(count),
    ]);
    this.#blocks.push(block);
    this.#unmarked.push(block);
    this.#set.reserved.add(first, last);
  }

  /** Numbers that are not marked within their transaction are given up after a while. */
  #markBlocks(): Promise<void> {
    return markBlocks(this.#client, this.#unmarked.splice(0));
  }

  async #decideJobs(jobs: readonly Job[]): Promise<void> {
    const byStep = new Map<Step, Job>();
    for (const job of jobs) byStep.set(job.begin(this.#set), job);
    await this.#passes([...byStep.keys()], (step) => {
      const job = byStep.get(step);
      if (!job) return;
      job.learn(step.keys);
      this.#deferred.add(job);
    });
  }

  async #fill(filling: Filling): Promise<void> {
    for (let round = 0; round < mostRounds; round++) {
      const steps = filling.next(this.#set, this.#asked.failed.replicas);
      if (steps.length === 0) return;
      const { aside, wanted } = this.#pass(steps);
      if (aside.length > 0) await this.#fetch(wanted);
      // Another transaction has what it needs: it is still due afterwards.
      filling.made(aside.filter((step) => !this.#isTaken(step)));
    }
    throw new Error('claims asked for more and more');
  }

  /** In order; what lacks something waits, with everything after it that touches the same. */
  async #passes(steps: readonly Step[], leaveOut: (step: Step) => void): Promise<void> {
    const out = new Names(this.#set);
    let waiting = this.#without(steps, out, leaveOut);
    for (let round = 0; waiting.length > 0; round++) {
      if (round > mostRounds) throw new Error('decisions asked for more and more');
      const { aside, wanted } = this.#pass(waiting);
      if (aside.length > 0) await this.#fetch(wanted);
      waiting = this.#without(aside, out, leaveOut);
    }
  }

  #without(steps: readonly Step[], out: Names, leaveOut: (step: Step) => void): Step[] {
    return steps.filter((step) => {
      if (!this.#isTaken(step) && !out.touches(step.keys)) return true;
      out.add(step.keys);
      leaveOut(step);
      return false;
    });
  }

  #pass(steps: readonly Step[]): { aside: Step[]; wanted: Wanted } {
    const aside: Step[] = [];
    const names = new Names(this.#set);
    const wanted = new Wanted();
    let allWait = false;
    for (const step of steps) {
      const lacks = allWait || names.touches(step.keys) ? new Wanted() : step.attempt(this.#set);
      if (!lacks) continue;
      // It is decided, and what it will write is known to nobody: whoever is behind it stays behind it.
      if (lacks.systems.size + lacks.numbers > 0) allWait = true;
      aside.push(step);
      names.add([...step.keys, ...lacks.keys, ...lacks.waiters]);
      wanted.add(lacks);
      this.#lacked.set(step, [...lacks.keys, ...lacks.waiters]);
    }
    return { aside, wanted };
  }

  /** What each step lacked last. */
  readonly #lacked = new Map<Step, readonly string[]>();

  #isTaken(step: Step): boolean {
    const names = [...step.keys, ...(this.#lacked.get(step) ?? [])];
    return names.some((name) => this.#loader.isTaken(name));
  }

  async #fetch(wanted: Wanted): Promise<void> {
    const { numbers } = this.#parts;
    await allOf([
      wanted.systems.size > 0 && numbers.learnSystems([...wanted.systems]),
      wanted.numbers > 0 && this.#number(wanted.numbers + 16),
      this.#client.together(() =>
        Promise.all([
          this.#markBlocks(),
          this.#loader.load(wanted.keys, 'skip'),
          this.#loader.loadCreates(wanted.creates),
          this.#loader.loadWaiters(wanted.waiters),
        ]),
      ),
    ]);
  }

  /** Writes and COMMIT leave together: where one of the writes fails, the server takes COMMIT for ROLLBACK. */
  async #finish(made: Made): Promise<Made> {
    const writes = writesOf(this.#set, this.#unmarked);
    this.#parts.numbers.used(this.#set.reserved.next);
    const [written, committed, head] = await this.#client.together(() =>
      Promise.allSettled([writeAll(this.#client, writes), this.#client.query('COMMIT'), readHead(this.#client)]),
    );
    if (committed.status === 'rejected') {
      throw kindOf(committed.reason) === 'away'
        ? new OutcomeUnknown({ blocks: this.#blocks, node: this.#node }, made, committed.reason)
        : committed.reason;
    }
    if (written.status === 'rejected') throw written.reason;
    if (committed.value.command !== 'COMMIT') throw new Error('the transaction was rolled back');
    this.#parts.known.keep(this.#set.all(), written.value);
    return { ...made, head: head.status === 'fulfilled' ? head.value : 0 };
  }
}

/** The first failure, once nothing of it is under way any more. */
async function allOf(what: readonly unknown[]): Promise<void> {
  for (const one of await Promise.allSettled(what)) if (one.status === 'rejected') throw one.reason;
}

/** Keys, and the records behind them. */
class Names {
  readonly #set: GroupSet;
  readonly #names = new Set<string>();

  constructor(set: GroupSet) {
    this.#set = set;
  }

  add(keys: readonly string[]): void {
    for (const name of this.#of(keys)) this.#names.add(name);
  }

  touches(keys: readonly string[]): boolean {
    if (this.#names.size === 0) return false;
    for (const name of this.#of(keys)) if (this.#names.has(name)) return true;
    return false;
  }

  *#of(keys: readonly string[]): Generator<string> {
    for (const key of keys) {
      yield key;
      const id = this.#set.resolve(key)?.row.id;
      if (id !== undefined) yield id;
    }
  }
}
