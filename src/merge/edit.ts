// One unit of one observation while it is decided, and what came of it.
import type { JsonObject } from '../model/json.ts';
import { pick, threeWayValue } from '../model/merge-tree.ts';
import { hasTime, union } from './resolve.ts';
import { readAll, type Slot, sameValues, slotsOf, type Values } from './slots.ts';
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
  current: Values;
  image: Values;
  said: Values;
  /** The canonical value if the edit is applied. */
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
  const slots = slotsOf(scene.input.type, unit);
  const { record } = scene.input;
  const stamp = record && Object.hasOwn(record.stamps, unit.name) ? record.stamps[unit.name] : undefined;
  const [current, image, said] = [
    readAll(scene.current, slots),
    readAll(scene.image, slots),
    readAll(scene.said, slots),
  ];
  const overtaken = isOvertaken(scene, unit);
  const next = nextValues(scene, unit, { slots, current, image, said, overtaken });
  return { scene, unit, slots, stamp, current, image, said, next, agrees: sameValues(slots, next, current), overtaken };
}

function isOvertaken({ memory, input }: Scene, unit: Unit): boolean {
  const { observation } = input;
  if (!memory || !hasTime(observation) || observation.at > memory.sentAt) return false;
  return !memory.own?.includes(unit.name);
}

type Said = Pick<Edit, 'slots' | 'current' | 'image' | 'said' | 'overtaken'>;

function nextValues(scene: Scene, unit: Unit, { slots, current, image, said, overtaken }: Said): Values {
  if (unit.resolve !== 'union')
    return slots.map((slot, index) => threeWayValue(slot.field, current[index], image[index], said[index]));
  // What the policy says of a set is only ever added, for it says what its rules ask for, not what the set shall be.
  // A set from before our last send cannot have left out what came with it.
  const seen = overtaken || scene.input.observation.source === 'policy' ? [] : image;
  return slots.map((_, index) => union(current[index], seen[index], said[index]));
}

export const saidTree = ({ scene, unit }: Edit): JsonObject => pick(scene.said, unit.paths);
export const keptTree = ({ scene, unit }: Edit): JsonObject => pick(scene.current, unit.paths);

/** A refusal that leaves a wrong value at the source, which is put right. */
export function refuse(edit: Edit, reason: RefusalReason, message: string): Outcome & { kind: 'refused' } {
  return { kind: 'refused', refusal: { unit: edit.unit.name, reason, message }, heard: true, restore: true };
}
