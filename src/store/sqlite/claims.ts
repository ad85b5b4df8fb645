// Claims that wait until something is due, and their filling inside a group's transaction.

import { type Chance, contextOf, decided, LoadedState } from '../engine/decide.ts';
import { BadDecision } from '../errors.ts';
import type { ReplicaRow } from '../rows.ts';
import type { Claim } from '../store.ts';
import { type Connection, codeOf } from './connection.ts';
import type { ReplicaEntry } from './entry.ts';
import type { WorkingSet } from './working-set.ts';

export interface StandingClaim {
  system: string;
  limit: number;
  decide: Claim<unknown>;
  /** Sends of the group that is being committed. */
  sends: unknown[];
  resolve: (sends: unknown[]) => void;
  reject: (error: unknown) => void;
}

export interface Postponed {
  system: string;
  recordId: string;
  error: unknown;
}

/** A replica whose decision threw is not asked about again before this: it would be the first in every claim. */
const postponedFor = 60_000;
/** ms. What was due for longer waited for its system to come back, and not for this writer. */
const longestTold = 5_000;
/** Replicas asked about for one claim within one group, when many need no send. */
const mostAsked = 500;

export class Claims {
  readonly #standing = new Map<string, StandingClaim[]>();
  /** Nothing in the database is due earlier, by system; a system that is missing was never looked at. */
  readonly #nextDue = new Map<string, number>();
  readonly #chance: Chance;
  readonly #due;
  readonly #after;
  #postponed: Postponed[] = [];
  #longestWait = 0;
  #pausedUntil = 0;
  /** The replica being decided, or the one whose decision spoiled the transaction. */
  asking: ReplicaEntry | undefined;

  constructor(db: Connection, chance: Chance) {
    this.#chance = chance;
    this.#due = db.prepare<[string, number, number], number>(claimQuery).pluck();
    this.#after = db
      .prepare<[string, number], number>(
        'SELECT due_at FROM replicas WHERE system = ? AND due_at > ? AND due_at IS NOT NULL ORDER BY due_at LIMIT 1',
      )
      .pluck();
  }

  add(claim: StandingClaim): void {
    const claims = this.#standing.get(claim.system);
    if (claims) claims.push(claim);
    else this.#standing.set(claim.system, [claim]);
  }

  remove(claim: StandingClaim): void {
    const claims = this.#standing.get(claim.system) ?? [];
    const left = claims.filter((one) => one !== claim);
    if (left.length > 0) this.#standing.set(claim.system, left);
    else this.#standing.delete(claim.system);
  }

