// What absence, null and empty text mean for one pair.
import { Unreadable } from './codec.ts';
import type { PlannedPair } from './plan.ts';

export const notNull = new Unreadable('must not be null');
export const mustNotBeEmpty = new Unreadable('must not be empty');
export const isMissing = new Unreadable('is missing, and nothing can be created without it');

export interface Policy {
  once: boolean;
  required: boolean;
  nulls: 'clear' | 'ignore' | 'reject';
  absentClears: boolean;
  emptyIsNull: boolean;
  /** How "no value" is written. */
  nothing: null | '';
}

/** @param clears what absence means in the document at large */
export function policyOf({ value }: PlannedPair, clears: boolean): Policy {
  const emptyIsNull = value.empty === null || value.empty === 'null';
  return {
    once: value.once === true,
    required: value.required === true,
    nulls: value.null ?? (value.required ? 'reject' : 'clear'),
    absentClears: value.whenAbsent === undefined ? clears : value.whenAbsent === 'clear',
    emptyIsNull,
    nothing: emptyIsNull ? '' : null,
  };
}
