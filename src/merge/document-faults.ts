// Faults of a merge document: where, what, and what was probably meant.
import type { z } from 'zod';
import { valueIn } from '../model/document-places.ts';
import { nearest } from '../model/nearest.ts';
import { document, unit } from './document-shape.ts';

export interface DocumentFault {
  /** JSON pointer into the document. */
  path: string;
  message: string;
  suggestion?: string;
}

export const at = (...segments: readonly PropertyKey[]): string =>
  segments.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** @param known the words that would have been right */
export function unknownWord(path: string, message: string, word: string, known: readonly string[]): DocumentFault {
  const suggestion = nearest(word, known);
  return suggestion === undefined
    ? { path, message }
    : { path, message: `${message}; did you mean "${suggestion}"?`, suggestion };
}

/** @returns every fault that the shape check found */
export const shapeFaults = (error: z.ZodError, source: unknown): DocumentFault[] =>
  error.issues.flatMap((issue) => faultsOf(issue, source));

function faultsOf(issue: z.core.$ZodIssue, source: unknown): DocumentFault[] {
  const path = at(...issue.path);
  const value = valueIn(source, issue.path);
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys((issue.path[0] === 'units' ? unit : document).shape);
    return issue.keys.map((key) =>
      unknownWord(`${path}${at(key)}`, `unknown member "${key}"; known: ${known.join(', ')}`, key, known),
    );
  }
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const known = issue.values.map(String);
    return [unknownWord(path, `"${value}" is none of ${known.join(', ')}`, value, known)];
  }
  return [{ path, message: value === undefined ? 'is missing' : issue.message }];
}
