// What is compared: the floor and the hub, each with a database of its own and the same three sinks.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { programFile } from './jobs.ts';
import { fromProject } from './project.ts';
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
export const hubConfig = (): string => fromProject('bench/hub/syncline.yaml');

export const hubEnvironment = (folder: string, [crm = '', wms = '', erp = '']: readonly string[]) => ({
  ...{ BENCH_SHOP: crm, BENCH_CRM: crm, BENCH_WMS: wms, BENCH_ERP: erp },
  BENCH_DATABASE: `sqlite:${join(folder, 'hub.db')}`,
});

export const hub = {
  name: 'hub',
  path: '/v1/systems/shop/changes',
  start: (folder, sinks) => {
    const program = fromProject('dist/src/main.js');
    if (!existsSync(program)) throw new Error(`there is no ${program}: npm run build makes it`);
    return startServer({
      args: [program, 'serve', '--config', hubConfig()],
      env: hubEnvironment(folder, sinks),
    });
  },
  hold: (url) => tellSystems(url, 'pause'),
  release: (url) => tellSystems(url, 'resume'),
} satisfies Contender;

const receivers = ['crm', 'wms', 'erp'];

export async function tellSystems(url: string, what: 'pause' | 'resume', systems = receivers): Promise<void> {
  for (const system of systems) {
    const answer = await fetch(`${url}/v1/systems/${system}/${what}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`the hub did not ${what} ${system}: ${answer.status} ${await answer.text()}`);
  }
}

export const contenders = ({ floorOnly, worker }: { floorOnly: boolean; worker: boolean }): Contender[] =>
  floorOnly ? [floor(worker)] : [floor(worker), hub];
