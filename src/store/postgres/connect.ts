// Connections to the server: few, each with limits on everything that could wait.
import pg from 'pg';
import { StoreUnavailable, UnsafeDatabase } from '../errors.ts';
import { codeOf, kindOf } from './faults.ts';
import { type Runner, rows } from './session.ts';

/** ms. Longer than any statement of the hub takes, shorter than anybody wants to wait for one. */
export const limits = {
  statement: 10_000,
  lock: 3_000,
  /** A node that stops in the middle of a transaction holds up nobody for longer. */
  idleInTransaction: 5_000,
  connect: 5_000,
  /** For a server that has vanished without a word: it no longer enforces limits of its own. */
  answer: 15_000,
};

export interface ConnectionOptions {
  /** `postgres://user:password@host:5432/database` */
  url: string;
  /** Connections of this node, 4 at least. */
  connections?: number | undefined;
}

const fewestConnections = 4;
const usualConnections = 8;

export interface Connections {
  /** Transactions of groups, one after the other. */
  writer: pg.Pool;
  /** Leases and numbers: short statements whose loss a commit of the writer would reveal. */
  notes: pg.Pool;
  /** Everything else. */
  reads: pg.Pool;
  /** Without the password, for messages. */
  name: string;
  end(): Promise<void>;
}

/** @param onLost hears of connections that ended without having been asked to */
export function connect(options: ConnectionOptions, onLost: (error: Error) => void): Connections {
  const { url, connections = usualConnections } = options;
  if (connections < fewestConnections) throw new RangeError(`a node needs ${fewestConnections} connections at least`);
  const pool = (max: number, settings: string, more: pg.PoolConfig = {}): pg.Pool => {
    const made = new pg.Pool({
      connectionString: url,
      max,
      application_name: 'syncline',
      connectionTimeoutMillis: limits.connect,
      query_timeout: limits.answer,
      keepAlive: true,
      ...more,
      onConnect: async (client: pg.ClientBase) => {
        // One that is in use says it to its user too; unheard, it would end the process.
        client.on('error', onLost);
        await client.query(`${timeouts} ${settings}`);
      },
    } as pg.PoolConfig);
    made.on('error', onLost);
    return made;
  };
  /** What is asked for at once leaves at once, and not one by one. */
  const pipelined = { pipeline: true } as pg.PoolConfig;
  const writer = pool(1, `${plansOf('force_generic_plan')} ${durable}`, pipelined);
  const notes = pool(1, `${plansOf('force_generic_plan')} SET synchronous_commit = off;`);
  const reads = pool(connections - 2, `${plansOf('force_custom_plan')} ${durable}`, pipelined);
  return {
    writer,
    notes,
    reads,
    name: nameOf(url),
    end: async () => {
      await Promise.all([writer.end(), notes.end(), reads.end()]);
    },
  };
}

const timeouts = `SET statement_timeout = ${limits.statement}; SET lock_timeout = ${limits.lock};
  SET idle_in_transaction_session_timeout = ${limits.idleInTransaction};`;
/**
 * Every statement of the engine finds few rows by an index, at any size; a plan that guesses how many there are reads whole
 * tables once they are large (measured: seconds instead of milliseconds with a million replicas). With nothing but indexes
 * and nested loops to choose from there is one plan at any size, so that groups make it once for each connection: planning
 * anew took more of the server than running. Lists of filters that may be absent are planned for what is asked.
 * What a server does not know is left out.
 */
const plansOf = (mode: 'force_generic_plan' | 'force_custom_plan') => `
  SELECT set_config(s.name, w.value, false) FROM pg_settings s JOIN (VALUES
    ('plan_cache_mode', '${mode}'), ('max_parallel_workers_per_gather', '0'),
    ('enable_seqscan', 'off'), ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off')
  ) AS w (name, value) ON w.name = s.name;`;
/** Whatever a role or database has as its own default; {@link assertDurable} refuses those that say otherwise. */
const durable = 'SET default_transaction_read_only = off;';

function nameOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `postgres://${hostname}${port && `:${port}`}${pathname}`;
}

export interface ServerSettings {
  fsync: string;
  synchronousCommit: string;
  /** `180004` */
  version: number;
}

const oldestVersion = 140_000;

export async function readSettings(runner: Runner): Promise<ServerSettings> {
  const statement = {
    name: 'settings',
    text: `SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('server_version_num')`,
  };
  const [fsync, synchronousCommit, version] = (await rows(runner, statement))[0] as string[];
  return { fsync: fsync ?? '', synchronousCommit: synchronousCommit ?? '', version: Number(version) };
}

/** @throws UnsafeDatabase naming what is set and what has to be set */
export function assertDurable(name: string, { fsync, synchronousCommit, version }: ServerSettings): void {
  if (version < oldestVersion) {
    throw new UnsafeDatabase(`${name} is PostgreSQL ${Math.floor(version / 10_000)}; version 14 or newer is needed`);
  }
  if (fsync !== 'on') {
    throw new UnsafeDatabase(
      `${name} has fsync = ${fsync}: a power cut would lose what was acknowledged. Set fsync = on in postgresql.conf, then start again`,
    );
  }
  if (synchronousCommit === 'off') {
    throw new UnsafeDatabase(
      `${name} has synchronous_commit = off: a crash would lose what was acknowledged. Set it to on (ALTER DATABASE … SET synchronous_commit = on, or for the role), then start again`,
    );
  }
}

/** An error while a store is being opened, with the next step where it is known. */
export function openingError(name: string, error: unknown): unknown {
  const code = codeOf(error);
  if (code === '28P01' || code === '28000') {
    return new StoreUnavailable(`${name} refuses the user or the password. Check the address of the database`, error);
  }
  if (code === '3D000') return new StoreUnavailable(`${name} does not exist. Create the database, then start`, error);
  if (kindOf(error) !== 'away') return error;
  const reason = error instanceof Error ? error.message || code : String(error);
  return new StoreUnavailable(`${name} cannot be reached (${reason}). Start it, or check the address`, error);
}
