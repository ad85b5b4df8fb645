// Opens a PostgreSQL database as a store: settings, schema, a number among the nodes, then the work of every second.
import type { Pool } from 'pg';
import type { StoreError } from '../errors.ts';
import { Claims, type Postponed } from './claims.ts';
import { DatabaseClock } from './clock.ts';
import { assertDurable, type Connections, connect, openingError, readSettings } from './connect.ts';
import { type Commit, Groups } from './groups.ts';
import { Hints } from './hints.ts';
import { KnownRecords } from './known-records.ts';
import { migrate } from './migrate.ts';
import { Node } from './node.ts';
import { Numbers } from './numbers.ts';
import { PostgresStore } from './postgres-store.ts';
import { one } from './session.ts';
import { SetBack } from './set-back.ts';
import { refuseUnfinishedCopy } from './unfinished-copy.ts';
import { Upkeep } from './upkeep.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database` */
  url: string;
  /** ms since 1970; else the clock of the database. */
  now?: () => number;
  random: (bytes: number) => Uint8Array;
  /** Runs once after that many ms; the answer takes it back. For what becomes due. */
  schedule?: (ms: number, run: () => void) => () => void;
  /** The same for leases, which the database's clock judges whatever a test's clock does. */
  scheduleUpkeep?: (ms: number, run: () => void) => () => void;
  /** Seconds of a clock that only goes forward. */
  elapsed?: () => number;
  /** Connections of this node. */
  connections?: number;
  onCommit?: (commit: Commit) => void;
  /** The newest change number that may be read, every second: other nodes commit too. */
  onHead?: (head: number) => void;
  /** Another node has paused or resumed a system, or moved its breaker. */
  onShared?: () => void;
  onFailure?: (error: StoreError) => void;
  onPostponed?: (what: Postponed) => void;
  /** For tests: other migrations. */
  migrations?: string;
}

/**
 * @throws StoreUnavailable, UnsafeDatabase, NewerDatabase, ChangedMigration (all of ../errors.ts)
 */
export async function openPostgres(options: PostgresOptions): Promise<PostgresStore> {
  // A connection that ends while nobody uses it is replaced by the next call.
  const connections = connect(options, () => undefined);
  try {
    assertDurable(connections.name, await readSettings(connections.reads));
    const { to } = await migrate(connections.reads, connections.name, options.migrations);
    await refuseUnfinishedCopy(connections.reads, connections.name);
    return await build(connections, options, to);
  } catch (error) {
    await connections.end();
    throw openingError(connections.name, error);
  }
}

async function build(connections: Connections, options: PostgresOptions, version: number): Promise<PostgresStore> {
  const { random, schedule = afterTimeout, scheduleUpkeep = afterTimeout } = options;
  const { elapsed = () => performance.now() / 1000, onCommit, onFailure, onHead, onPostponed, onShared } = options;
  const { writer, notes, reads, name } = connections;
  const clock = new DatabaseClock(elapsed);
  await clock.look(notes);
  const now = options.now ?? clock.now;
  const chance = { now, random };
  const newId = (): string => Buffer.from(random(12)).toString('base64url');
  const epoch = await epochOf(reads, newId());
  await new SetBack({ notes, reads, now, elapsed }).followAtStart();
  const node = new Node(newId);
  await node.register(notes);
  const numbers = new Numbers(notes, version);
  await numbers.learnSystems([]);
  const claims = new Claims(chance);
  const known = new KnownRecords();
  writer.on('connect', () => known.clear());
  const hints = new Hints({
    url: options.url,
    notes,
    node: () => node.id,
    onHint: (hint) => {
      groups.look();
      if (hint === 'systems') onShared?.();
    },
    schedule: scheduleUpkeep,
  });
  const groups: Groups = new Groups({
    writer,
    notes,
    node,
    numbers,
    claims,
    known,
    name,
    version,
    now,
    schedule,
    pause: (ms) => new Promise((resume) => setTimeout(resume, ms)),
    elapsed,
    onCommit,
    onPostponed,
    onLeftDue: () => hints.tell('due'),
    // Others take over at once what it had claimed.
    onEnd: (error) =>
      void node
        .release(notes)
        .catch(() => undefined)
        .finally(() => onFailure?.(error)),
  });
  await hints.start();
  const onOthers = (count: number): void => hints.heardOf(count);
  const parts = {
    node,
    notes,
    reads,
    numbers,
    groups,
    clock,
    name,
    version,
    now,
    elapsed,
    schedule: scheduleUpkeep,
    onHead,
    onOthers,
  };
  return new PostgresStore({
    ...{ connections, epoch, groups, node, numbers, hints, chance, elapsed },
    upkeep: new Upkeep(parts),
  });
}

async function epochOf(pool: Pool, made: string): Promise<string> {
  const text = `INSERT INTO meta (name, value) VALUES ('epoch', $1) ON CONFLICT (name) DO NOTHING`;
  await pool.query(text, [made]);
  return (await one(pool, { name: 'epoch', text: `SELECT value FROM meta WHERE name = 'epoch'` })) as string;
}

function afterTimeout(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
