// Finds a configured system by the name in a path.
import { nearest } from '../model/nearest.ts';
import type { SystemInfo } from './deps.ts';
import { refuse } from './problem.ts';

/** @throws EdgeProblem 404 */
export function requireSystem(systems: readonly SystemInfo[], id = ''): SystemInfo {
  const found = systems.find((system) => system.id === id);
  if (found) return found;
  const close = nearest(
    id,
    systems.map((system) => system.id),
  );
  throw refuse('not-found', `there is no system "${id}"${close === undefined ? '' : `; did you mean "${close}"?`}`);
}
