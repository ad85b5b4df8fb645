// The cases over databases filled in bulk, once for the whole run: `backlog` and `startup` share the large one.
import { mkdirSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { compareBacklogs } from '../backlog/compare.ts';
import { fillFromSample } from '../backlog/fill.ts';
import { behindIn, makeSample } from '../backlog/sample.ts';
import { measureStarts } from '../backlog/startup.ts';
import type { Rig } from '../measure/session.ts';
import type { LargePlan } from './plan.ts';
import type { Figure } from './rows.ts';

export const largeCaseNames = ['backlog', 'startup'] as const;
export type LargeCaseName = (typeof largeCaseNames)[number];

export interface LargeRun {
  plan: LargePlan;
  only: readonly LargeCaseName[];
  rig: Rig;
  folder: string;
  progress(text: string): void;
}

export async function runLarge({ plan, only, rig, folder, progress }: LargeRun): Promise<Figure[][]> {
  if (only.length === 0) return [];
  assertRoom(folder, plan);
  progress('a sample of the hub');
  const sample = await makeSample(join(folder, 'sample'), rig.sinkUrls);
  const fill = (name: string, orders: number) =>
    fillFolder({ folder: join(folder, name), sample, orders, history: plan.history, progress });
  const large = await fill('large', plan.orders);
  const sets: Figure[][] = [];
  if (only.includes('backlog')) {
    const small = await fill('small', plan.fewOrders);
    sets.push(...(await compareBacklogs({ sample, large, small, folder, say: progress })));
    rmSync(small, { recursive: true });
  }
  if (only.includes('startup')) sets.push(...(await measureStarts({ folder: large, plan, rig, say: progress })));
  rmSync(large, { recursive: true });
  return sets;
}

interface Folder {
  folder: string;
  sample: string;
  orders: number;
  history: number;
  progress(text: string): void;
}

/** @returns the folder */
async function fillFolder({ folder, sample, orders, history, progress }: Folder): Promise<string> {
  mkdirSync(folder);
  let said = -1;
  const tell = (share: number): void => {
    const tenths = Math.floor(share * 10);
    if (tenths === said) return;
    said = tenths;
    const size = `${orders.toLocaleString('en-US')} orders, ${history.toLocaleString('en-US')} changes`;
    progress(`filling ${size}: ${tenths * 10} %`);
  };
  const [, scattered] = behindIn;
  await fillFromSample({ sample, path: join(folder, 'hub.db'), orders, history, scattered, progress: tell });
  return folder;
}

/** Measured; generous, since a full disk would end the run after minutes. */
const bytesOf = { order: 12_000, change: 700 };

function assertRoom(folder: string, { orders, fewOrders, history }: LargePlan): void {
  const needed = bytesOf.order * (orders + fewOrders) + bytesOf.change * 2 * history;
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize > needed) return;
  const gigabytes = (bytes: number) => (bytes / 1e9).toFixed(1);
  throw new Error(
    `backlog and startup need ${gigabytes(needed)} GB, ${folder} has ${gigabytes(bavail * bsize)}; name another disk with --folder, or leave them out with --only`,
  );
}
