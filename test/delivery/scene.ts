// A relay over a store in memory and systems that do what the test says.
import { onTestFinished } from 'vitest';
import type { BreakerSettings } from '../../src/delivery/breaker.ts';
import type { Limits } from '../../src/delivery/gate.ts';
import { createRelay, type Relay } from '../../src/delivery/relay.ts';
import type { RelayMetrics } from '../../src/delivery/relay-deps.ts';
import type { Log } from '../../src/log.ts';
import { type FakeSystem, fakeSystem } from './fake-system.ts';
import { type MemoryCore, memoryCore } from './memory-core.ts';
import { type StepClock, stepClock } from './step-clock.ts';

export const breaker: BreakerSettings = { windowMs: 30_000, minimum: 10, failures: 0.5, cooldownMs: 5000 };

export interface Line {
  level: string;
  fields: Record<string, unknown>;
  message: string;
}

export interface Scene {
  clock: StepClock;
  core: MemoryCore;
  relay: Relay;
  systems: Record<string, FakeSystem>;
  /** `attempt wms delivered` → how often. */
  counts: Map<string, number>;
  beats: number[];
  log: Line[];
}

export interface SceneOptions {
  systems?: Record<string, FakeSystem>;
  limits?: Limits;
  breaker?: Partial<BreakerSettings>;
  random?: () => number;
}

export function aScene(options: SceneOptions = {}): Scene {
  const systems = options.systems ?? { wms: fakeSystem('wms') };
  const clock = stepClock();
  const core = memoryCore(clock);
  const { metrics, counts, beats } = countingMetrics();
  const { log, lines } = recordingLog();
  const relay = createRelay({
    core,
    systems: Object.entries(systems).map(([id, { connection }]) => ({
      id,
      connection,
      limits: options.limits ?? { concurrency: 8 },
      breaker: { ...breaker, ...options.breaker },
    })),
    metrics,
    clock,
    log,
    random: options.random ?? (() => 0.5),
    newSpanId: () => 'b7ad6b7169203331',
  });
  return { clock, core, relay, systems, counts, beats, log: lines };
}

export async function started(options: SceneOptions = {}): Promise<Scene & { wms: FakeSystem }> {
  const scene = aScene(options);
  await scene.relay.start();
  await scene.clock.calm();
  onTestFinished(async () => {
    for (const system of Object.values(scene.systems)) for (const push of [...system.open]) push.take();
    const stopped = scene.relay.stop(0);
    await scene.clock.advance(20_000);
    await stopped;
  });
  return { ...scene, wms: scene.systems.wms ?? fakeSystem('wms') };
}

function countingMetrics(): { metrics: RelayMetrics; counts: Map<string, number>; beats: number[] } {
  const counts = new Map<string, number>();
  const beats: number[] = [];
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  const metrics: RelayMetrics = {
    attempt: (system, outcome) => count(`attempt ${system} ${outcome}`),
    alert: (kind) => count(`alert ${kind}`),
    breaker: (system, state) => count(`breaker ${system} ${state}`),
    heartbeat: (at) => beats.push(at),
  };
  return { metrics, counts, beats };
}

export function recordingLog(): { log: Log; lines: Line[] } {
  const lines: Line[] = [];
  const write =
    (level: string) =>
    (fields: Record<string, unknown>, message = ''): void => {
      lines.push({ level, fields, message });
    };
  const levels = ['debug', 'info', 'warn', 'error', 'fatal'].map((level) => [level, write(level)]);
  return { log: Object.fromEntries(levels) as unknown as Log, lines };
}
