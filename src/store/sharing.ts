// What the processes that share one database agree on. A store that one process owns has nothing to agree on.
import type { SystemRow } from './rows.ts';

/** One system as all processes know it together. Times in ms since 1970 by the store's clock. */
export interface ConditionRow {
  system: string;
  breaker: 'closed' | 'open' | 'half_open';
  /** When the breaker came into that state. */
  since: number;
  /** Open: when it may be probed. Half-open: how long the probe may take; after that another process may probe. */
  until: number;
  /** Half-open: this process is the one that probes. */
  mine: boolean;
  /** It asked for silence until then ("429, Retry-After"). */
  quietUntil: number;
  lastSuccessAt: number | null;
  lastPollAt: number | null;
}

/** A lease that this process has. The token grows with every change of hands: who has an older one has lost it. */
export interface LeaseHeld {
  name: string;
  token: number;
}

export interface ShareRequest {
  /** Systems that have to be known from now on. */
  systems: readonly string[];
  /** What this process has seen since it told last. */
  seen: readonly { system: string; lastSuccessAt: number | null; lastPollAt: number | null }[];
  /** Leases that it has or would take, by name. */
  leases: readonly string[];
  /** For how long (ms). */
  leaseMs: number;
}

export interface Shared {
  /** The store's clock. */
  now: number;
  conditions: ConditionRow[];
  /** Which are paused or unauthorized, as people or processes left them. */
  systems: SystemRow[];
  leases: LeaseHeld[];
  /** This process among the others: under another id it has lost what it had claimed. */
  node: string;
  /** For how long (ms) nobody takes over what it has claimed. */
  aliveMs: number;
}

/** Moves the breaker as far as this process may: nobody closes it but the one that probes, and one probes at a time. */
export interface BreakerMove {
  to: ConditionRow['breaker'];
  until: number;
}

export interface RateShare {
  /** How many may be sent. */
  granted: number;
  /** How many more nobody has taken yet. */
  left: number;
}

/** A system's rate as {@link Sharing.borrow} counts it: every `perSendUs` µs one more, at most `burst` at once. */
export interface SharedRateLimit {
  perSendUs: number;
  burst: number;
}

export interface Sharing {
  /** Tells and hears; once a second is enough, and at a hint. */
  share(asked: ShareRequest): Promise<Shared>;
  /** @returns the condition afterwards, whoever made it */
  moveBreaker(system: string, move: BreakerMove): Promise<ConditionRow>;
  quiet(system: string, until: number): Promise<void>;
  /** Takes up to `count` sends out of what all processes may send together. */
  borrow(system: string, limit: SharedRateLimit, count: number): Promise<RateShare>;
}
