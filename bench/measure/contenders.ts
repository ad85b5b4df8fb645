// What is compared: the floor and the hub, each with a database of its own and the same three sinks.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programFile } from './jobs.ts';
import { type Server, startServer } from './server.ts';

export type ContenderName = 'floor' | 'hub';

export interface Contender {
  name: ContenderName;
  /** Where changes are posted. */
  path: string;
  start(folder: string, sinks: readonly string[]): Promise<Server>;
  /** Stops deliveries, and lets them go on. */
  hold?(url: string): Promise<void>;
  release?(url: string): Promise<void>;
}

const floor = (worker: boolean): Contender => ({
  name: 'floor',
  path: '/changes',
  start: (folder, sinks) => {
    const args = ['--database', join(folder, 'floor.db'), '--sinks', sinks.join(','), ...(worker ? ['--worker'] : [])];
    return startServer({ args: [programFile('floor'), ...args] });
  },
});

/** Its configuration stays a file as users write them; addresses come with the environment. */
const hub: Contender = {
  name: 'hub',
  path: '/v1/systems/shop/changes',
  start: (folder, [crm = '', wms = '', erp = '']) => {
    const config = fromProject('bench/hub/syncline.yaml');
    const program = fromProject('dist/src/main.js');
    if (!existsSync(program)) throw new Error(`there is no ${program}: npm run build makes it`);
    const env = { BENCH_SHOP: crm, BENCH_CRM: crm, BENCH_WMS: wms, BENCH_ERP: erp };
    return startServer({
      args: [program, 'serve', '--config', config],
      env: { ...env, BENCH_DATABASE: `sqlite:${join(folder, 'hub.db')}` },
    });
  },
  hold: (url) => tellSystems(url, 'pause'),
  release: (url) => tellSystems(url, 'resume'),
};

async function tellSystems(url: string, what: 'pause' | 'resume'): Promise<void> {
  for (const system of ['crm', 'wms', 'erp']) {
    const answer = await fetch(`${url}/v1/systems/${system}/${what}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`the hub did not ${what} ${system}: ${answer.status} ${await answer.text()}`);
  }
}

export const contenders = ({ floorOnly, worker }: { floorOnly: boolean; worker: boolean }): Contender[] =>
  floorOnly ? [floor(worker)] : [floor(worker), hub];

/** From a source file or from its compiled copy under dist/. */
function fromProject(path: string): string {
  for (const above of ['../../', '../../../']) {
    const folder = fileURLToPath(new URL(above, import.meta.url));
    if (existsSync(join(folder, 'package.json'))) return join(folder, path);
  }
  throw new Error('the bench must be run from the project it belongs to: there is no package.json');
}
