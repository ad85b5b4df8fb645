// Who wins when two systems changed a unit without knowing of each other; and what may only move one way.
import type { Json, JsonObject } from '../model/json.ts';
import { equalValue, isObject } from '../model/tree.ts';
import type { Observation, Stamp, Unit } from './types.ts';

/** Times further ahead of ours than this are taken for a wrong clock. */
const futureTolerance = 60_000;

/** When an edit happened, as far as its source can be trusted: at `at`, or somewhere in (since, at]. */
export interface Moment {
  at: number;
  since?: number;
  /** The source's clock is ahead; its time was cut to ours. */
  early: boolean;
}

export const hasTime = (observation: Observation): observation is Observation & { at: number } =>
  observation.at !== undefined && observation.trust !== 'none';

/**
 * The time before which the edit cannot have happened; undefined when nothing is known of it. A clock that is plainly
 * ahead proves nothing.
 */
export function earliestOf(observation: Observation): number | undefined {
  if (!hasTime(observation)) return observation.since;
  const { at, now, trust } = observation;
  return at <= now + (trust === 'ntp' ? futureTolerance : 0) ? Math.min(at, now) : undefined;
}

export function momentOf(observation: Observation): Moment {
  const { now, since } = observation;
  if (hasTime(observation)) return { at: Math.min(observation.at, now), early: observation.at > now + futureTolerance };
  return since !== undefined && since < now ? { at: now, since, early: false } : { at: now, early: false };
}

/** The time that counts among the edits of one source; of a clock that is far ahead the order of arrival counts. */
export function sourceTime({ at, now }: Observation): number | undefined {
  return at !== undefined && at > now + futureTolerance ? now : at;
}

interface Contestant {
  source: string;
  at: number;
  since?: number;
}

const isLater = (a: Contestant, b: Contestant): boolean => (a.since === undefined ? a.at > b.at : a.since >= b.at);

/** Whether the edit beats the stamp; `ambiguous` when their order cannot be known. */
export function latest(unit: Unit, edit: Contestant, rival: Contestant): { wins: boolean; ambiguous: boolean } {
  if (isLater(edit, rival)) return { wins: true, ambiguous: false };
  if (isLater(rival, edit)) return { wins: false, ambiguous: false };
  return {
    wins: precedes(unit, edit.source, rival.source),
    ambiguous: edit.since !== undefined || rival.since !== undefined,
  };
}

const place = (unit: Unit, source: string): number => {
  const index = unit.order.indexOf(source);
  return index < 0 ? unit.order.length : index;
};

/** Order of the document; those it does not name come after, by id. */
function precedes(unit: Unit, a: string, b: string): boolean {
  const difference = place(unit, a) - place(unit, b);
  return difference === 0 ? a < b : difference < 0;
}

/** Two that the document does not name are settled by time. */
export function owner(unit: Unit, edit: Contestant, rival: Stamp): { wins: boolean; ambiguous: boolean } {
  const difference = place(unit, edit.source) - place(unit, rival.source);
  return difference === 0 ? latest(unit, edit, rival) : { wins: difference < 0, ambiguous: false };
}

/** Rank: only forward; an absent value is below the lowest. */
export function isForward(unit: Unit, current: Json | undefined, said: Json | undefined): boolean {
  if (current === undefined) return true;
  return typeof said === 'string' && unit.ranks.indexOf(said) > unit.ranks.indexOf(String(current));
}

/** Max: numbers, instants, and amounts of one currency; what cannot be compared does not pass. */
export function isGreater(current: Json | undefined, said: Json | undefined): boolean {
  if (current === undefined) return true;
  if (typeof current === 'number' && typeof said === 'number') return said > current;
  if (typeof current === 'string' && typeof said === 'string') return said > current;
  if (isObject(current) && isObject(said))
    return sameCurrency(current, said) && Number(said.amount) > Number(current.amount);
  return false;
}

const sameCurrency = (a: JsonObject, b: JsonObject): boolean => a.currency === b.currency;

/** Union: what the source added is added, what it had seen and left out is removed. */
export function union(current: Json | undefined, image: Json | undefined, said: Json | undefined): Json | undefined {
  const [held, seen, wanted] = [items(current), items(image), items(said)];
  const kept = held.filter((item) => !has(seen, item) || has(wanted, item));
  const added = wanted.filter((item) => !has(seen, item) && !has(kept, item));
  if (kept.length === held.length && added.length === 0) return current;
  return said === undefined && kept.length === 0 ? undefined : [...kept, ...added];
}

const items = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const has = (set: Json[], wanted: Json): boolean => set.some((item) => equalValue(undefined, item, wanted));
