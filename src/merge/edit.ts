// One unit of one observation while it is decided, and what came of it.
import type { Json, JsonObject } from '../model/json.ts';
import { threeWayValue } from '../model/merge-tree.ts';
import { hasTime, union } from './resolve.ts';
import { partOf, readSlot, type Slot, sameAt, sameSlot, slotsOf, type Values, writeSlot } from './slots.ts';
import type { Memory, MergeInput, Refusal, RefusalReason, Stamp, Unit } from './types.ts';

/** What holds for every unit of the observation. */
export interface Scene {
  input: MergeInput;
  /** The record before the edit. */
  current: JsonObject;
  /** What the source is known to hold. */
  image: JsonObject;
  /** The image with the patch laid over it: what the source holds now. */
  said: JsonObject;
  memory: Memory | undefined;
  /** A system, not `console` or `policy`, which have no copy that could be put right. */
  isSystem: boolean;
  /** Unsettled images with the patch laid over them, made when first asked for. */
  echoes?: readonly JsonObject[];
}

export interface Edit {
  scene: Scene;
  unit: Unit;
  slots: readonly Slot[];
  stamp: Stamp | undefined;
  /** The canonical value, and what it is if the edit is applied; undefined in both where the source says nothing new. */
  current: Values;
  next: Values;
  /** The edit asks for what is canonical already. */
  agrees: boolean;
  /** Made before our last send, which may have overwritten it there before it was heard of. */
  overtaken: boolean;
}

export type Outcome =
  /** Nothing to do; `heard`: the system holds a value that it was not known to hold. */
  | { kind: 'unchanged'; heard: boolean }
  | { kind: 'echo'; ambiguous: boolean }
  | {
      kind: 'refused';
      refusal: Refusal;
      heard: boolean;
      restore: boolean;
      task?: RefusalReason | 'ping_pong';
      hold?: true;
    }
  | { kind: 'applied'; ambiguous: boolean };

export function editOf(scene: Scene, unit: Unit): Edit {
  const { type, record } = scene.input;
  const slots = slotsOf(type, unit);
  const stamp = record && Object.hasOwn(record.stamps, unit.name) ? record.stamps[unit.name] : undefined;
  const overtaken = isOvertaken(scene, unit);
  const edit: Edit = { scene, unit, slots, stamp, current: [], next: [], agrees: true, overtaken };
  for (const slot of slots) weigh(edit, slot);
  return edit;
}

function weigh(edit: Edit, slot: Slot): void {
  const { scene, unit } = edit;
  const isNew = unit.resolve === 'union' || !sameAt(slot, scene.said, scene.image);
  const current = isNew ? readSlot(scene.current, slot) : undefined;
  const next = isNew ? nextValue(edit, slot, current) : undefined;
  edit.current.push(current);
  edit.next.push(next);
  if (!sameSlot(slot, next, current)) edit.agrees = false;
}

function isOvertaken({ memory, input }: Scene, unit: Unit): boolean {
  const { observation } = input;
  if (!memory || !hasTime(observation) || observation.at > memory.sentAt) return false;
  return !memory.own?.includes(unit.name);
}

function nextValue({ scene, unit, overtaken }: Edit, slot: Slot, current: Json | undefined): Json | undefined {
  const image = readSlot(scene.image, slot);
  const said = readSlot(scene.said, slot);
  if (unit.resolve !== 'union') return threeWayValue(slot.field, current, image, said);
  // What the policy says of a set is only ever added, for it says what its rules ask for, not what the set shall be.
  // A set from before our last send cannot have left out what came with it.
  const seen = overtaken || scene.input.observation.source === 'policy' ? undefined : image;
  return union(current, seen, said);
}

export const saidTree = ({ scene, slots }: Edit): JsonObject => partOf(slots, scene.said);
export const keptTree = ({ scene, slots }: Edit): JsonObject => partOf(slots, scene.current);

/** The record with nothing but this edit. */
export function nextTree({ scene, slots, current, next }: Edit): JsonObject {
  let tree = scene.current;
  for (const [at, slot] of slots.entries()) if (next[at] !== current[at]) tree = writeSlot(tree, slot, next[at]);
  return tree;
}

/** A refusal that leaves a wrong value at the source, which is put right. */
export function refuse(edit: Edit, reason: RefusalReason, message: string): Outcome & { kind: 'refused' } {
  return { kind: 'refused', refusal: { unit: edit.unit.name, reason, message }, heard: true, restore: true };
}
