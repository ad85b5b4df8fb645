// The main thread's half of delivery: one loop per system that is pushed to, one collector of outcomes for all of them.
import { setMaxListeners } from 'node:events';
import type { ConnectorError } from '../connector/contract.ts';
import { Collector } from './collect.ts';
import type { Checked } from './credentials.ts';
import type { Condition, RelayDeps } from './relay-deps.ts';
import type { HeardSystem, Seen } from './sharing.ts';
import { SystemDelivery } from './system-delivery.ts';
import { inTime } from './wait.ts';

export interface Relay {
  /** Rejects when the stored states cannot be read. */
  start(): Promise<void>;
  /** Claims nothing more, waits so long (ms) for what is under way, cuts the rest, and settles everything; never rejects. */
  stop(graceMs: number): Promise<void>;
  /** What the gateway sees and asks. */
  port: RelayPort;
  /** When a system may be read from beside its deliveries. */
  lane: ReadingLane;
  /** @param at when a poll of the system ended (ms since 1970) */
  polled(system: string, at: number): void;
  isPaused(system: string): boolean;
  /** A lease has come: what only one process may do, this one does now. */
  wake(system: string): void;
  /** What this process knows of each system by itself. */
  seen(): Seen[];
  /** What the processes over the same database know together. */
  hear(heard: HeardSystem): void;
}

export interface ReadingLane {
  /** ms; undefined while it is paused or refuses our credentials. */
  waitMs(system: string): number | undefined;
  asked(system: string): void;
  failed(system: string, error: ConnectorError): void;
}

export interface RelayPort {
  view(system: string): Condition;
  /** Called after the new state is durable; so is `resume`. */
  pause(system: string): void;
  resume(system: string): void;
  check(system: string): Promise<Checked>;
}

const heartbeatMs = 1000;
/** For connectors to notice that they were cut. */
const lastGraceMs = 1000;

export function createRelay(deps: RelayDeps): Relay {
  const { core, clock, log } = deps;
  const cut = new AbortController();
  // Every attempt under way may listen to it; that is no leak.
  setMaxListeners(0, cut.signal);
  const collector = new Collector({
    ...deps,
    counted: ({ system, outcome }) => deps.metrics.attempt(system, outcome),
    recovered: () => {
      for (const { loop } of all.values()) loop?.look();
    },
  });
  const cancelClaims = (): void => {
    core.cancelClaims().catch((error: unknown) => log.error({ err: error }, 'waiting claims could not be ended'));
  };
  const all = new Map(
    deps.systems.map((system) => [
      system.id,
      new SystemDelivery({ ...deps, system, collector, signal: cut.signal, cancelClaims }),
    ]),
  );
  const known = (system: string): SystemDelivery => {
    const found = all.get(system);
    if (!found) throw new Error(`unknown system "${system}"; known: ${[...all.keys()].join(', ')}`);
    return found;
  };
  const heart = createHeart(deps);
  let running: Promise<unknown> = Promise.resolve();
  let stopping: Promise<void> | undefined;

  async function start(): Promise<void> {
    const states = new Map((await core.systems()).map(({ system, state }) => [system, state]));
    for (const [id, system] of all) system.begin(states.get(id) ?? 'active');
    running = Promise.all([...all.values()].map(({ loop }) => loop?.run()));
    heart.start();
  }

  async function stop(graceMs: number): Promise<void> {
    for (const system of all.values()) system.stop();
    if (!(await inTime(clock, running, graceMs))) await cutOff();
    await collector.drain();
    cut.abort();
    heart.stop();
  }

  async function cutOff(): Promise<void> {
    cut.abort();
    if (await inTime(clock, running, lastGraceMs)) return;
    for (const { loop } of all.values()) loop?.abandon();
  }

  return {
    start,
    stop: (graceMs) => {
      stopping ??= stop(graceMs);
      return stopping;
    },
    port: {
      view: (system) => known(system).view(),
      pause: (system) => known(system).pause(),
      resume: (system) => known(system).resume(),
      check: async (system) => known(system).check(),
    },
    lane: {
      waitMs: (system) => known(system).readingIn(),
      asked: (system) => known(system).read(),
      failed: (system, error) => known(system).readFailed(error),
    },
    polled: (system, at) => {
      known(system).lastPollAt = at;
    },
    isPaused: (system) => known(system).isPaused,
    wake: (system) => known(system).loop?.look(),
    seen: () => [...all.values()].map((system) => system.seen()),
    hear: (heard) => known(heard.system).hear(heard),
  };
}

/** Shows that the loops would go round if there were something to do. */
function createHeart({ metrics, clock }: RelayDeps): { start(): void; stop(): void } {
  let cancel: () => void = () => undefined;
  const beat = (): void => {
    metrics.heartbeat(clock.now());
    cancel = clock.after(heartbeatMs, beat);
  };
  return { start: beat, stop: () => cancel() };
}
