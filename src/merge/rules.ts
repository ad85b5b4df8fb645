// The rules that one unit of an inbound edit goes through, in their order; the first that has an answer decides.

import { overlay } from '../model/merge-tree.ts';
import { getPath } from '../model/paths.ts';
import { digest } from './digest.ts';
import { type Edit, nextTree, type Outcome, refuse, type Scene } from './edit.ts';
import { isFourthFlip } from './flips.ts';
import { leftAt } from './memory.ts';
import { earliestOf, hasTime, isForward, isGreater, latest, momentOf, owner } from './resolve.ts';
import { readSlot, type Slot, sameAt, sameIn } from './slots.ts';
import type { Freedom } from './types.ts';

type Rule = (edit: Edit) => Outcome | undefined;

/** The unit holds a value that we sent and that is not confirmed yet. */
const echoInFlight: Rule = ({ scene, slots }) => {
  const { inFlight, observation, type } = scene.input;
  if (observation.ours) return { kind: 'echo', ambiguous: false };
  if (inFlight.length === 0) return undefined;
  scene.echoes ??= inFlight.map((image) => overlay(type, image, observation.patch));
  const known = inFlight.some((image, index) => sameIn(slots, image, scene.echoes?.[index] ?? {}));
  return known ? { kind: 'echo', ambiguous: false } : undefined;
};

/** Source time of the newest edit of the unit that the source made. */
function seenOf({ scene: { memory }, unit }: Edit): number | undefined {
  return memory && Object.hasOwn(memory.seen, unit.name) ? memory.seen[unit.name] : undefined;
}

/** A value exchanged before and since replaced comes back: late, unless its time says that it is a new edit. */
const lateEcho: Rule = (edit) => {
  const { scene, unit, slots, agrees } = edit;
  const { memory } = scene;
  const { observation } = scene.input;
  if (!memory || !Object.hasOwn(memory.past, unit.name)) return undefined;
  const left = leftAt(memory, unit.name, digest(slots, scene.said), observation.now);
  const earliest = earliestOf(observation);
  if (left === undefined || (earliest !== undefined && earliest > Math.max(left, seenOf(edit) ?? left)))
    return undefined;
  return { kind: 'echo', ambiguous: !agrees && (earliest === undefined || !hasTime(observation)) };
};

/** The source itself said something newer before. */
const stale: Rule = (edit) => {
  const seen = seenOf(edit);
  const { at, source } = edit.scene.input.observation;
  if (seen === undefined || at === undefined || at >= seen) return undefined;
  if (edit.agrees) return { kind: 'unchanged', heard: false };
  const message = `${source} has already sent a newer ${edit.unit.name}, of ${new Date(seen).toISOString()}`;
  return { ...refuse(edit, 'stale', message), heard: false, restore: false };
};

const agrees: Rule = (edit) => (edit.agrees ? { kind: 'unchanged', heard: true } : undefined);

const held: Rule = (edit) => {
  if (edit.stamp?.held === undefined) return undefined;
  const since = new Date(edit.stamp.held).toISOString();
  return refuse(edit, 'held', `${edit.unit.name} is held at its value since ${since}, until a person releases it`);
};

const notWriter: Rule = (edit) => {
  const { name, writers } = edit.unit;
  if (!writers || writers.has(edit.scene.input.observation.source)) return undefined;
  const systems = [...writers].filter((writer) => writer !== 'console' && writer !== 'policy');
  const named = systems.length > 0 ? systems : [...writers];
  return refuse(
    edit,
    'not_a_writer',
    named.length === 0 ? `no system may change ${name}` : `only ${listed(named)} may change ${name}`,
  );
};

const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** What no longer may change at this stage of the record. Its making is never frozen. */
const frozen: Rule = (edit) => {
  const { input, current } = edit.scene;
  const table = edit.unit.frozen;
  if (!table || !input.record || input.record.version === 0) return undefined;
  const stage = getPath(current, table.by.split('.'));
  const freedom = typeof stage === 'string' && Object.hasOwn(table.table, stage) ? table.table[stage] : undefined;
  if (freedom === undefined || freedom === 'allow') return undefined;
  const refused = refuse(edit, 'frozen', frozenMessage(edit.unit.name, `${table.by} is ${stage}`, freedom));
  if (freedom !== 'deny') return { ...refused, task: 'frozen' };
  const { onRefusal } = edit.unit;
  return {
    ...refused,
    restore: onRefusal.includes('restore'),
    ...(onRefusal.includes('task') && { task: 'frozen' as const }),
  };
};

