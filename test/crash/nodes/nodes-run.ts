// One run against two processes of the compiled hub over a PostgreSQL of its own.
import { cuttingProxy } from '../../postgres/cutting-proxy.ts';
import { startPostgres } from '../../postgres/server.ts';
import type { RealHistory } from '../real-run.ts';
import { crashRun } from '../run.ts';
import { Pair } from './pair.ts';
import { type NodesPlan, strikeNodes } from './strikes.ts';

export interface NodesRun extends NodesPlan {
  seed: string;
  /** What befell them, as it goes. */
  tell?: (what: string) => void;
}

export async function nodesRun({ seed, tell = () => undefined, ...plan }: NodesRun): Promise<RealHistory> {
  const server = await startPostgres();
  const ways = [await cuttingProxy(server.url), await cuttingProxy(server.url)] as const;
  let befallen: RealHistory['befallen'] = {};
  try {
    const history = await crashRun({
      seed,
      open: (addresses) => new Pair(ways, { addresses }),
      befall: async (scene, _talk, chance) => {
        befallen = await strikeNodes(plan, { ...scene, server }, chance, tell);
      },
    });
    return { history, befallen };
  } finally {
    for (const way of ways) await way.close();
    await server.stop();
  }
}