  all(): StandingClaim[] {
    return [...this.#standing.values()].flat();
  }

  noteDue(system: string, at: number): void {
    const known = this.#nextDue.get(system);
    if (known !== undefined && at < known) this.#nextDue.set(system, at);
  }

  /** When a standing claim can next be filled from the database; Infinity when no claim stands or nothing is due. */
  nextDue(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const system of this.#standing.keys()) next = Math.min(next, this.#nextDue.get(system) ?? 0);
    return Math.max(next, this.#pausedUntil);
  }

  /** @param most replicas decided in all; 1 finds out which of them is at fault */
  fill(set: WorkingSet, most = Number.POSITIVE_INFINITY): number {
    const now = this.#chance.now();
    let asked = 0;
    this.asking = undefined;
    if (now < this.#pausedUntil) return asked;
    for (const [system, claims] of this.#standing) {
      const due = (this.#nextDue.get(system) ?? 0) <= now || set.due.has(system);
      if (due && asked < most) asked += this.#fillSystem(set, { system, claims, now, most: most - asked });
    }
    return asked;
  }

  #fillSystem(set: WorkingSet, at: { system: string; claims: StandingClaim[]; now: number; most: number }): number {
    let asked = 0;
    for (const claim of at.claims) {
      let left = Math.min(mostAsked, at.most - asked);
      while (left > 0 && claim.sends.length < claim.limit) {
        const found = this.#candidates(set, at.system, at.now, Math.min(left, claim.limit - claim.sends.length));
        for (const replica of found) this.#ask(set, claim, replica);
        left -= found.length;
        asked += found.length;
        if (found.length === 0) return asked;
      }
    }
    return asked;
  }

  /** Oldest first: those that the database knows as due, then those that this group made due. */
  #candidates(set: WorkingSet, system: string, now: number, limit: number): ReplicaEntry[] {
    const found = (this.#nextDue.get(system) ?? 0) <= now ? this.#stored(set, system, now, limit) : [];
    for (const replica of set.due.get(system) ?? []) {
      if (found.length === limit) break;
      if (replica.row.dueAt !== null && replica.row.dueAt <= now) found.push(replica);
    }
    return found;
  }

  #stored(set: WorkingSet, system: string, now: number, limit: number): ReplicaEntry[] {
    const found: ReplicaEntry[] = [];
    const wanted = limit + (set.overtaken.get(system) ?? 0);
    const numbers = this.#due.all(system, now, wanted);
    for (const no of numbers) {
      if (found.length === limit) return found;
      const replica = set.replicaByNo(no);
      if (replica && !replica.dirty) found.push(replica);
    }
    if (numbers.length < wanted) this.#nextDue.set(system, this.#after.get(system, now) ?? Number.POSITIVE_INFINITY);
    return found;
  }

  #ask(set: WorkingSet, claim: StandingClaim, replica: ReplicaEntry): void {
    this.asking = replica;
    const before = replica.row;
    this.#noteWait(before.dueAt);
    const taken = set.take(replica);
    const context = contextOf(set, this.#chance);
    const state = new LoadedState(set, [taken.recordId]);
    let decision: { write: Parameters<WorkingSet['apply']>[0]; send?: unknown };
    try {
      decision = decided(state, () => claim.decide(state, taken, context));
    } catch (error) {
      if (codeOf(error)) throw error;
      this.postpone(set, before, error);
      return;
    }
    set.apply(decision.write, context.now);
    this.#checkKept(set, replica, context.now);
    if (decision.send !== undefined) claim.sends.push(decision.send);
  }

  #noteWait(dueAt: number | null): void {
    const wait = dueAt === null ? 0 : this.#chance.now() - dueAt;
    if (wait > this.#longestWait && wait <= longestTold) this.#longestWait = wait;
  }

  /** @returns for how long (ms) the one of the group that waited longest was due before it was claimed */
  takeLongestWait(): number {
    const wait = this.#longestWait;
    this.#longestWait = 0;
    return wait;
  }

  /** Tells it to whoever reads the log, and lets the others go on. */
  postpone(set: WorkingSet, row: ReplicaRow, error: unknown): void {
    const at = this.#chance.now();
    const message = error instanceof Error ? error.message : String(error);
    set.putReplica({ ...row, dueAt: at + postponedFor, lastError: { kind: 'internal', message, at } });
    this.#postponed.push({ system: row.system, recordId: row.recordId, error });
  }

  /** @throws BadDecision when it would be forgotten, or be claimed again at once and for ever */
  #checkKept(set: WorkingSet, replica: ReplicaEntry, now: number): void {
    const { row } = replica;
    const kept = row.state !== 'behind' || (row.dueAt === null ? set.inFlight(replica) !== undefined : row.dueAt > now);
    if (kept) return;
    const what = `the claim of ${row.recordId} for ${row.system}`;
    throw new BadDecision(`${what} was decided without a send or a later time to try`);
  }

  /** Takes out and returns the claims that the committed group has filled. */
  filled(): StandingClaim[] {
    const filled: StandingClaim[] = [];
    for (const claims of this.#standing.values())
      for (const claim of claims) if (claim.sends.length > 0) filled.push(claim);
    for (const claim of filled) this.remove(claim);
    return filled;
  }

  /** While the disk is full. */
  pauseUntil(at: number): void {
    this.#pausedUntil = at;
  }

  takePostponed(): Postponed[] {
    const postponed = this.#postponed;
    this.#postponed = [];
    return postponed;
  }

  rolledBack(): void {
    this.#nextDue.clear();
    this.#longestWait = 0;
    this.#postponed = [];
    for (const claim of this.all()) claim.sends = [];
  }
}

export const claimQuery =
  'SELECT no FROM replicas WHERE system = ? AND due_at <= ? AND due_at IS NOT NULL ORDER BY due_at LIMIT ?';
