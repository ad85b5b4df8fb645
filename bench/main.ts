// npm run bench: the hub against the floor, in interleaved rounds on this machine.
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type CaseName, caseNames } from './cases/cases.ts';
import { type LargeCaseName, largeCaseNames, runLarge } from './cases/large.ts';
import { shortPlan, wholePlan } from './cases/plan.ts';
import { type Loaded, note, type Outcome, runRounds } from './cases/rounds.ts';
import type { Figure } from './cases/rows.ts';
import type { LoadJobs } from './load.ts';
import { contenders, contendersOn } from './measure/contenders.ts';
import { startProgram } from './measure/jobs.ts';
import { startPostgres } from './measure/postgres.ts';
import { summarize, summarizeLimits } from './report/summary.ts';
import { resultText } from './report/table.ts';
import type { SinkJobs } from './sinks.ts';
import { compareStuck, type StuckRun } from './stuck/compare.ts';

const stuckName = 'stuck';

const help = `npm run bench -- [options]

  --short           a minute and a half, for CI: says what moved, not how fast it is
  --only a,b        of ${[...caseNames, ...largeCaseNames, stuckName].join(', ')}; backlog and startup fill some
                    15 GB for minutes and stuck lasts eight, so --short leaves them out unless they are named: then
                    it fills a tenth, and is stuck for a ninth
  --floor           only the floor and the limits of the machine, without the hub
  --worker          the floor with its database in a worker thread
  --postgres        floor and hub on PostgreSQL, which is started for the run: every case but ndjson, backlog and startup,
                    which know SQLite only; stuck where it is named
  --peers           pg-boss and graphile-worker on it beside them, end to end: npm install --prefix bench/peers
  --folder <path>   where databases are made (default: the temporary folder; it should be on a real disk)
  --json            the result as JSON
  --help`;

const { values } = parseArgs({
  options: {
    ...{
      short: { type: 'boolean', default: false },
      only: { type: 'string' },
      floor: { type: 'boolean', default: false },
    },
    ...{ worker: { type: 'boolean', default: false }, postgres: { type: 'boolean', default: false } },
    ...{ peers: { type: 'boolean', default: false }, folder: { type: 'string', default: tmpdir() } },
    ...{ json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
  },
});

if (values.help) console.log(help);
else process.exit(await bench().catch(failed));

async function bench(): Promise<number> {
  const only = namedCases(values.only);
  const folder = mkdtempSync(join(values.folder, 'syncline-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  warnOfMemoryDisk(folder);
  const load = startProgram<LoadJobs>('load');
  const sinks = startProgram<SinkJobs>('sinks');
  const plan = values.short ? shortPlan : wholePlan;
  const rig = { load, sinks, sinkUrls: await sinks.ask('listen', undefined) };
  const postgres = values.postgres || values.peers ? await startPostgres(folder) : undefined;
  const compared = postgres
    ? contendersOn(postgres, { floorOnly: values.floor, peers: values.peers })
    : contenders({ floorOnly: values.floor, worker: values.worker });
  const loaded = await runRounds({ plan, only: only.cases, contenders: compared, rig, folder, progress });
  const sets = await runLarge({ plan: plan.large, only: values.floor ? [] : only.large, rig, folder, progress });
  const stuckRun = { plan: plan.stuck, rig, folder, newDatabase: postgres?.newDatabase, progress };
  const stuck = only.stuck && !values.floor ? await runStuck(loaded, stuckRun) : [];
  const outcome: Outcome = { ...loaded, large: { plan: plan.large, sets }, stuck };
  await Promise.all([load.stop(), sinks.stop(), postgres?.stop()]);
  progress('');
  console.log(values.json ? JSON.stringify(asJson(outcome), null, 2) : resultText(outcome));
  return Object.values(outcome.totals).some(({ lost }) => lost > 0) ? 1 : 0;
}

function failed(error: unknown): number {
  progress('');
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  return 1;
}

function runStuck(loaded: Loaded, run: Omit<StuckRun, 'measured'>): Promise<Figure[][]> {
  return compareStuck({ ...run, measured: (found) => note(loaded, 'hub', found) });
}

interface Named {
  cases: CaseName[];
  large: LargeCaseName[];
  stuck: boolean;
}

function namedCases(only: string | undefined): Named {
  const all = [...caseNames, ...largeCaseNames, stuckName];
  const names = only?.split(',') ?? usualCases(all);
  const unknown = names.filter((name) => !all.some((known) => known === name));
  const isNamed = (name: string) => names.some((named) => named === name);
  if (unknown.length === 0) {
    return { cases: caseNames.filter(isNamed), large: largeCaseNames.filter(isNamed), stuck: isNamed(stuckName) };
  }
  console.error(`bench: unknown case ${unknown.join(', ')}; there are ${all.join(', ')}`);
  process.exit(2);
}

function usualCases(all: readonly string[]): readonly string[] {
  if (values.peers) return ['e2e'];
  if (values.postgres) return caseNames.filter((name) => name !== 'ndjson');
  return values.short ? caseNames : all;
}

function asJson(outcome: Outcome): unknown {
  return {
    ...{ node: process.version, rounds: outcome.rounds.length, rows: summarize(outcome) },
    ...(outcome.large.sets.length > 0 && { large: outcome.large.plan }),
    ...{ limits: summarizeLimits(outcome), totals: outcome.totals, payloadBytes: outcome.payloadBytes },
  };
}

/** One line that is rewritten on a terminal, plain lines elsewhere; never in the way of the result. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`);
  else if (text !== '') console.error(text);
}

function warnOfMemoryDisk(folder: string): void {
  const tmpfs = 0x01021994;
  if (statfsSync(folder).type !== tmpfs) return;
  console.error(`bench: ${folder} is in memory, where a commit costs nothing; name a real disk with --folder`);
}
