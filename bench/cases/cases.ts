// The cases that load a running server, each a few measurements that become figures of named rows.
import type { Load, Measured, Session } from '../measure/session.ts';
import type { Plan } from './plan.ts';

export interface CaseRun {
  session: Pick<Session, 'measure' | 'canHold'>;
  plan: Plan;
  /** One value of a row, for the contender at hand. */
  figure(row: string, value: number): void;
  /** Every measurement, for the totals of what was lost or came twice. */
  measured(measured: Measured): void;
}

type Case = (run: CaseRun) => Promise<void>;

const kinds = ['creates', 'updates'] as const;

/** The same load first, for a shorter time and into no row: code that was not compiled yet, or for another load, is not measured. */
async function warm({ session, plan, measured }: CaseRun, load: Load): Promise<Measured> {
  const shorter = load.changes === undefined ? { ms: plan.warmUpMs } : { changes: plan.warmUpChanges };
  measured(await session.measure({ ...load, ...shorter }));
  const found = await session.measure(load);
  measured(found);
  return found;
}

async function rates(id: string, connections: number, run: CaseRun): Promise<void> {
  for (const kind of kinds) {
    const found = await warm(run, { kind, connections, ms: run.plan.windowMs });
    run.figure(`${id}.${kind}.accepted`, found.acceptedPerSecond);
    run.figure(`${id}.${kind}.delivered`, found.deliveredPerSecond);
    run.figure(`${id}.${kind}.p99`, found.wait.p99);
    run.figure(`${id}.${kind}.cpu`, found.cpuMicroseconds);
  }
}

export const ndjsonSize = 500;
const ndjsonConnections = 2;

async function ndjson(run: CaseRun): Promise<void> {
  const { session, plan, figure } = run;
  const load = { connections: ndjsonConnections, perRequest: ndjsonSize, changes: plan.ndjsonChanges };
  for (const kind of kinds) {
    const delivering = await warm(run, { ...load, kind });
    figure(`ndjson.${kind}.http`, delivering.acceptedPerSecond);
    figure(`ndjson.${kind}.delivering`, delivering.acceptedPerSecond);
    if (!session.canHold) continue;
    const held = await warm(run, { ...load, kind, held: true });
    figure(`ndjson.${kind}.held`, held.acceptedPerSecond);
    figure(`ndjson.${kind}.bare`, held.acceptedPerSecond);
  }
}

async function latency(run: CaseRun): Promise<void> {
  const found = await warm(run, { kind: 'mixed', connections: 8, rate: 100, ms: run.plan.latencyMs });
  run.figure('latency.p50', found.wait.p50);
  run.figure('latency.p99', found.wait.p99);
  run.figure('latency.answer', found.answer.p99);
}

async function saturation(run: CaseRun): Promise<void> {
  const found = await warm(run, { kind: 'mixed', connections: 64, ms: run.plan.saturationMs });
  run.figure('saturation.p99', found.wait.p99);
  run.figure('saturation.accepted', found.acceptedPerSecond);
}

/** Whoever asks whether the hub is alive must not be told no because it is busy. */
async function health(run: CaseRun): Promise<void> {
  const probe = { path: '/healthz', rate: 50 };
  const found = await warm(run, { kind: 'creates', connections: 32, ms: run.plan.healthMs, probe });
  run.figure('health.p50', found.probe.p50);
  run.figure('health.p99', found.probe.p99);
}

export const cases = {
  intake: (run) => rates('intake', 32, run),
  e2e: (run) => rates('e2e', 64, run),
  ndjson,
  latency,
  saturation,
  health,
} satisfies Record<string, Case>;

export type CaseName = keyof typeof cases;
export const caseNames = Object.keys(cases) as CaseName[];