function frozenMessage(unit: string, stage: string, freedom: Freedom): string {
  if (typeof freedom !== 'object') return `${stage}: ${unit} may no longer change`;
  return `${stage}: only ${freedom.ask} can still allow a change of ${unit}; ask it by hand`;
}

/** What may only go one way, whoever says it. */
const oneWay: Rule = (edit) => {
  const { unit, scene } = edit;
  if (unit.resolve === 'rank') return notBackwards(edit);
  if (unit.resolve !== 'max' || edit.slots.every((slot) => isNeverLess(slot, scene))) return undefined;
  return refuse(edit, 'lost', `${unit.name} keeps its greatest value`);
};

function notBackwards(edit: Edit): Outcome | undefined {
  const { unit, scene, slots } = edit;
  const [slot] = slots;
  const current = slot && readSlot(scene.current, slot);
  const said = slot && readSlot(scene.said, slot);
  if (isForward(unit, current, said)) return undefined;
  const steps = `${String(current)} is not followed by ${String(said ?? 'nothing')}`;
  return refuse(edit, 'lost', `${unit.name} only moves forward: ${steps}`);
}

function isNeverLess(slot: Slot, { current, said }: Scene): boolean {
  return isGreater(readSlot(current, slot), readSlot(said, slot)) || sameAt(slot, current, said);
}

/** The source had seen the value that it changed. */
function isFastForward({ scene, slots, stamp }: Edit): boolean {
  const { memory, isSystem, input } = scene;
  if (!isSystem || !stamp || stamp.source === input.observation.source) return true;
  if (!memory || memory.syncedVersion < stamp.version) return false;
  return input.inFlight.every((image) => sameIn(slots, image, memory.image));
}

interface Contest {
  wins: boolean;
  ambiguous: boolean;
}

function contest(edit: Edit): Contest {
  const { unit, stamp, scene } = edit;
  if (!stamp || (unit.resolve !== 'latest' && unit.resolve !== 'owner') || isFastForward(edit))
    return { wins: true, ambiguous: false };
  const contestant = { source: scene.input.observation.source, ...momentOf(scene.input.observation) };
  return unit.resolve === 'owner' ? owner(unit, contestant, stamp) : latest(unit, contestant, stamp);
}

const flips: Rule = (edit) => {
  const { stamp, slots, scene, unit } = edit;
  const { now } = scene.input.observation;
  if ((stamp?.trail?.length ?? 0) < 3) return undefined;
  if (!isFourthFlip(stamp?.trail, digest(slots, scene.current), digest(slots, nextTree(edit)), now)) return undefined;
  const message = `${unit.name} went to and fro between two values four times in ten minutes; it is held until a person releases it`;
  return { ...refuse(edit, 'held', message), task: 'ping_pong', hold: true };
};

const before: readonly Rule[] = [echoInFlight, lateEcho, stale, agrees, held, notWriter, frozen, oneWay];

/** @returns what becomes of the unit; whether it differs from the image was asked before */
export function decide(edit: Edit): Outcome {
  for (const rule of before) {
    const outcome = rule(edit);
    if (outcome) return outcome;
  }
  const { wins, ambiguous } = contest(edit);
  if (!wins) return refuse(edit, 'lost', lostMessage(edit));
  const flagged = ambiguous || momentOf(edit.scene.input.observation).early;
  return flips(edit) ?? { kind: 'applied', ambiguous: flagged };
}

function lostMessage({ unit, stamp, scene }: Edit): string {
  const rival = stamp?.source ?? 'another system';
  const { source } = scene.input.observation;
  return unit.resolve === 'owner'
    ? `${rival} comes before ${source} for ${unit.name}`
    : `${rival} changed ${unit.name} later than ${source}, or comes before it`;
}
