// What is compared: the floor, the hub and other queues, each with a database of its own and the same three sinks.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { programFile } from './jobs.ts';
import type { Postgres } from './postgres.ts';
import { fromProject } from './project.ts';
import { type Server, startServer } from './server.ts';

export const peerNames = ['pg-boss', 'graphile-worker'] as const;
export type PeerName = (typeof peerNames)[number];
export type ContenderName = 'floor' | 'hub' | PeerName;

export interface Contender {
  name: ContenderName;
  /** Where changes are posted. */
  path: string;
  /** Cases that it takes part in; all where it does not say. */
  only?: readonly string[];
  start(folder: string, sinks: readonly string[]): Promise<Server>;
  /** Stops deliveries, and lets them go on. */
  hold?(url: string): Promise<void>;
  release?(url: string): Promise<void>;
}

/** @returns what stands behind `--database` */
type Place = (folder: string, name: ContenderName) => string | Promise<string>;

const ownFile: Place = (folder, name) => join(folder, `${name}.db`);

const program = (name: Exclude<ContenderName, 'hub'>, file: string, place: Place, more: string[] = []): Contender => ({
  name,
  path: '/changes',
  start: async (folder, sinks) => {
    const args = ['--database', await place(folder, name), '--sinks', sinks.join(','), ...more];
    return startServer({ args: [programFile(file), ...args] });
  },
});

const floor = (worker: boolean): Contender => program('floor', 'floor', ownFile, worker ? ['--worker'] : []);

/** Its configuration stays a file as users write them; addresses come with the environment. */
export const hubConfig = (): string => fromProject('bench/hub/syncline.yaml');

export const hubEnvironment = (folder: string, [crm = '', wms = '', erp = '']: readonly string[]) => ({
  ...{ BENCH_SHOP: crm, BENCH_CRM: crm, BENCH_WMS: wms, BENCH_ERP: erp },
  BENCH_DATABASE: `sqlite:${join(folder, 'hub.db')}`,
});

function startHub(env: Record<string, string>): Promise<Server> {
  const main = fromProject('dist/src/main.js');
  if (!existsSync(main)) throw new Error(`there is no ${main}: npm run build makes it`);
  return startServer({ args: [main, 'serve', '--config', hubConfig()], env });
}

/** The hub on a database of PostgreSQL. */
export const hubAt =
  (url: string): Contender['start'] =>
  (folder, sinks) =>
    startHub({ ...hubEnvironment(folder, sinks), BENCH_DATABASE: url });

export const hub = {
  name: 'hub',
  path: '/v1/systems/shop/changes',
  start: (folder, sinks) => startHub(hubEnvironment(folder, sinks)),
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

/** The same on PostgreSQL, where two queues for it can stand beside them. */
export function contendersOn(
  { newDatabase }: Postgres,
  { floorOnly, peers }: { floorOnly: boolean; peers: boolean },
): Contender[] {
  const hubOnPostgres: Contender = {
    ...hub,
    start: async (folder, sinks) => hubAt(await newDatabase())(folder, sinks),
  };
  const others = peers
    ? peerNames.map((name) => ({ ...program(name, `peers/queues/${name}`, newDatabase), only: ['e2e'] }))
    : [];
  const hubs = floorOnly ? [] : [hubOnPostgres];
  return [program('floor', 'floor', newDatabase), ...hubs, ...others];
}
