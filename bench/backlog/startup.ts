// Starts of the whole hub over a large database, and its memory: after the start, after work with systems paused, after deliveries.

import type { LargePlan } from '../cases/plan.ts';
import type { Figure } from '../cases/rows.ts';
import { hub } from '../measure/contenders.ts';
import type { Server } from '../measure/server.ts';
import type { Rig } from '../measure/session.ts';

export interface Starting {
  /** Holds the database. */
  folder: string;
  plan: LargePlan;
  rig: Rig;
  say(what: string): void;
}

/** Above those of the sample, so that every change of the load is the newer one. */
const firstMark = 1_000_000;

/** @returns a set of figures for each start */
export async function measureStarts({ folder, plan, rig, say }: Starting): Promise<Figure[][]> {
  const sets: Figure[][] = [];
  for (let no = 1; no <= plan.starts; no++) {
    say(`start ${no}/${plan.starts}`);
    const server = await hub.start(folder, rig.sinkUrls);
    try {
      const figures = [figure('startup.listening', server.startMs), figure('startup.memory', rss(server))];
      if (no === plan.starts) figures.push(...(await work(server, { folder, plan, rig, say })));
      sets.push(figures);
    } finally {
      await server.stop();
    }
  }
  await rig.sinks.ask('forget', undefined);
  return sets;
}

async function work(server: Server, { plan, rig, say }: Starting): Promise<Figure[]> {
  say(`intake for ${plan.workMs / 1000} s, systems paused`);
  await hub.hold(server.url);
  const load = { url: server.url + hub.path, kind: 'mixed', connections: 32, perRequest: 1 } as const;
  const taken = await rig.load.ask('send', { ...load, ms: plan.workMs, existing: plan.orders, firstMark });
  const afterIntake = rss(server);
  say(`deliveries for ${plan.workMs / 1000} s`);
  await rig.sinks.ask('reset', firstMark);
  await hub.release(server.url);
  await new Promise((resolve) => setTimeout(resolve, plan.workMs));
  const { counts } = await rig.sinks.ask('received', 0);
  const delivered = counts.reduce((sum, { deliveries }) => sum + deliveries, 0);
  return [
    figure('startup.memory.worked', afterIntake),
    figure('startup.accepted', (taken.accepted * 1000) / (taken.endedAt - taken.startedAt)),
    figure('startup.memory.delivered', rss(server)),
    figure('startup.delivered', (delivered * 1000) / plan.workMs),
    figure('startup.memory.peak', server.usage()?.peakRssMb ?? Number.NaN),
  ];
}

const figure = (row: string, value: number): Figure => ({ row, source: 'hub', value });

const rss = (server: Server): number => server.usage()?.rssMb ?? Number.NaN;
