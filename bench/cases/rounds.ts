// Rounds of floor, hub, floor, hub …: what one of them suffers from the machine, the other suffers too.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Contender } from '../measure/contenders.ts';
import { nowMs } from '../measure/now.ts';
import { type Measured, type Rig, Session } from '../measure/session.ts';
import { type CaseName, cases } from './cases.ts';
import { type Limits, measureLimits, measureStores } from './limits.ts';
import type { LargePlan, Plan } from './plan.ts';
import type { Figure } from './rows.ts';

export interface Round {
  limits: Limits;
  figures: Figure[];
}

/** What must be true of every run, or its figures mean nothing. */
export interface Totals {
  accepted: number;
  lost: number;
  stale: number;
  repeated: number;
  overtaken: number;
  turnedAway: number;
}

export interface Outcome {
  rounds: Round[];
  /** Of the cases over databases filled in bulk: a set for each pair of slices, and for each start. */
  large: { plan: LargePlan; sets: Figure[][] };
  /** A set for each pair of a hub with nothing stuck and one with half of its systems stuck. */
  stuck: Figure[][];
  totals: Record<string, Totals>;
  /** Mean size of what the sinks received. */
  payloadBytes: Record<string, number>;
}

/** What the rounds give. */
export type Loaded = Omit<Outcome, 'large' | 'stuck'>;

export interface Bench {
  plan: Plan;
  only: readonly CaseName[];
  contenders: readonly Contender[];
  rig: Rig;
  folder: string;
  progress(text: string): void;
}

export async function runRounds(bench: Bench): Promise<Loaded> {
  const outcome: Loaded = { rounds: [], totals: {}, payloadBytes: {} };
  if (bench.only.length === 0) return outcome;
  const startedAt = nowMs();
  for (let no = 1; no <= bench.plan.rounds; no++) {
    const spent = nowMs() - startedAt;
    if (no > 1 && spent + spent / (no - 1) > bench.plan.withinMs) break;
    outcome.rounds.push(await runRound(bench, no, outcome));
  }
  return outcome;
}

async function runRound(bench: Bench, no: number, outcome: Loaded): Promise<Round> {
  const { plan, progress, only } = bench;
  const say = (what: string) => progress(`round ${no}/${plan.rounds}: ${what}`);
  const folder = join(bench.folder, `round-${no}`);
  mkdirSync(folder);
  say('limits');
  const figures: Figure[] = [];
  const limits = await measureLimits(folder, plan, bench.rig);
  if (only.includes('ndjson')) figures.push(...(await storeFigures(folder, plan)));
  for (const contender of bench.contenders) {
    figures.push(...(await runContender({ bench, contender, folder, say, outcome })));
  }
  return { limits, figures };
}

async function storeFigures(folder: string, plan: Plan): Promise<Figure[]> {
  const { store, engine } = await measureStores(folder, plan);
  return (['creates', 'updates'] as const).flatMap((kind): Figure[] => [
    { row: `ndjson.${kind}.delivering`, source: 'store', value: store[kind] },
    { row: `ndjson.${kind}.bare`, source: 'store', value: store[kind] },
    { row: `ndjson.${kind}.held`, source: 'engine', value: engine[kind] },
  ]);
}

interface Turn {
  bench: Bench;
  contender: Contender;
  folder: string;
  say(what: string): void;
  outcome: Loaded;
}

async function runContender({ bench, contender, folder, say, outcome }: Turn): Promise<Figure[]> {
  const { plan, rig, only } = bench;
  const source = contender.name;
  const figures: Figure[] = [];
  const figure = (row: string, value: number) => void figures.push({ row, source, value });
  const measured = (found: Measured) => note(outcome, source, found);
  say(`${source}, ${plan.prefill} orders`);
  const session = await Session.start(contender, folder, rig);
  try {
    figure('server.start', session.server.startMs);
    measured(await session.measure({ kind: 'creates', connections: 2, perRequest: 500, changes: plan.prefill }));
    measured(await session.measure({ kind: 'mixed', connections: 32, ms: plan.startWarmUpMs }));
    for (const name of only.filter((name) => contender.only?.includes(name) ?? true)) {
      say(`${source}, ${name}`);
      await cases[name]({ session, plan, figure, measured });
    }
    figure('server.peak', session.server.usage()?.peakRssMb ?? Number.NaN);
    return figures;
  } finally {
    await session.server.stop();
    // The next contender's sinks must know nothing of this one's orders.
    await rig.sinks.ask('forget', undefined);
  }
}

/** Adds to the totals of that source. */
export function note(outcome: Loaded, source: string, found: Measured): void {
  const totals = outcome.totals[source] ?? { accepted: 0, lost: 0, stale: 0, repeated: 0, overtaken: 0, turnedAway: 0 };
  outcome.totals[source] = totals;
  outcome.payloadBytes[source] = found.payloadBytes;
  for (const name of Object.keys(totals) as (keyof Totals)[]) totals[name] += found[name];
}
