// Claims and settlements out of a large backlog and out of a small one, in turns: they must cost the same.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BacklogJobs } from '../backlog.ts';
import type { Figure } from '../cases/rows.ts';
import { type Program, startProgram } from '../measure/jobs.ts';
import { quantile } from '../measure/numbers.ts';
import { fillFromSample } from './fill.ts';
import { behindIn } from './sample.ts';

export interface Comparison {
  sample: string;
  /** Folders with a database each, closed. */
  large: string;
  small: string;
  /** For a database that is only there to compile the code. */
  folder: string;
  say(what: string): void;
}

/** All of it out of the smallest backlog, of 10,000. */
const warmUp = 1000;
const slice = 2000;
const slices = 4;
/** Enough that nothing is left to compile. */
const scratchOrders = 8000;

/** @returns a set of figures for each pair of slices */
export async function compareBacklogs({ sample, large, small, folder, say }: Comparison): Promise<Figure[][]> {
  const scratch = await makeScratch(sample, folder);
  const stores = [startProgram<BacklogJobs>('backlog'), startProgram<BacklogJobs>('backlog')] as const;
  try {
    for (const store of stores) await compileAll(store, scratch);
    await stores[0].ask('open', small);
    await stores[1].ask('open', large);
    const figures: Figure[][] = [];
    for (const [place, system] of behindIn.entries()) {
      const row = place === 0 ? 'backlog.made' : 'backlog.scattered';
      say(`backlog, ${system}`);
      for (const store of stores) await store.ask('drain', { system, count: warmUp });
      for (let no = 0; no < slices; no++) {
        const measured = [await figuresOf(stores[0], system, { row, source: 'small' })];
        measured.push(await figuresOf(stores[1], system, { row, source: 'hub' }));
        figures.push(measured.flat());
      }
    }
    for (const store of stores) await store.ask('close', undefined);
    return figures;
  } finally {
    for (const store of stores) await store.stop();
  }
}

async function makeScratch(sample: string, folder: string): Promise<string> {
  const scratch = join(folder, 'scratch');
  mkdirSync(scratch);
  const size = { orders: scratchOrders, history: 2 * scratchOrders };
  await fillFromSample({ sample, path: join(scratch, 'hub.db'), ...size, scattered: '', progress: () => undefined });
  return scratch;
}

/** Half of the scratch database for each store. */
async function compileAll(store: Program<BacklogJobs>, scratch: string): Promise<void> {
  await store.ask('open', scratch);
  for (const system of behindIn) await store.ask('drain', { system, count: scratchOrders / 2 });
  await store.ask('close', undefined);
}

async function figuresOf(
  store: Program<BacklogJobs>,
  system: string,
  { row, source }: { row: string; source: 'small' | 'hub' },
): Promise<Figure[]> {
  const { ms, claimMs } = await store.ask('drain', { system, count: slice });
  return [
    { row, source, value: (slice * 1000) / ms },
    { row: `${row}.claim`, source, value: quantile(claimMs, 0.5) },
  ];
}
