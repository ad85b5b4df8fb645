// What a node does every second: says that it lives, gives up numbers that nobody holds, takes over from nodes that are
// gone, and looks for what other nodes have done.
import type { Pool } from 'pg';
import { recordNoOf } from '../engine/view.ts';
import type { DatabaseClock } from './clock.ts';
import { GroupSet } from './group-set.ts';
import type { Groups } from './groups.ts';
import { Loader } from './load.ts';
import { forgetNode, holdEndedNode, type Node, nodesEnded, otherNodes } from './node.ts';
import { giveUpBlocks, type Numbers, readHead } from './numbers.ts';
import { Outgrown, outgrown, refuseOutgrown } from './outgrown.ts';
import { inTransaction, one, type Runner, rows } from './session.ts';
import { SetBack } from './set-back.ts';
import { writeAll, writesOf } from './write-back.ts';

const everyMs = 1_000;
/** ms. Between the reservation of numbers and the moment that its transaction holds them. */
const unheldFor = 2_000;
/** Replicas taken over in one transaction. */
const slice = 200;

export interface UpkeepParts {
  node: Node;
  notes: Pool;
  reads: Pool;
  numbers: Numbers;
  groups: Groups;
  clock: DatabaseClock;
  /** Of the database, without its password. */
  name: string;
  /** The newest schema that this program knows. */
  version: number;
  now: () => number;
  /** Seconds of a clock that only goes forward. */
  elapsed: () => number;
  schedule: (ms: number, run: () => void) => () => void;
  onHead?: ((head: number) => void) | undefined;
  /** How many other nodes there are. */
  onOthers: (count: number) => void;
}

export class Upkeep {
  readonly #parts: UpkeepParts;
  readonly #setBack: SetBack;
  #stopped = false;
  #cancel: () => void = () => undefined;
  #running: Promise<void> | undefined;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
    this.#setBack = new SetBack(parts);
    this.#next();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    await this.#running;
  }

  #next(): void {
    if (this.#stopped) return;
    this.#cancel = this.#parts.schedule(everyMs, () => {
      // A server that is away is met by every call too; they tell it.
      this.#running = this.round()
        .catch(() => undefined)
        .finally(() => this.#next());
    });
  }

  /** Once; also for tests, and whenever another node may have ended. */
  async round(): Promise<void> {
    const { node, notes, clock, groups, onHead, onOthers } = this.#parts;
    if (!(await this.#mayServe())) return;
    await node.beat(notes);
    onOthers(await otherNodes(notes, node.no));
    await clock.look(notes);
    await giveUpBlocks(notes, unheldFor);
    for (const ended of await nodesEnded(notes, node.no)) await this.#takeOver(ended);
    onHead?.(await readHead(notes));
    await this.#setBack.follow();
    groups.look();
  }

  /** Also where nothing is written: a process that could not write must not go on reading either. */
  async #mayServe(): Promise<boolean> {
    const { notes, groups, name, version } = this.#parts;
    try {
      await refuseOutgrown(notes, version);
    } catch (error) {
      if (!(error instanceof Outgrown)) throw error;
      groups.end(outgrown(name, version));
    }
    return groups.ended === undefined;
  }

  async #takeOver(ended: number): Promise<void> {
    for (;;) {
      const taken = await inTransaction(this.#parts.reads, (client) => this.#takeSlice(client, ended));
      if (taken === undefined || taken === 0) return;
    }
  }

  /** @returns undefined when another node does it */
  async #takeSlice(client: Runner, ended: number): Promise<number | undefined> {
    const { node, numbers, now } = this.#parts;
    if (!(await holdEndedNode(client, ended))) return undefined;
    const found = (await rows(client, claimedBy, [ended, slice])).map(([no]) => no as number);
    const set = new GroupSet(node.no, numbers);
    await new Loader(client, set).load([], 'skip', { more: found.map(recordNoOf) });
    for (const no of found) {
      const replica = set.replicaByNo(no);
      if (replica?.claimed !== ended) continue;
      const isDue = replica.row.state === 'behind' && replica.row.dueAt === null;
      if (isDue) set.putReplica({ ...replica.row, dueAt: now() });
      else set.free(replica);
    }
    await writeAll(client, writesOf(set, []));
    if (found.length === 0 && (await one(client, stillClaimed, [ended])) === undefined) await forgetNode(client, ended);
    return found.length;
  }
}

const claimedBy = {
  name: 'claimed-by',
  text: `
    SELECT r.no FROM replicas r JOIN records o ON o.no = r.no / 1024
    WHERE r.claimed = $1 AND r.claimed > 0 LIMIT $2 FOR UPDATE OF o SKIP LOCKED`,
};

/** Those that another transaction has are taken over a second later. */
const stillClaimed = {
  name: 'still-claimed',
  text: 'SELECT no FROM replicas WHERE claimed = $1 AND claimed > 0 LIMIT 1',
};
