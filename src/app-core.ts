// Starts the core thread with what is configured, and speaks with it.
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { systemClock } from './clock.ts';
import type { Config, SystemConfig } from './config.ts';
import { abilities } from './connector/registry.ts';
import type { SystemSetup } from './core/catalog.ts';
import type { Core, CoreEvents } from './core/core.ts';
import type { CoreSetup } from './core/open.ts';
import { connectCore } from './core/remote.ts';

/** Rows live from their commit to their settlements: with room for a few groups most of them die before they are ever moved (measured: a tenth of the time). */
const resourceLimits = { maxYoungGenerationSizeMb: 64 };

export interface CoreHandlers {
  onEvents(events: CoreEvents): void;
  /** The thread has ended without being asked to: nothing can be stored any more. */
  onEnd(error: Error): void;
}

export function coreSetup(config: Config): CoreSetup {
  return {
    database: config.database,
    mappings: config.mappings,
    configFile: config.file,
    ...(config.policies && { policies: config.policies }),
    systems: config.systems.map((system) => ({ ...systemSetup(system), overlays: system.overlays })),
    limits: { batch: config.limits.batch, depth: config.limits.depth },
    keep: config.keep,
  };
}

function systemSetup({ id, role, connector, settings, delivery, backfill, reconcile }: SystemConfig): SystemSetup {
  const { pulls, writes, deletes, whole, fetches, repeatSafe, verbs, lists, publishes, profiles } = abilities(
    connector,
    settings,
  );
  const { attempts, maxAge, backoff } = delivery;
  const limits = { attempts, maxAge, backoff };
  const can = { pulls, writes, deletes, whole, fetches, repeatSafe, verbs };
  return {
    id,
    role,
    connector: connector.name,
    ...can,
    limits,
    backfill,
    ...(reconcile.load && { loadsFirst: lists }),
    ...(publishes && { publishes: publishes.records }),
    ...(profiles && { profiles }),
  };
}

/** The same without a thread of its own. */
export async function openHere(setup: CoreSetup, { onEvents, onEnd }: CoreHandlers): Promise<Core> {
  // Only here: a hub with a thread of its own would load all of the store side twice.
  const { openCore } = await import('./core/open.ts');
  return openCore(setup, { now: systemClock.now, random: randomBytes, onEvents, onFailure: onEnd });
}

/** @throws Error when the documents or the database cannot be opened */
export async function startCore(setup: CoreSetup, { onEvents, onEnd }: CoreHandlers): Promise<Core> {
  // Beside this file, compiled as it is.
  const program = new URL('./core/thread.js', import.meta.url);
  const worker = new Worker(program, { workerData: setup, name: 'syncline-core', resourceLimits });
  let failed: Error | undefined;
  let isUp = false;
  const core = connectCore(worker, {
    onEvents,
    onEnd: (error) => {
      failed = error;
      if (isUp) onEnd(error);
    },
  });
  try {
    await core.ready();
  } catch (error) {
    throw failed ?? error;
  }
  isUp = true;
  return core;
}
