// What is wrong with a mapping document: every fault with its place, and the word that was probably meant.
import { joinPath, type Tell } from '../model/document-places.ts';
import { nearest } from '../model/nearest.ts';

export interface Fault {
  file: string;
  /** Place inside the document, e.g. `fields[3].theirs`. */
  path: string;
  message: string;
  suggestion?: string;
}

export function teller(faults: Fault[], file: string, base: string): Tell {
  return (path, message, suggestion) => {
    faults.push({ file, path: joinPath(base, path), message, ...(suggestion !== undefined && { suggestion }) });
  };
}

/** @returns `did you mean "…"?` when a known word is near */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const close = nearest(word, known);
  return close === undefined ? undefined : `did you mean "${close}"?`;
}

export const faultText = (fault: Fault): string =>
  `${fault.file}: ${fault.path === '' ? '' : `${fault.path}: `}${fault.message}${fault.suggestion === undefined ? '' : ` (${fault.suggestion})`}`;
