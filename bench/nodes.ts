// node dist/bench/nodes.js: two processes of the hub on one PostgreSQL against one, under the same load, in turns.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { LoadJobs } from './load.ts';
import { hub, hubAt } from './measure/contenders.ts';
import { type Program, startProgram } from './measure/jobs.ts';
import { nowMs } from './measure/now.ts';
import { spread } from './measure/numbers.ts';
import { startPostgres } from './measure/postgres.ts';
import type { Server } from './measure/server.ts';
import type { SinkJobs } from './sinks.ts';

const help = `node dist/bench/nodes.js [options]

  --changes <n>     of each turn: new orders, each delivered to three systems (default 1200)
  --turns <n>       of each, one after the other (default 5)
  --folder <path>   where PostgreSQL keeps both databases (default: the temporary folder)
  --json            the result as JSON
  --help`;

const { values } = parseArgs({
  options: {
    ...{ changes: { type: 'string', default: '1200' }, turns: { type: 'string', default: '5' } },
    ...{ folder: { type: 'string', default: tmpdir() }, json: { type: 'boolean', default: false } },
    help: { type: 'boolean', default: false },
  },
});

const receivers = 3;
const connections = 32;
/** For each process: two that share a load have compiled half of what one has. */
const warmUpTurns = 2;
const lookEveryMs = 10;
const patienceMs = 120_000;

interface Team {
  servers: readonly Server[];
  /** Orders that exist. */
  existing: number;
  rates: Rate[];
}

/** Of one turn, per second and per change. */
interface Rate {
  accepted: number;
  delivered: number;
  cpuMs: number;
}

async function compare(changes: number, turns: number): Promise<void> {
  const folder = mkdtempSync(join(values.folder, 'syncline-nodes-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const postgres = await startPostgres(folder);
  const sinks = startProgram<SinkJobs>('sinks');
  const sinkUrls = await sinks.ask('listen', undefined);
  // Half of the load comes by each, also where both go to one process.
  const loads = [startProgram<LoadJobs>('load'), startProgram<LoadJobs>('load')] as const;
  const teams: Team[] = [];
  try {
    for (const size of [1, 2]) {
      const start = hubAt(await postgres.newDatabase());
      const servers: Server[] = [];
      for (let no = 0; no < size; no++) servers.push(await start(folder, sinkUrls));
      teams.push({ servers, existing: 0, rates: [] });
    }
    const rig = { loads, sinks, changes };
    for (const team of teams) {
      for (let no = 0; no < warmUpTurns * team.servers.length; no++) await turn(team, rig);
      team.rates = [];
    }
    for (let no = 1; no <= turns; no++) {
      console.error(`turn ${no}/${turns}`);
      for (const team of no % 2 === 0 ? teams : teams.toReversed()) await turn(team, rig);
    }
  } finally {
    for (const { servers } of teams) for (const server of servers) await server.stop();
    for (const load of loads) await load.stop();
    await sinks.stop();
    await postgres.stop();
  }
  tell(teams);
}

interface Rig {
  loads: readonly [Program<LoadJobs>, Program<LoadJobs>];
  sinks: Program<SinkJobs>;
  changes: number;
}

async function turn(team: Team, { loads, sinks, changes }: Rig): Promise<void> {
  const each = Math.ceil(changes / loads.length);
  await sinks.ask('forget', undefined);
  await sinks.ask('reset', 0);
  const cpuBefore = cpuMs(team);
  const since = nowMs();
  const outcomes = await Promise.all(
    loads.map((load, no) => {
      const server = team.servers[no % team.servers.length];
      if (!server) throw new Error('there is no process');
      const existing = team.existing + no * each;
      const job = { kind: 'creates', connections: connections / loads.length, perRequest: 1, changes: each } as const;
      return load.ask('send', { ...job, url: server.url + hub.path, existing, firstMark: existing });
    }),
  );
  const acceptedMs = nowMs() - since;
  const accepted = outcomes.reduce((sum, one) => sum + one.accepted, 0);
  await allArrived(sinks, accepted * receivers);
  const deliveredMs = nowMs() - since;
  team.existing += 2 * loads.length * each;
  team.rates.push({
    accepted: (accepted * 1000) / acceptedMs,
    delivered: (accepted * receivers * 1000) / deliveredMs,
    cpuMs: (cpuMs(team) - cpuBefore) / accepted,
  });
}

async function allArrived(sinks: Program<SinkJobs>, wanted: number): Promise<void> {
  const since = nowMs();
  for (;;) {
    const { counts } = await sinks.ask('received', 0);
    const arrived = counts.reduce((sum, { deliveries, repeated }) => sum + deliveries - repeated, 0);
    if (arrived >= wanted) return;
    if (nowMs() - since > patienceMs) throw new Error(`${arrived} of ${wanted} deliveries arrived`);
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

const cpuMs = ({ servers }: Team): number =>
  servers.reduce((sum, server) => sum + (server.usage()?.cpuMs ?? Number.NaN), 0);

function tell(teams: readonly Team[]): void {
  const medians = teams.map(({ servers, rates }) => ({
    processes: servers.length,
    accepted: spread(rates.map(({ accepted }) => accepted)).median,
    delivered: spread(rates.map(({ delivered }) => delivered)).median,
    cpuMs: spread(rates.map(({ cpuMs: used }) => used)).median,
  }));
  const [one, two] = medians as [(typeof medians)[number], (typeof medians)[number]];
  const ratios = {
    accepted: two.accepted / one.accepted,
    delivered: two.delivered / one.delivered,
    cpu: two.cpuMs / one.cpuMs,
  };
  if (values.json) {
    console.log(JSON.stringify({ rows: medians, ratios }, null, 2));
    return;
  }
  for (const { processes, accepted, delivered, cpuMs: used } of medians)
    console.log(
      `${processes} process${processes === 1 ? '' : 'es'}: ${accepted.toFixed(0)} changes/s accepted, ${delivered.toFixed(0)} deliveries/s, ${used.toFixed(1)} ms of the hub's processor time per change`,
    );
  console.log(
    `two to one: accepted ${ratios.accepted.toFixed(2)}, delivered ${ratios.delivered.toFixed(2)} (goal: at least 1), processor time per change ${ratios.cpu.toFixed(2)}`,
  );
}

if (values.help) console.log(help);
else await compare(Number(values.changes), Number(values.turns));
