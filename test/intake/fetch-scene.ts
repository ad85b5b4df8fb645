// What waits to be fetched, in memory, with the systems it waits for.
import { onTestFinished } from 'vitest';
import type { Core } from '../../src/core/core.ts';
import { createFetching, type Fetching } from '../../src/intake/fetching.ts';
import { type Line, recordingLog } from '../delivery/scene.ts';
import { type StepClock, stepClock } from '../delivery/step-clock.ts';
import { fakeSource } from './fake-source.ts';

type Due = Awaited<ReturnType<Core['toFetch']>>[number];
type Fetched = Parameters<Core['fetched']>[1];
export type Fetch = (id: string, signal: AbortSignal | undefined) => Promise<string | undefined>;

export interface FetchScene {
  clock: StepClock;
  fetching: Fetching;
  /** Adds rows that are due now, and does not wake. */
  add(system: string, ...externalIds: string[]): void;
  /** Makes a row another than an order that can be fetched. */
  change(externalId: string, more: Partial<Due>): void;
  /** What is still waiting. */
  waiting(): string[];
  /** What was asked of the systems: `shop 8812`. */
  asked: string[];
  /** What the store was told: `8812` → what came of it, in order. */
  told: [externalId: string, Fetched][];
  /** What the looks asked for. */
  looks: Parameters<Core['toFetch']>[0][];
  log: Line[];
}

export interface FetchSceneOptions {
  /** By system. */
  systems?: Record<string, Fetch>;
  limit?: number;
  random?: () => number;
  /** Between reading the rows and answering with them. */
  look?: (look: number) => Promise<void>;
  /** Before the row is written. */
  store?: (externalId: string) => Promise<void>;
}

export const text = (id: string): string => `{"id":"${id}"}`;

export function aFetchScene(options: FetchSceneOptions = {}): FetchScene {
  const systems = options.systems ?? { shop: async (id) => text(id) };
  const clock = stepClock();
  const { log, lines } = recordingLog();
  let added = 0;
  const rows = new Map<string, Due & { dueAt: number }>();
  const asked: string[] = [];
  const told: [string, Fetched][] = [];
  const looks: FetchScene['looks'] = [];
  const core = {
    toFetch: async ({ limit, except }: { limit: number; except: readonly string[] }) => {
      looks.push({ limit, except });
      const due = [...rows.values()].filter(({ dueAt }) => dueAt <= clock.now()).sort((a, b) => a.dueAt - b.dueAt);
      await options.look?.(looks.length);
      const asked = [...new Set(due.map(({ system }) => system))].filter((system) => !except.includes(system));
      const oldest = asked.flatMap((one) => due.filter(({ system }) => system === one).slice(0, limit));
      return oldest.map(({ dueAt, ...row }) => row);
    },
    fetched: async (id: string, fetched: Fetched) => {
      const row = rows.get(id);
      if (!row) throw new Error(`there is no row ${id}`);
      await options.store?.(row.externalId);
      told.push([row.externalId, fetched]);
      if ('payload' in fetched) rows.delete(id);
      else rows.set(id, { ...row, attempts: row.attempts + 1, dueAt: clock.now() + fetched.retryInMs });
    },
  };
  const connections = Object.entries(systems).map(([system, fetch]) =>
    fakeSource(system, {
      fetches: ['order'],
      fetch: ({ externalId }, signal) => {
        asked.push(`${system} ${externalId}`);
        return fetch(externalId, signal);
      },
    }),
  );
  const { limit } = options;
  const random = options.random ?? (() => 0.5);
  const fetching = createFetching({ core, connections, clock, log, random, ...(limit !== undefined && { limit }) });
  const add = (system: string, ...externalIds: string[]): void => {
    for (const externalId of externalIds) {
      const id = `wait_${added++}`;
      const item = `{"record":"order","id":"${externalId}"}`;
      rows.set(id, { id, system, record: 'order', externalId, item, attempts: 0, dueAt: clock.now() });
    }
  };
  const change = (externalId: string, more: Partial<Due>): void => {
    for (const [id, row] of rows) if (row.externalId === externalId) rows.set(id, { ...row, ...more });
  };
  const waiting = (): string[] => [...rows.values()].map(({ externalId }) => externalId);
  return { clock, fetching, add, change, waiting, asked, told, looks, log: lines };
}

/** Started over rows of the shop that were there before. */
export async function fetchingOf(externalIds: string[], options: FetchSceneOptions = {}): Promise<FetchScene> {
  const scene = aFetchScene(options);
  scene.add('shop', ...externalIds);
  scene.fetching.start();
  await scene.clock.calm();
  onTestFinished(() => scene.fetching.stop());
  return scene;
}
