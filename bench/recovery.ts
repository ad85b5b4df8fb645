// node dist/bench/recovery.js: how soon a hub with a million orders is there after an end, sends again, and has another's work.
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { fillFromSample } from './backlog/fill.ts';
import { makeSample } from './backlog/sample.ts';
import { hub, hubAt } from './measure/contenders.ts';
import { type Program, startProgram } from './measure/jobs.ts';
import { nowMs } from './measure/now.ts';
import { spread } from './measure/numbers.ts';
import { startPostgres } from './measure/postgres.ts';
import type { Server } from './measure/server.ts';
import { fillPostgres } from './recovery/fill-postgres.ts';
import type { SinkJobs } from './sinks.ts';

const help = `node dist/bench/recovery.js [options]

  --orders <n>      in each database, behind in two of three systems (default 1000000)
  --engine <name>   postgres or sqlite; both where it is not named
  --folder <path>   where the databases are made, and removed (default: the temporary folder; a million takes 4 GB of SQLite, 9 GB of PostgreSQL)
  --keep <path>     where they are made, or found, and left: to fill them takes minutes, to measure does not
  --json            the result as JSON
  --help`;

const { values } = parseArgs({
  options: {
    ...{ orders: { type: 'string', default: '1000000' }, folder: { type: 'string', default: tmpdir() } },
    ...{
      ...{ engine: { type: 'string' }, keep: { type: 'string' } },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  },
});

/** Seconds, as the goals are. */
interface Recovered {
  ready: number;
  firstDelivery: number;
}

const starts = 3;
const lookEveryMs = 5;
const patienceMs = 60_000;
/** Of a process, see src/store/postgres/node.ts. */
const leaseS = 10;

async function measure(orders: number): Promise<void> {
  if (!Number.isSafeInteger(orders) || orders < 1) throw new RangeError('--orders is a number from 1 on');
  if (values.engine !== undefined && !['postgres', 'sqlite'].includes(values.engine))
    throw new RangeError(`--engine is postgres or sqlite, not "${values.engine}"`);
  const folder = values.keep ?? mkdtempSync(join(values.folder, 'syncline-recovery-'));
  if (values.keep === undefined) process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(folder, { recursive: true });
  const sinks = startProgram<SinkJobs>('sinks');
  const run: Run = { folder, orders, sinks, sinkUrls: await sinks.ask('listen', undefined) };
  const found = {
    ...(values.engine !== 'postgres' && { sqlite: await onSqlite(run) }),
    ...(values.engine !== 'sqlite' && { postgres: await onPostgres(run) }),
  };
  await sinks.stop();
  if (values.json) console.log(JSON.stringify({ orders, ...found }, null, 2));
  else for (const [engine, figures] of Object.entries(found)) tell(engine, figures);
}

interface Run {
  folder: string;
  orders: number;
  sinks: Program<SinkJobs>;
  sinkUrls: readonly string[];
}

async function onSqlite(run: Run) {
  const large = join(run.folder, 'sqlite');
  if (!existsSync(large)) await fillSqlite(run, large);
  return { restarts: await restarted(run, () => hub.start(large, run.sinkUrls)) };
}

async function fillSqlite({ folder, orders, sinkUrls }: Run, into: string): Promise<void> {
  say('sqlite: a sample');
  const sampled = join(folder, 'sqlite-sample');
  const sample = await makeSample(sampled, sinkUrls);
  const unfinished = join(folder, 'sqlite-unfinished');
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished);
  const size = { orders, history: 2 * orders, scattered: '' };
  await fillFromSample({ sample, path: join(unfinished, 'hub.db'), ...size, progress: told('sqlite: filling') });
  rmSync(sampled, { recursive: true });
  renameSync(unfinished, into);
}

