// What a gate asks of the other processes that deliver to the same system. Without any it may do everything itself.
import type { ConditionRow, RateShare, SharedRateLimit } from '../store/sharing.ts';

export interface Others {
  /** Whether this process is the one that may probe now; if not it asks for that, and the loop is told. */
  mayProbe(now: number): boolean;
  /** Whether what was claimed then is still this process's: nothing may start that another one has taken over. */
  mayStart(claimedAt: number, now: number): boolean;
  /** The breaker has opened, or stays open for longer. */
  opened(until: number): void;
  /** Its probe was answered well. */
  closed(): void;
  /** The system wants silence. */
  quiet(until: number): void;
  /** undefined: the rate is this process's own. */
  borrow?(limit: SharedRateLimit, count: number): Promise<RateShare>;
}

/** A condition in this process's own time. */
export type HeardCondition = Omit<ConditionRow, 'system'>;

export const alone: Others = {
  mayProbe: () => true,
  mayStart: () => true,
  opened: () => undefined,
  closed: () => undefined,
  quiet: () => undefined,
};
