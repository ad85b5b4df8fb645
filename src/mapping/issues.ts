// zod's issues as faults: one per unknown member, with the member that was probably meant.
import type { z } from 'zod';
import { joinPath, placeOf, type Tell, wordOfKind } from '../model/document-places.ts';
import { didYouMean } from './fault.ts';

type Issue = z.core.$ZodIssue;

/** @param known members that an object of the grammar has, for suggestions */
export function tellIssues(issues: readonly Issue[], tell: Tell, known: readonly string[] = []): void {
  for (const issue of issues) {
    const path = placeOf(issue.path);
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys)
        tell(joinPath(path, key), 'is not a member that is known here', didYouMean(key, known));
    } else if (issue.code === 'invalid_union') {
      tell(path, unionMessage(issue));
    } else {
      tell(path, message(issue));
    }
  }
}

function message(issue: Issue): string {
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code !== 'invalid_type') return issue.message;
  return issue.message.endsWith('received undefined') ? 'is missing' : `must be ${wordOfKind(issue.expected)}`;
}

/** The expectations of all branches, once each. */
function unionMessage(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  const wanted = issue.errors
    .flatMap((branch) => branch.slice(0, 1))
    .map((one) => (one.code === 'invalid_type' ? wordOfKind(one.expected) : message(one)));
  if (wanted.length > 0 && issue.errors.flat().every((one) => one.message.endsWith('received undefined')))
    return 'is missing';
  return wanted.length === 0 ? issue.message : `must be ${[...new Set(wanted)].join(' or ')}`;
}
