// When asking a system again makes sense: exponential with full jitter, and never earlier than it asked for.
import { ConnectorError } from '../connector/contract.ts';

const shortest = 1_000;
export const longestDelay = 10 * 60_000;
const longestRetryAfter = 24 * 3_600_000;

/**
 * @param failures in a row, this one included; 1 for the first
 * @param chance 0 ≤ x < 1
 * @param error what went wrong; a ConnectorError may carry the wait that the system asked for
 * @returns ms
 */
export function retryDelay(failures: number, chance: number, error: unknown): number {
  const ceiling = Math.min(longestDelay, shortest * 2 ** failures);
  return Math.max(shortest, Math.round(ceiling * chance), askedFor(error));
}

/** ms; 0 where the system named no time. */
export function askedFor(error: unknown): number {
  const asked = error instanceof ConnectorError ? (error.retryAfterMs ?? 0) : 0;
  return Math.min(asked, longestRetryAfter);
}
