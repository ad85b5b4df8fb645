// What is wrong with a policy document or with facts: every fault with its place, and the word that was probably meant.
import { joinPath, type Tell } from '../model/document-places.ts';
import { nearest } from '../model/nearest.ts';

export interface Fault {
  /** Place inside the document, e.g. `tiers[1].rules[0].when`. */
  path: string;
  message: string;
  suggestion?: string;
  /** Which of the checks found it: S1, S2, … as docs/policies.md lists them. */
  check?: Check;
  /** Id of the rule that it is about. */
  rule?: string;
}

export type Check = 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S6' | 'S7' | 'S8' | 'S9' | 'S11' | 'S12' | 'S13';

export function teller(faults: Fault[], base: string, about: Pick<Fault, 'check' | 'rule'> = {}): Tell {
  return (path, message, suggestion) => {
    faults.push({ path: joinPath(base, path), message, ...(suggestion !== undefined && { suggestion }), ...about });
  };
}

/** @returns `did you mean "…"?` when a known word is near, else the known words as far as they fit in a line */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const close = nearest(word, known);
  if (close !== undefined) return `did you mean "${close}"?`;
  return known.length === 0 || known.length > 12 ? undefined : `known: ${known.join(', ')}`;
}
