// Merges one observation into a record: pure, unit by unit. What is decided stands in rules.ts; here it takes effect.
import type { Json, JsonObject } from '../model/json.ts';
import { overlay } from '../model/merge-tree.ts';
import { own, put } from '../model/own.ts';
import { digest } from './digest.ts';
import { type Edit, editOf, keptTree, type Outcome, type Scene, saidTree } from './edit.ts';
import { trailAfter } from './flips.ts';
import { listen, noMemory } from './memory.ts';
import { momentOf } from './resolve.ts';
import { decide } from './rules.ts';
import { partOf, readSlot, type Slot, setMember, slotsOf, topWith, writeSlot } from './slots.ts';
import type { Memory, MergeInput, MergeResult, Stamp, Unit } from './types.ts';

export { release } from './flips.ts';
export { doubt, remember, sureImage } from './memory.ts';

/** The result while it is made, and which units the source holds another value of than was known. */
interface Draft {
  result: MergeResult;
  /** Units of which the source holds what it said. */
  heard: Unit[];
  overtaken: Unit[];
  /** Units said otherwise than the image, whose image stays as it was. */
  kept: number;
  /** `result.data` is a copy that may still be changed in place. */
  copied: boolean;
}

export function merge(input: MergeInput): MergeResult {
  const scene = sceneOf(input);
  const { record, memory } = input;
  const result: MergeResult = {
    data: scene.current,
    stamps: record?.stamps ?? {},
    applied: [],
    refused: [],
    ambiguousEchoes: [],
    memory,
    restore: [],
    tasks: [],
  };
  if (scene.said === scene.image) return result;
  if (!record && !memory) return firstWord(scene, result) ?? unitByUnit(scene, result);
  return unitByUnit(scene, result);
}

/**
 * What makes a record is taken as it is where the source may write every unit of it: nothing stands against it. The
 * same as going unit by unit, at a fraction of the cost.
 */
function firstWord(scene: Scene, result: MergeResult): MergeResult | undefined {
  const { policy, observation } = scene.input;
  const { source } = observation;
  const units = policy.unitsIn(scene.said);
  if (!scene.isSystem || observation.ours) return undefined;
  if (!units.every((unit) => isOpenTo(unit, source))) return undefined;
  const { at, since, early } = momentOf(observation);
  const stamp: Stamp = { source, at, version: 1 };
  if (since !== undefined) stamp.since = since;
  if (early) stamp.ambiguous = true;
  const stamps: MergeResult['stamps'] = {};
  for (const unit of units) {
    put(stamps, unit.name, stamp);
    const to = partOf(slotsOf(policy.record, unit), scene.said);
    result.applied.push({ unit: unit.name, from: {}, to, ambiguous: early });
  }
  const heard = { policy, units, overtaken: [], image: scene.said, observation, sending: false };
  return { ...result, data: scene.said, stamps, memory: listen(noMemory(), heard) };
}

const isOpenTo = ({ writers, resolve }: Unit, source: string): boolean =>
  (resolve === 'latest' || resolve === 'owner') && (!writers || writers.has(source));

function unitByUnit(scene: Scene, result: MergeResult): MergeResult {
  const { input } = scene;
  const draft: Draft = { result, heard: [], overtaken: [], kept: 0, copied: false };
  for (const unit of input.policy.differing(scene.said, scene.image)) {
    const edit = editOf(scene, unit);
    settle(edit, decide(edit), draft);
  }
  if (scene.isSystem && draft.heard.length > 0) result.memory = memoryAfter(scene, draft);
  return result;
}

function sceneOf(input: MergeInput): Scene {
  const { record, memory, observation, type } = input;
  const isSystem = observation.source !== 'console' && observation.source !== 'policy';
  const current = record?.data ?? {};
  // A person and the policy saw the record itself; a system saw its own copy.
  const image = isSystem ? (memory?.image ?? {}) : current;
  return { input, current, image, said: overlay(type, image, observation.patch), memory, isSystem };
}

function settle(edit: Edit, outcome: Outcome, draft: Draft): void {
  const { result } = draft;
  const { unit, scene } = edit;
  const heard = outcome.kind === 'applied' || (outcome.kind !== 'echo' && outcome.heard);
  if (heard) draft.heard.push(unit);
  else draft.kept++;
  if (heard && edit.overtaken) draft.overtaken.push(unit);
  if (outcome.kind === 'applied') {
    apply(edit, outcome.ambiguous, draft);
    if (edit.overtaken) result.restore.push(unit.name);
  }
  if (outcome.kind === 'echo' && outcome.ambiguous) result.ambiguousEchoes.push(unit.name);
  if (outcome.kind !== 'refused') return;
  result.refused.push(outcome.refusal);
  if (outcome.restore && scene.isSystem) result.restore.push(unit.name);
  if (outcome.task)
    result.tasks.push({ unit: unit.name, reason: outcome.task, said: saidTree(edit), kept: keptTree(edit) });
  if (outcome.hold && edit.stamp) stampUnit(scene, result, unit, { ...edit.stamp, held: scene.input.observation.now });
}

function apply(edit: Edit, ambiguous: boolean, draft: Draft): void {
  const { unit, slots, scene, next, current } = edit;
  const { result } = draft;
  for (let at = 0; at < slots.length; at++) {
    if (next[at] !== current[at]) write(draft, slots[at] as Slot, next[at]);
  }
  result.applied.push({ unit: unit.name, from: keptTree(edit), to: partOf(slots, result.data), ambiguous });
  stampUnit(scene, result, unit, stampOf(edit, ambiguous));
}

/** The record is copied once, on its first difference. */
function write(draft: Draft, slot: Slot, value: Json | undefined): void {
  const { result } = draft;
  if (!draft.copied) result.data = { ...result.data };
  draft.copied = true;
  setMember(result.data, slot.top, topWith(slot, own(result.data, slot.top), value));
}

function stampOf({ scene, slots, stamp }: Edit, ambiguous: boolean): Stamp {
  const { record, observation } = scene.input;
  const { at, since } = momentOf(observation);
  const made: Stamp = { source: observation.source, at, version: (record?.version ?? 0) + 1 };
  if (since !== undefined) made.since = since;
  if (ambiguous) made.ambiguous = true;
  if (stamp) made.trail = trailAfter(stamp.trail, digest(slots, scene.current), observation.now);
  return made;
}

function stampUnit(scene: Scene, result: MergeResult, unit: Unit, stamp: Stamp): void {
  if (result.stamps === scene.input.record?.stamps) result.stamps = { ...result.stamps };
  result.stamps[unit.name] = stamp;
}

function memoryAfter(scene: Scene, { heard, overtaken, kept }: Draft): Memory {
  const { policy, observation, inFlight } = scene.input;
  const image = kept === 0 ? scene.said : imageWith(scene, heard);
  const message = { policy, units: heard, overtaken, image, observation, sending: inFlight.length > 0 };
  return listen(scene.memory ?? noMemory(), message);
}

/** The image with only those units as said. */
function imageWith(scene: Scene, units: readonly Unit[]): JsonObject {
  let { image } = scene;
  for (const unit of units) {
    for (const slot of slotsOf(scene.input.type, unit)) image = writeSlot(image, slot, readSlot(scene.said, slot));
  }
  return image;
}
