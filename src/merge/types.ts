// The face of the merge: who may change what, decided purely over (record, replica, reading).
import type { JsonObject } from '../model/json.ts';
import type { RecordType } from '../model/records.ts';

export type Resolver = 'latest' | 'owner' | 'rank' | 'union' | 'max';
export type Freedom = 'allow' | 'deny' | { ask: string; timeout: number };

/** One unit of a record type: the fields that change hands as one value. */
export interface Unit {
  name: string;
  paths: readonly string[];
  /** Who may write it; undefined: every system with an inward pair for it (and console, policy). */
  writers: ReadonlySet<string> | undefined;
  resolve: Resolver;
  /** Order that settles `latest` at equal or unknowable times; `owner`'s precedence. */
  order: readonly string[];
  /** Values of a `rank` unit, lowest first (from the canonical enum unless the document says otherwise). */
  ranks: readonly string[];
  /** What may still change, by the value of another field (e.g. order.fulfillmentStatus). */
  frozen: { by: string; table: Readonly<Record<string, Freedom>> } | undefined;
  onRefusal: readonly ('restore' | 'task')[];
}

/** A merge document, or the defaults where a type has none. */
export interface MergePolicy {
  record: RecordType;
  /** `every`: written once, never coalesced (notification, coupon, refund). */
  history: 'latest' | 'every';
  units: readonly Unit[];
  /** The unit of a canonical path; paths that no unit names are units of their own. Made on demand, cached. */
  unitOf(path: string): Unit;
  /** A unit that no document names is called like its path. */
  unitNamed(name: string): Unit;
  /** The units that a (partial) canonical tree touches, in a stable order. */
  unitsIn(tree: JsonObject): Unit[];
  /** Units that two trees hold different values of, in the same order; costs nothing where they share structure. */
  differing(a: JsonObject, b: JsonObject): Unit[];
}

/** Who wrote a unit last, when, and its recent past. */
export interface Stamp {
  source: string;
  /** Effective time (ms since 1970) by the source's clock as far as it is trusted. */
  at: number;
  /** A polled edit without a time happened in (since, at]. */
  since?: number;
  version: number;
  ambiguous?: true;
  /** Held at the canonical value by a person or the ping-pong guard, since (ms). */
  held?: number;
  /** The change request that waits for a system's answer; the value is the old one until then. */
  pending?: string;
  /** Digests of the last values and when they were left, for the ping-pong guard; at most four, ten minutes. */
  trail?: [digest: string, at: number][];
}
export type Stamps = Record<string, Stamp>;

/** What the hub remembers of one system's copy. */
export interface Memory {
  /** Canonical tree of what the system is known to hold. */
  image: JsonObject;
  /** Record version that the image reflects (0: none). */
  syncedVersion: number;
  /**
   * Values that we sent, or that a send replaced: unit → [digest, when it was left, by the source's time if it left it
   * itself]; last 16, 24 h. One may still come back as a late echo.
   */
  past: Record<string, [digest: string, at: number][]>;
  /** Units whose value in the image the system said itself; what it replaces by its own edit is no later echo. */
  own?: readonly string[];
  /**
   * Units of which an edit and a send of ours crossed, so that either may have come last there: what is wanted is sent
   * again, even if the image agrees ({@link sureImage}). Ended by a delivery.
   */
  unsure?: readonly string[];
  /** Those that crossed the send now under way: its settlement does not end them. */
  crossed?: readonly string[];
  /**
   * Of a type with `history: every`: states to be sent one after the other, oldest first, the newest included; empty
   * while there is but one. `at`: when it was committed.
   */
  owed?: readonly { seq: number; version: number; at: number; data: JsonObject }[];
  /** Source time of the last edit of each unit that came from this system. */
  seen: Record<string, number>;
  /** When the hub last sent to it (ms), 0: never. */
  sentAt: number;
}

/** One edit as it reached the hub. */
export interface Observation {
  /** A system's id, `console` or `policy`. */
  source: string;
  /** Three-valued canonical tree. */
  patch: JsonObject;
  /** Source time, ms; undefined when none is usable. */
  at: number | undefined;
  trust: 'ntp' | 'skewed' | 'none';
  /** When the source was last in contact before this: a polled change without a time happened after it. */
  since: number | undefined;
  /** When it arrived. */
  now: number;
  /** The payload carries our own actor or tag. */
  ours: boolean;
  /** True for a first load (backfill): … same rules, marked in the change. */
  backfill?: boolean;
}

export type RefusalReason = 'not_a_writer' | 'frozen' | 'stale' | 'held' | 'unreadable' | 'lost';
export interface Refusal {
  unit: string;
  reason: RefusalReason;
  message: string;
  path?: string;
}

export interface MergeInput {
  type: RecordType;
  policy: MergePolicy;
  record: { version: number; data: JsonObject; stamps: Stamps } | undefined;
  /** Of the source's replica; undefined for console, policy, and a system without one. */
  memory: Memory | undefined;
  /** Images sent to the source and not yet settled, oldest first. */
  inFlight: readonly JsonObject[];
  observation: Observation;
}

export interface Applied {
  unit: string;
  from: JsonObject;
  to: JsonObject;
  ambiguous: boolean;
}

export interface MergeResult {
  /** The record's data after the edit; the same object when nothing was applied. */
  data: JsonObject;
  stamps: Stamps;
  applied: Applied[];
  refused: Refusal[];
  /** Units taken as an echo although no time or tag proves it. */
  ambiguousEchoes: string[];
  /** The source's memory afterwards (undefined when it had none and is no system). */
  memory: Memory | undefined;
  /** Units whose source copy must be put right (restore). */
  restore: string[];
  /** Units for which a person must be asked, with the reason. */
  tasks: { unit: string; reason: RefusalReason | 'ping_pong'; said: JsonObject; kept: JsonObject }[];
}
