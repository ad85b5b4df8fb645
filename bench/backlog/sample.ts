// One order that went through the real hub: its rows are the sample of which a large database is made.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { orderText } from '../load/order-body.ts';
import { type Contender, hub, tellSystems } from '../measure/contenders.ts';
import { nowMs } from '../measure/now.ts';

/** Its digits stand in the sample's rows wherever the order's number does, and nowhere else. */
export const sampleNumber = 7_654_321;
/** In which its copy is behind; in the third system and in the shop it is synced. */
export const behindIn = ['crm', 'wms'] as const;
/** Two states of the order that differ in one unit only, as most changes do. */
const marks = [9, 9009];

const patienceMs = 20_000;

/** @returns the database file */
export async function makeSample(
  folder: string,
  sinkUrls: readonly string[],
  start: Contender['start'] = hub.start,
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const server = await start(folder, sinkUrls);
  try {
    await post(server.url, marks[0] ?? 0);
    await untilBehind(server.url, []);
    await tellSystems(server.url, 'pause', [...behindIn]);
    await post(server.url, marks[1] ?? 0);
    await untilBehind(server.url, behindIn);
  } finally {
    await server.stop();
  }
  return join(folder, 'hub.db');
}

async function post(server: string, mark: number): Promise<void> {
  const body = orderText({ record: sampleNumber, mark, timeMs: Date.now() });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(server + hub.path, { method: 'POST', headers, body });
  if (answer.status !== 202)
    throw new Error(`the hub did not take the sample: ${answer.status} ${await answer.text()}`);
}

interface Lag {
  systems: { system: string; records: { behind: number }[] }[];
}

async function untilBehind(server: string, wanted: readonly string[]): Promise<void> {
  const since = nowMs();
  for (;;) {
    const answer = await fetch(`${server}/v1/lag`);
    const { systems } = (await answer.json()) as Lag;
    const behind = systems.filter(({ records }) => records.some((one) => one.behind > 0)).map(({ system }) => system);
    if (behind.join() === wanted.join()) return;
    if (nowMs() - since > patienceMs)
      throw new Error(`the sample is behind in ${behind.join() || 'no system'}, not in ${wanted.join() || 'none'}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
