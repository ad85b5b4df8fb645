// The limits of the machine in this very run, so that a slow floor flatters nobody.
import { join } from 'node:path';
import type { GroupJob } from '../limits/group-rate.ts';
import type { LimitJobs } from '../limits.ts';
import { type Program, startProgram } from '../measure/jobs.ts';
import type { Rig } from '../measure/session.ts';
import { ndjsonSize } from './cases.ts';
import type { Plan } from './plan.ts';

export interface Limits {
  /** Appends of 4 KB made durable, per second. */
  fdatasync: number;
  /** Changes per second of an endpoint that reads, validates and answers, 32 connections. */
  bareHono: number;
}

export async function measureLimits(folder: string, plan: Plan, { load }: Pick<Rig, 'load'>): Promise<Limits> {
  return withLimits(async (limits) => {
    const fdatasync = await limits.ask('appendRate', { file: join(folder, 'append'), ms: plan.limitMs });
    const url = await limits.ask('listen', undefined);
    const shape = { url, kind: 'creates', connections: 32, perRequest: 1, existing: 0, firstMark: 0 } as const;
    await load.ask('send', { ...shape, ms: plan.limitMs });
    const { accepted, startedAt, endedAt } = await load.ask('send', { ...shape, ms: plan.limitMs });
    return { fdatasync, bareHono: (accepted * 1000) / (endedAt - startedAt) };
  });
}

/** Changes per second, in groups as large as an NDJSON request. */
export interface StoreRates {
  /** The floor's store by itself. */
  store: Record<GroupJob['kind'], number>;
  /** The hub's own, given what is decided already. */
  engine: Record<GroupJob['kind'], number>;
}

export function measureStores(folder: string, plan: Plan): Promise<StoreRates> {
  const job = { ms: plan.engineMs, group: ndjsonSize, existing: plan.engineOrders };
  return withLimits(async (limits) => {
    const rates = async (name: 'groupRate' | 'engineRate') => ({
      creates: await limits.ask(name, { ...job, kind: 'creates', file: join(folder, `${name}-creates.db`) }),
      updates: await limits.ask(name, { ...job, kind: 'updates', file: join(folder, `${name}-updates.db`) }),
    });
    return { store: await rates('groupRate'), engine: await rates('engineRate') };
  });
}

async function withLimits<R>(measure: (limits: Program<LimitJobs>) => Promise<R>): Promise<R> {
  const limits = startProgram<LimitJobs>('limits');
  try {
    return await measure(limits);
  } finally {
    await limits.stop();
  }
}
