// zod's issues as faults: one per unknown member, with the member or the value that was probably meant.
import { z } from 'zod';
import { joinPath, placeOf, type Tell, valueIn, wordOfKind } from '../model/document-places.ts';
import { nearest } from '../model/nearest.ts';
import { didYouMean } from './fault.ts';

type Issue = z.core.$ZodIssue;

/** Members of the object at a path, for suggestions; none where any name may stand. */
export type KnownMembers = (path: readonly PropertyKey[]) => readonly string[];

/** The members that a grammar knows, wherever in a document. */
export const membersOf =
  (grammar: z.ZodType): KnownMembers =>
  (path) => {
    const there = path.reduce<z.ZodType | undefined>((schema, step) => schema && below(plain(schema), step), grammar);
    const found = there && plain(there);
    return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
  };

function plain(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodNullable
    ? plain(schema.unwrap() as z.ZodType)
    : schema;
}

function below(schema: z.ZodType, step: PropertyKey): z.ZodType | undefined {
  if (schema instanceof z.ZodArray) return schema.element as z.ZodType;
  if (schema instanceof z.ZodRecord) return schema.valueType as z.ZodType;
  if (!(schema instanceof z.ZodObject) || !Object.hasOwn(schema.shape, step)) return undefined;
  return schema.shape[step as string] as z.ZodType;
}

export function tellIssues(error: z.ZodError, source: unknown, tell: Tell, known: KnownMembers): void {
  for (const issue of error.issues) tellIssue(issue, source, tell, known);
}

function tellIssue(issue: Issue, source: unknown, tell: Tell, known: KnownMembers): void {
  const path = placeOf(issue.path);
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys)
      tell(joinPath(path, key), 'is not a member that is known here', didYouMean(key, known(issue.path)));
  } else {
    tellValue(issue, path, valueIn(source, issue.path), tell);
  }
}

function tellValue(issue: Issue, path: string, value: unknown, tell: Tell): void {
  if (issue.code === 'invalid_value' && typeof value === 'string') {
    const values = issue.values.map(String);
    const close = nearest(value, values);
    tell(path, `"${value}" is none of ${values.join(', ')}`, close && `did you mean "${close}"?`);
  } else {
    tell(path, message(issue, value));
  }
}

function message(issue: Issue, value: unknown): string {
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  if (value === undefined) return 'is missing';
  if (issue.code === 'too_small') return 'must not be empty';
  if (issue.code === 'invalid_type') return `must be ${wordOfKind(issue.expected)}`;
  return issue.message;
}
