// The known word that somebody probably meant.
import { closest, distance } from 'fastest-levenshtein';

/** @returns the nearest of `known` within a third of its length, or undefined when none is near */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const best = closest(word, known);
  return distance(word, best) <= Math.max(2, Math.floor(best.length / 3)) ? best : undefined;
}
