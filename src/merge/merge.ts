// Merges one observation into a record: pure, unit by unit. What is decided stands in rules.ts; here it takes effect.
import type { JsonObject } from '../model/json.ts';
import { overlay, pick } from '../model/merge-tree.ts';
import { digest } from './digest.ts';
import { type Edit, editOf, keptTree, type Outcome, type Scene, saidTree } from './edit.ts';
import { trailAfter } from './flips.ts';
import { noMemory, pastAfter } from './memory.ts';
import { earliestOf, momentOf } from './resolve.ts';
import { decide } from './rules.ts';
import { readSlot, sameIn, slotsOf, writeSlot } from './slots.ts';
import type { Memory, MergeInput, MergeResult, Stamp, Unit } from './types.ts';

export { release } from './flips.ts';
export { remember } from './memory.ts';

/** The result while it is made, and which units the source holds another value of than was known. */
interface Draft {
  result: MergeResult;
  moved: Unit[];
  /** Units said otherwise than the image, whose image stays as it was. */
  kept: number;
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
  const draft: Draft = { result, moved: [], kept: 0 };
  for (const unit of input.policy.unitsIn(input.observation.patch)) {
    if (sameIn(slotsOf(input.type, unit), scene.said, scene.image)) continue;
    const edit = editOf(scene, unit);
    settle(edit, decide(edit), draft);
  }
  if (scene.isSystem && draft.moved.length > 0) result.memory = memoryAfter(scene, draft);
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
  const moves = outcome.kind === 'applied' || (outcome.kind !== 'echo' && outcome.moves);
  if (moves) draft.moved.push(unit);
  else draft.kept++;
  if (outcome.kind === 'applied') apply(edit, outcome.ambiguous, result);
  if (outcome.kind === 'echo' && outcome.ambiguous) result.ambiguousEchoes.push(unit.name);
  if (outcome.kind !== 'refused') return;
  result.refused.push(outcome.refusal);
  if (outcome.restore && scene.isSystem) result.restore.push(unit.name);
  if (outcome.task)
    result.tasks.push({ unit: unit.name, reason: outcome.task, said: saidTree(edit), kept: keptTree(edit) });
  if (outcome.hold && edit.stamp) stampUnit(scene, result, unit, { ...edit.stamp, held: scene.input.observation.now });
}

function apply(edit: Edit, ambiguous: boolean, result: MergeResult): void {
  const { unit, slots, scene, next, current } = edit;
  let { data } = result;
  for (const [index, slot] of slots.entries()) {
    if (next[index] === current[index]) continue;
    if (slot.segments.length > 1 || next[index] === undefined) data = writeSlot(data, slot, next[index]);
    else data = { ...data, [slot.path]: next[index] };
  }
  result.data = data;
  result.applied.push({ unit: unit.name, from: keptTree(edit), to: pick(data, unit.paths), ambiguous });
  stampUnit(scene, result, unit, stampOf(edit, ambiguous));
}

function stampOf({ scene, slots, stamp, current }: Edit, ambiguous: boolean): Stamp {
  const { record, observation } = scene.input;
  const { at, since } = momentOf(observation);
  const made: Stamp = { source: observation.source, at, version: (record?.version ?? 0) + 1 };
  if (since !== undefined) made.since = since;
  if (ambiguous) made.ambiguous = true;
  if (stamp) made.trail = trailAfter(stamp.trail, digest(slots, current), observation.now);
  return made;
}

function stampUnit(scene: Scene, result: MergeResult, unit: Unit, stamp: Stamp): void {
  if (result.stamps === scene.input.record?.stamps) result.stamps = { ...result.stamps };
  result.stamps[unit.name] = stamp;
}

function memoryAfter(scene: Scene, { moved, kept }: Draft): Memory {
  const { type, observation } = scene.input;
  const memory = scene.memory ?? noMemory();
  const image = kept === 0 ? scene.said : imageWith(scene, moved);
  const { now } = observation;
  const at = earliestOf(observation) ?? now;
  const past = pastAfter({ type, units: moved, except: memory.own ?? [], at, now }, memory, image);
  const own = [...new Set([...(memory.own ?? []), ...moved.map(({ name }) => name)])];
  return { ...memory, image, past, own, seen: seenAfter(memory.seen, moved, observation.at) };
}

/** The image with only those units as said. */
function imageWith(scene: Scene, units: readonly Unit[]): JsonObject {
  let { image } = scene;
  for (const unit of units) {
    for (const slot of slotsOf(scene.input.type, unit)) image = writeSlot(image, slot, readSlot(scene.said, slot));
  }
  return image;
}

function seenAfter(seen: Memory['seen'], units: readonly Unit[], at: number | undefined): Memory['seen'] {
  if (at === undefined) return seen;
  const after = { ...seen };
  for (const unit of units) after[unit.name] = at;
  return after;
}
