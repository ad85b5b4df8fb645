// One run against the compiled hub, on a disk that is cut and fails.
import { damagesOf, databaseFile, type Engine, sqlite } from './engine.ts';
import type { History } from './history.ts';
import { HubProcess } from './hub-process.ts';
import { type Befallen, befall, type Plan } from './nemesis/nemesis.ts';
import { usualSyncMs } from './nemesis/target.ts';
import { Disk } from './power-cut/disk.ts';
import { crashRun } from './run.ts';

export interface RealRun extends Plan {
  seed: string;
  engine?: Engine;
  /** For the process of the hub. */
  env?: Record<string, string>;
  quietWithinMs?: number;
  /** What befell the hub, as it goes. */
  tell?: (what: string) => void;
}

export interface RealHistory {
  history: History;
  befallen: Befallen;
}

export async function realRun({
  seed,
  engine = sqlite,
  env,
  quietWithinMs,
  tell = () => undefined,
  ...plan
}: RealRun): Promise<RealHistory> {
  const disk = new Disk();
  let befallen: Befallen = {};
  disk.slow(usualSyncMs);
  try {
    const history = await crashRun({
      seed,
      ...(quietWithinMs !== undefined && { quietWithinMs }),
      open: (addresses) =>
        new HubProcess({ database: engine.database(disk.folder), addresses, env: { ...disk.env, ...env } }),
      befall: async (scene, talk, chance) => {
        befallen = await befall(plan, { ...scene, talk, disk, database: databaseFile(disk.folder) }, chance, tell);
      },
    });
    history.oddities.push(...damagesOf(databaseFile(disk.folder)));
    return { history, befallen };
  } finally {
    disk.remove();
  }
}
