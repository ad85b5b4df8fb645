// What the relay is handed, and what it shows of itself; shapes only.
import type { Clock } from '../clock.ts';
import type { Connection } from '../connector/connection.ts';
import type { DeliveryLimits } from '../core/catalog.ts';
import type { AlertKind, Core } from '../core/core.ts';
import type { Log } from '../log.ts';
import type { BreakerSettings, BreakerState } from './breaker.ts';
import type { Limits } from './gate.ts';
import type { Sharing } from './sharing.ts';

export interface RelaySystem {
  id: string;
  connection: Connection;
  limits: Limits;
  breaker: BreakerSettings;
}

export type RelayCore = Pick<Core, 'claim' | 'cancelClaims' | 'settle' | 'systems' | 'setSystem'>;

/** The part of the metrics that deliveries move. */
export interface RelayMetrics {
  attempt(system: string, outcome: string): void;
  alert(kind: AlertKind): void;
  breaker(system: string, state: BreakerState): void;
  /** @param at ms since 1970 */
  heartbeat(at: number): void;
}

/** What publishing takes beside what delivery does. */
export interface StreamDeps {
  core: Pick<Core, 'unpublished' | 'published'>;
  /** The newest durable change, and waiting for a newer one. */
  head: {
    head(): number;
    /** Resolves when the head passes `after`, after `ms`, or when the signal is aborted; never rejects. */
    wait(after: number, ms: number, signal: AbortSignal): Promise<void>;
  };
  /** Committed → published. */
  synced(system: string, record: string, seconds: number): void;
  /** Before a broker that has failed is tried again, ms. */
  backoff(system: string): DeliveryLimits['backoff'];
}

export interface RelayDeps {
  core: RelayCore;
  systems: readonly RelaySystem[];
  metrics: RelayMetrics;
  clock: Clock;
  log: Log;
  /** 0 ≤ x < 1. */
  random(): number;
  /** 16 hexadecimal digits, not all zero. */
  newSpanId(): string;
  /** Where other processes may deliver to the same systems. */
  sharing?: Pick<Sharing, 'of' | 'view' | 'lease'> | undefined;
  /** Where a system may be a stream. */
  streams?: StreamDeps | undefined;
}

/** Times as RFC 3339. */
export interface Condition {
  breaker: { state: BreakerState; since: string };
  lastSuccessAt: string | null;
  lastPollAt: string | null;
  /** Of a stream: why what comes next is not published; absent while all goes well. */
  trouble?: string;
}
