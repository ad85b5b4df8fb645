// What is wrong with a request body, in words: every fault with its JSON pointer.
import type { z } from 'zod';
import type { Fault } from '../core/core.ts';

type Issue = z.core.$ZodIssue;

/** @param value that was checked */
export const faultsOf = (issues: readonly Issue[], value: unknown): Fault[] =>
  issues.flatMap((issue) => faultsIn(issue, value, []));

function faultsIn(issue: Issue, whole: unknown, above: readonly PropertyKey[]): Fault[] {
  const places = [...above, ...issue.path];
  const path = pointer(places);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: `${path}${pointer([key])}`, message: `unknown member "${key}"` }));
  const nearest = issue.code === 'invalid_union' ? nearestOf(issue.errors) : undefined;
  if (nearest) return nearest.flatMap((one) => faultsIn(one, whole, places));
  return [{ path, message: messageOf(issue, at(whole, places)) }];
}

/** Of the ways in which it may be said, the one that was missed by least. */
const nearestOf = (branches: readonly Issue[][]): Issue[] | undefined =>
  branches.toSorted((a, b) => a.length - b.length)[0];

const pointer = (places: readonly PropertyKey[]): string =>
  places.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

const at = (value: unknown, places: readonly PropertyKey[]): unknown =>
  places.reduce((found, place) => (found as Record<PropertyKey, unknown> | null | undefined)?.[place], value);

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
};

/** A message that a schema has of its own stays; those of the library speak of its types. */
function messageOf(issue: Issue, value: unknown): string {
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message;
  if (value === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${kinds[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must ${countable(issue.origin, 'have', 'be')} at least ${issue.minimum}${unit(issue.origin)}`;
    case 'too_big':
      return `must ${countable(issue.origin, 'have', 'be')} at most ${issue.maximum}${unit(issue.origin)}`;
    case 'invalid_union':
      return `is none of those that are known: ${optionsIn(issue.message)}`;
    default:
      return issue.message;
  }
}

const isCounted = (origin: string): boolean => origin === 'string' || origin === 'array' || origin === 'set';
const countable = (origin: string, counted: string, measured: string): string =>
  isCounted(origin) ? counted : measured;
const unit = (origin: string): string => (origin === 'string' ? ' characters' : isCounted(origin) ? ' entries' : '');

/** The library names what it would have taken only here. */
const optionsIn = (message: string): string =>
  [...message.matchAll(/'([^']+)'/g)].map(([, option]) => option).join(', ');