async function onPostgres(run: Run) {
  const filled = join(run.folder, 'postgres-filled');
  // Half filled it is of no use.
  if (!existsSync(filled)) rmSync(join(run.folder, 'postgres'), { recursive: true, force: true });
  const postgres = await startPostgres(run.folder, { keep: true });
  try {
    const { url } = postgres;
    const start = () => hubAt(url)(run.folder, run.sinkUrls);
    if (!existsSync(filled)) {
      say('postgres: a sample');
      await makeSample(join(run.folder, 'postgres-sample'), run.sinkUrls, hubAt(url));
      await fillPostgres(url, run.orders, told('postgres: filling'));
      writeFileSync(filled, '');
    }
    const restarts = await restarted(run, start);
    const takeovers: number[] = [];
    for (let no = 0; no < starts; no++) takeovers.push(await takenOver(url, start));
    return { restarts, takeovers };
  } finally {
    await postgres.stop();
  }
}

/** Killed while it delivers, each time: what was in flight is found again, too. */
async function restarted({ sinks }: Run, start: () => Promise<Server>): Promise<Recovered[]> {
  const found: Recovered[] = [];
  await resume(await start()).then(async (server) => {
    await delivered(sinks);
    server.kill();
  });
  for (let no = 1; no <= starts; no++) {
    say(`start ${no}/${starts}`);
    // What the one before had under way has arrived, or never will.
    await pause(1_000);
    await sinks.ask('forget', undefined);
    await sinks.ask('reset', 0);
    const server = await start();
    const since = nowMs();
    await delivered(sinks);
    found.push({ ready: server.startMs / 1000, firstDelivery: (nowMs() - since) / 1000 });
    server.kill();
  }
  return found;
}

/** The systems of the sample were paused, so that it stayed behind in them. */
async function resume(server: Server): Promise<Server> {
  await hub.release(server.url);
  return server;
}

async function delivered(sinks: Program<SinkJobs>): Promise<void> {
  await until('something is delivered', async () => {
    const { counts } = await sinks.ask('received', 0);
    return counts.some(({ deliveries }) => deliveries > 0);
  });
}

/** @returns seconds from the end of one of two processes until nothing is claimed by it any more */
async function takenOver(url: string, start: () => Promise<Server>): Promise<number> {
  say('two processes, one of which is killed');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // A process that was held up for long has another number than it began with.
  const claimedSince = async (no: number): Promise<number> => {
    const text = 'SELECT count(*)::int AS count FROM replicas WHERE claimed > $1 AND claimed > 0';
    return (await client.query<{ count: number }>(text, [no])).rows[0]?.count ?? 0;
  };
  const newest = async (): Promise<number> =>
    (await client.query<{ no: number }>('SELECT max(no)::int AS no FROM nodes')).rows[0]?.no ?? 0;
  const stays = await start();
  const before = await newest();
  const ends = await start();
  try {
    await until('it has claimed something', async () => (await claimedSince(before)) > 0);
    const since = nowMs();
    ends.kill();
    await until('another one has it', async () => (await claimedSince(before)) === 0);
    return (nowMs() - since) / 1000;
  } finally {
    await stays.stop();
    await client.end();
  }
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const since = nowMs();
  while (!(await isSo())) {
    if (nowMs() - since > patienceMs) throw new Error(`after ${patienceMs / 1000} s it is not so that ${what}`);
    await pause(lookEveryMs);
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function tell(engine: string, { restarts, takeovers = [] }: { restarts: Recovered[]; takeovers?: number[] }): void {
  const line = (what: string, seconds: number[], goal: number): void => {
    const { median, max } = spread(seconds);
    console.log(
      `${engine.padEnd(9)} ${what.padEnd(42)} ${median.toFixed(1)} s, at most ${max.toFixed(1)} (goal ${goal})`,
    );
  };
  line(
    'from the start to ready',
    restarts.map(({ ready }) => ready),
    5,
  );
  line(
    'from ready to the first delivery',
    restarts.map(({ firstDelivery }) => firstDelivery),
    5,
  );
  if (takeovers.length > 0) line('a killed process’s work is another’s', takeovers, leaseS + 5);
}

const told = (what: string) => (share: number) => say(`${what} ${Math.round(share * 100)} %`);

function say(what: string): void {
  console.error(what);
}

if (values.help) console.log(help);
else await measure(Number(values.orders));
