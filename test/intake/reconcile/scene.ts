// A system of a few objects that is paged through, the real store side, and a clock that moves when it is told to.
import { z } from 'zod';
import type { Connection } from '../../../src/connector/connection.ts';
import type { ConnectorError } from '../../../src/connector/contract.ts';
import { defineConnector } from '../../../src/connector/define.ts';
import { abilities } from '../../../src/connector/registry.ts';
import {
  createReconciler,
  type Lane,
  type Reconciler,
  type ReconcilerDeps,
} from '../../../src/intake/reconcile/reconciler.ts';
import type { Run } from '../../../src/intake/reconcile/run.ts';
import { createLog } from '../../../src/log.ts';
import type { Scene } from '../../core/scene.ts';
import { type StepClock, stepClock } from '../../delivery/step-clock.ts';

export interface FakeSystem {
  connection: Connection;
  /** In the order of its pages. */
  objects: Map<string, object>;
  /** What it was asked: `list <cursor>`, `fetch <id>`. */
  asked: string[];
  /** Thrown by the next questions. */
  failures: ConnectorError[];
  /** Run before a page is answered. */
  onList: () => void;
}

const pageSize = 2;

export function fakeSystem(system: string, { fetches = true } = {}): FakeSystem {
  const objects = new Map<string, object>();
  const fake = { objects, asked: [] as string[], failures: [] as ConnectorError[], onList: () => {} };
  const fail = (): void => {
    const failure = fake.failures.shift();
    if (failure) throw failure;
  };
  const connector = defineConnector({
    name: 'fake',
    title: 'A few objects',
    settings: z.strictObject({}),
    operations: 'configured',
    lists: () => ['order'],
    polls: () => [],
    poll: async () => ({ items: [], cursor: undefined, more: false }),
    list: async ({ cursor }) => {
      fake.asked.push(`list ${cursor ?? ''}`);
      fake.onList();
      fail();
      const ids = [...objects.keys()].sort().filter((id) => cursor === undefined || id > cursor);
      const items = ids.slice(0, pageSize).map((id) => ({ id, data: JSON.stringify(objects.get(id)) }));
      return { items, cursor: items.at(-1)?.id ?? cursor, more: ids.length > pageSize };
    },
    ...(fetches && {
      fetches: () => ['order' as const],
      fetch: async (reference) => {
        const id = 'externalId' in reference ? reference.externalId : '';
        fake.asked.push(`fetch ${id}`);
        fail();
        const found = objects.get(id);
        return found && JSON.stringify(found);
      },
    }),
  });
  const context = (signal?: AbortSignal) => ({
    ...{ system, settings: {}, http: undefined as never, now: () => 0 },
    ...(signal && { signal }),
  });
  const connection = { system, connector, abilities: abilities(connector, {}), context } as unknown as Connection;
  return Object.assign(fake, { connection });
}

export interface Reconciling {
  reconciler: Reconciler;
  clock: StepClock;
  lane: { waits: (number | undefined)[]; asked: number; failed: string[] };
  alerts: string[];
  runs: Run[];
  /** Time goes on until the run has ended. */
  ended(): Promise<Run>;
  stop(): Promise<void>;
}

export function reconcileWith(
  hub: Scene,
  fake: FakeSystem,
  more: Partial<ReconcilerDeps['systems'][number]> & { shared?: boolean; owner?: string } = {},
): Reconciling {
  const clock = stepClock(hub.now());
  // One time for both.
  const now = () => Math.max(clock.now(), hub.now());
  const lane = { waits: [] as (number | undefined)[], asked: 0, failed: [] as string[] };
  const port: Lane = {
    waitMs: () => (lane.waits.length > 0 ? lane.waits.shift() : 0),
    asked: () => {
      lane.asked += 1;
    },
    failed: (_system, { kind }) => void lane.failed.push(kind),
  };
  const alerts: string[] = [];
  const runs: Run[] = [];
  const { shared = false, owner = 'one', ...settings } = more;
  const reconciler = createReconciler({
    core: hub.core,
    systems: [{ connection: fake.connection, records: ['order'], repair: false, load: false, ...settings }],
    lane: port,
    clock: { now, after: clock.after },
    log: createLog({ level: 'silent', to: { write: () => undefined } }),
    metrics: { alert: (kind) => void alerts.push(kind), reconciled: (run) => void runs.push(structuredClone(run)) },
    shared,
    random: () => 0,
    newOwner: () => owner,
  });
  const system = fake.connection.system;
  return {
    reconciler,
    clock,
    lane,
    alerts,
    runs,
    ended: async () => {
      for (let turn = 0; turn < 400; turn += 1) {
        const run = await reconciler.run(system);
        if (run && run.state !== 'running') return run;
        const before = hub.now();
        hub.pass(250);
        await clock.advance(Math.max(0, hub.now() - Math.max(before, clock.now())) + 250);
      }
      throw new Error('the run does not end');
    },
    stop: async () => {
      const stopped = reconciler.stop();
      await clock.advance(0);
      await stopped;
    },
  };
}
