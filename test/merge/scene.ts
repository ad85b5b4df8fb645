// A hub of one record for the merge tests: what the intake and the delivery do around the merge, and nothing more.

import { merge, remember } from '../../src/merge/merge.ts';
import type { Memory, MergePolicy, MergeResult, Observation, Stamps } from '../../src/merge/types.ts';
import type { JsonObject } from '../../src/model/json.ts';

export interface Scene {
  policy: MergePolicy;
  record: { version: number; data: JsonObject; stamps: Stamps } | undefined;
  memories: Map<string, Memory>;
  inFlight: Map<string, JsonObject[]>;
  now: number;
}

export const start = 1_800_000_000_000;

export const sceneOf = (policy: MergePolicy): Scene => ({
  policy,
  record: undefined,
  memories: new Map(),
  inFlight: new Map(),
  now: start,
});

/** What `source` says, a second after the last thing that happened. */
export function say(scene: Scene, source: string, patch: JsonObject, more: Partial<Observation> = {}): MergeResult {
  scene.now += 1_000;
  const { policy, record, now } = scene;
  const observation: Observation = {
    source,
    patch,
    at: undefined,
    trust: 'ntp',
    since: undefined,
    now,
    ours: false,
    ...more,
  };
  const result = merge({
    type: policy.record,
    policy,
    record,
    memory: scene.memories.get(source),
    inFlight: scene.inFlight.get(source) ?? [],
    observation,
  });
  const changed = result.applied.length > 0;
  scene.record = { version: (record?.version ?? 0) + (changed ? 1 : 0), data: result.data, stamps: result.stamps };
  if (result.memory) {
    const current = changed && (scene.inFlight.get(source) ?? []).length === 0 && record === undefined;
    scene.memories.set(source, current ? { ...result.memory, syncedVersion: scene.record.version } : result.memory);
  }
  return result;
}

/** A delivery to a system that holds whatever it is sent (or the normal form given). */
export function deliver(scene: Scene, system: string, image: JsonObject = scene.record?.data ?? {}): void {
  scene.now += 1_000;
  const memory = scene.memories.get(system) ?? { image: {}, syncedVersion: 0, past: {}, seen: {}, sentAt: 0 };
  const sent = { image, version: scene.record?.version ?? 0, sentAt: scene.now - 500, whole: false, older: [] };
  scene.memories.set(system, remember(memory, scene.policy, sent, scene.now));
}
