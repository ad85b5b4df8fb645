// The cases that load a running server, each a few measurements that become figures of named rows.
import type { Measured, Session } from '../measure/session.ts';
import type { Plan } from './plan.ts';

export interface CaseRun {
  session: Session;
  plan: Plan;
  /** One value of a row, for the contender at hand. */
  figure(row: string, value: number): void;
  /** Every measurement, for the totals of what was lost or came twice. */
  measured(measured: Measured): void;
}

type Case = (run: CaseRun) => Promise<void>;

const kinds = ['creates', 'updates'] as const;

async function rates(id: string, connections: number, { session, plan, figure, measured }: CaseRun): Promise<void> {
  for (const kind of kinds) {
    const found = await session.measure({ kind, connections, ms: plan.windowMs });
    measured(found);
    figure(`${id}.${kind}.accepted`, found.acceptedPerSecond);
    figure(`${id}.${kind}.delivered`, found.deliveredPerSecond);
    figure(`${id}.${kind}.p99`, found.wait.p99);
    figure(`${id}.${kind}.cpu`, found.cpuMicroseconds);
  }
}

export const ndjsonSize = 500;
const ndjsonConnections = 2;

async function ndjson({ session, plan, figure, measured }: CaseRun): Promise<void> {
  const load = { connections: ndjsonConnections, perRequest: ndjsonSize, changes: plan.ndjsonChanges };
  for (const kind of kinds) {
    const delivering = await session.measure({ ...load, kind });
    measured(delivering);
    figure(`ndjson.${kind}.http`, delivering.acceptedPerSecond);
    figure(`ndjson.${kind}.delivering`, delivering.acceptedPerSecond);
    if (!session.canHold) continue;
    const held = await session.measure({ ...load, kind, held: true });
    measured(held);
    figure(`ndjson.${kind}.held`, held.acceptedPerSecond);
  }
}

async function latency({ session, plan, figure, measured }: CaseRun): Promise<void> {
  const found = await session.measure({ kind: 'mixed', connections: 8, rate: 100, ms: plan.latencyMs });
  measured(found);
  figure('latency.p50', found.wait.p50);
  figure('latency.p99', found.wait.p99);
  figure('latency.answer', found.answer.p99);
}

async function saturation({ session, plan, figure, measured }: CaseRun): Promise<void> {
  const found = await session.measure({ kind: 'mixed', connections: 64, ms: plan.saturationMs });
  measured(found);
  figure('saturation.p99', found.wait.p99);
  figure('saturation.accepted', found.acceptedPerSecond);
}

export const cases = {
  intake: (run) => rates('intake', 32, run),
  e2e: (run) => rates('e2e', 64, run),
  ndjson,
  latency,
  saturation,
} satisfies Record<string, Case>;

export type CaseName = keyof typeof cases;
export const caseNames = Object.keys(cases) as CaseName[];
