// The durable schedule: exponential, with full jitter, and never earlier than the system asked for.
import type { DeliveryLimits } from '../core/catalog.ts';

const longestRetryAfter = 24 * 3_600_000;

/**
 * @param attempts spent so far, this one included; 1 for the first
 * @param chance between 0 and 1
 * @returns ms until the next attempt
 */
export function retryIn(
  attempts: number,
  { first, factor, max }: DeliveryLimits['backoff'],
  chance: number,
  retryAfterMs = 0,
): number {
  const ceiling = Math.min(max, first * factor ** Math.min(Math.max(attempts, 1) - 1, 64));
  return Math.max(Math.round(ceiling * chance), Math.min(retryAfterMs, longestRetryAfter));
}
