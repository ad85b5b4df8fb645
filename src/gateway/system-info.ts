// Finds a configured system by the name in a path.
import { nearest } from '../model/nearest.ts';
import type { SystemInfo } from './deps.ts';
import { refuse } from './problem.ts';

/** @throws EdgeProblem 404 */
export function requireSystem(systems: readonly SystemInfo[], id = ''): SystemInfo {
  const found = systems.find((system) => system.id === id);
  if (found) return found;
  const known = systems.map((system) => system.id);
  throw refuse('not-found', noSuchSystem(id, known));
}

/** @param known ids of those configured */
export function noSuchSystem(id: string, known: readonly string[]): string {
  const close = nearest(id, known);
  return `there is no system "${id}"${close === undefined ? `; known: ${known.join(', ')}` : `; did you mean "${close}"?`}`;
}
