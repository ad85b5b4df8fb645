// The ping-pong guard: a unit that goes to and fro between two values is held until a person releases it.
import type { Stamp, Stamps } from './types.ts';

const window = 10 * 60_000;
const keptSteps = 4;

type Trail = NonNullable<Stamp['trail']>;

/** @returns the trail once `left` is left at `now` */
export function trailAfter(trail: Trail | undefined, left: string, now: number): Trail {
  const after: Trail = [];
  for (const step of trail ?? []) if (now - step[1] <= window) after.push(step);
  after.push([left, now]);
  return after.length > keptSteps ? after.slice(-keptSteps) : after;
}

/**
 * A→B→A is two flips. True when going from `current` to `said` would be the fourth between these two values within
 * ten minutes.
 */
export function isFourthFlip(trail: Trail | undefined, current: string, said: string, now: number): boolean {
  const [first, second, third] = trail?.slice(-3) ?? [];
  if (!first || !second || !third || now - first[1] > window) return false;
  return first[0] === said && second[0] === current && third[0] === said;
}

/** Ends a hold, by a person; the flips counted so far are forgotten. */
export function release(stamps: Stamps, unit: string, now: number): Stamps {
  const stamp = Object.hasOwn(stamps, unit) ? stamps[unit] : undefined;
  if (stamp?.held === undefined || stamp.held > now) return stamps;
  const { held: _, trail: __, ...rest } = stamp;
  return { ...stamps, [unit]: rest };
}
