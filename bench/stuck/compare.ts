// What the healthy half of twenty systems feels while the other half is stuck, beside the same hub with nothing stuck.
import { join } from 'node:path';
import type { StuckPlan } from '../cases/plan.ts';
import type { Figure, Source } from '../cases/rows.ts';
import { type Program, startProgram } from '../measure/jobs.ts';
import { type Measured, type Rig, Session } from '../measure/session.ts';
import type { StuckJobs } from '../stuck.ts';
import { hubOfMany, timesFaster } from './twenty-systems.ts';

const systems = 20;

export interface StuckRun {
  plan: StuckPlan;
  rig: Rig;
  folder: string;
  /** `postgres://…`; else a file of SQLite. */
  newDatabase?: (() => Promise<string>) | undefined;
  progress(text: string): void;
  measured(found: Measured): void;
}

interface Turn {
  source: Source;
  stuck: number;
  ms: number;
  folder: string;
}

/** @returns a set of figures for each pair: nothing stuck, half of them stuck */
export async function compareStuck(run: StuckRun): Promise<Figure[][]> {
  const others = startProgram<StuckJobs>('stuck');
  const sets: Figure[][] = [];
  for (let no = 1; no <= run.plan.pairs; no++) {
    const folder = (name: string) => join(run.folder, `stuck-${no}-${name}`);
    const say = (what: string, ms: number) =>
      run.progress(`stuck ${no}/${run.plan.pairs}: ${what}, ${((ms * timesFaster) / 3_600_000).toFixed(1)} h`);
    const { calmMs, stuckMs } = run.plan;
    say('none of 20 systems', calmMs);
    const calm = await measureOne(run, others, { source: 'calm', stuck: 0, ms: calmMs, folder: folder('calm') });
    say('half of 20 systems', stuckMs);
    const half = { source: 'hub' as const, stuck: systems / 2, ms: stuckMs, folder: folder('half') };
    sets.push([...calm, ...(await measureOne(run, others, half))]);
  }
  await others.stop();
  return sets;
}

async function measureOne(
  { plan, rig, newDatabase, measured }: StuckRun,
  others: Program<StuckJobs>,
  { source, stuck, ms, folder }: Turn,
): Promise<Figure[]> {
  const urls = await others.ask('listen', { healthy: systems - stuck - rig.sinkUrls.length, stuck });
  const session = await Session.start(
    hubOfMany([...rig.sinkUrls, ...urls.healthy, ...urls.stuck], newDatabase),
    folder,
    rig,
  );
  try {
    const load = { kind: 'mixed', connections: 8, rate: plan.rate } as const;
    measured(await session.measure({ ...load, ms: plan.warmUpMs }));
    const found = await session.measure({ ...load, ms });
    measured(found);
    const figure = (row: string, value: number): Figure => ({ row, source, value });
    return [
      figure('stuck.p50', found.wait.p50),
      figure('stuck.p99', found.wait.p99),
      figure('stuck.memory', session.server.usage()?.peakRssMb ?? Number.NaN),
    ];
  } finally {
    await session.server.stop();
    await rig.sinks.ask('forget', undefined);
  }
}
