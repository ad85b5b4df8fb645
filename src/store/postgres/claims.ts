// Claims that wait until something is due, and their filling inside a group's transaction.
import type { Chance } from '../engine/decide.ts';
import type { ReplicaRow } from '../rows.ts';
import type { Claim } from '../store.ts';
import type { ReplicaEntry } from './entry.ts';
import type { GroupSet } from './group-set.ts';
import { alsoLocked } from './load.ts';
import { holdNode, LeaseLost, type Node } from './node.ts';
import { type Runner, rows, type Statement } from './session.ts';
import { claimStep, type Step } from './steps.ts';

export interface StandingClaim {
  system: string;
  limit: number;
  decide: Claim<unknown>;
  /** Sends of the group that is being committed. */
  sends: unknown[];
  /** Nobody waits for it any more; what a group under way has taken for it is given out all the same. */
  ended: boolean;
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
/** Replicas asked about for one system within one group, when many need no send. */
const mostAsked = 500;
/** ms. Other nodes make things due without telling; a notification is never more than a hint. */
const lookAgainAfter = 1_000;

/**
 * Which of the systems are stopped, paused or unauthorized, by whichever node; of each other one its oldest due replicas,
 * whose records it locks, and when the next of it is due; and the node, which is held against being taken over to the end
 * of the transaction. A limit of 0: nothing is looked for.
 */
export const claimQuery: Statement = {
  name: 'claim',
  text: `
    WITH asked AS MATERIALIZED (
      SELECT k.s, k.l, k.n, coalesce(y.state <> 'active', false) AS stopped
      FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS k(s, l, n) LEFT JOIN systems y ON y.system = k.s
    ), due AS MATERIALIZED (
      SELECT k.n, d.no FROM (SELECT s, l, n FROM asked WHERE l > 0 AND NOT stopped) AS k CROSS JOIN LATERAL (
        SELECT r.no FROM replicas r JOIN records o ON o.no = r.no / 1024
        WHERE r.system = k.s AND r.due_at IS NOT NULL AND r.due_at <= $3
        ORDER BY r.due_at LIMIT k.l FOR UPDATE OF o SKIP LOCKED
      ) AS d
    ), held AS MATERIALIZED (${holdNode(4)})
    SELECT 'due', n, no FROM due
    UNION ALL SELECT 'stopped', n, NULL FROM asked WHERE stopped
    UNION ALL SELECT 'next', k.n, (
      SELECT r.due_at FROM replicas r WHERE r.system = k.s AND r.due_at IS NOT NULL AND r.due_at > $3
      ORDER BY r.due_at LIMIT 1
    ) FROM asked k WHERE k.l > 0 AND NOT k.stopped
    UNION ALL SELECT 'node', 0, no FROM held
    UNION ALL SELECT 'locked', 0, length(${alsoLocked(`SELECT string_agg((due.no / 1024)::text, ',') FROM due`)})`,
};

interface Known {
  /** Nothing in the database is due earlier, as far as this node knows. */
  at: number;
  lookedAt: number;
}

interface Pending {
  step: Step;
  claim: StandingClaim;
}

export class Claims {
  readonly #standing = new Map<string, StandingClaim[]>();
  readonly #nextDue = new Map<string, Known>();
  readonly #chance: Chance;
  #postponed: Postponed[] = [];
  #longestWait = 0;
  #pausedUntil = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  add(claim: StandingClaim): void {
    const claims = this.#standing.get(claim.system);
    if (claims) claims.push(claim);
    else this.#standing.set(claim.system, [claim]);
  }

  remove(claim: StandingClaim): void {
    const left = (this.#standing.get(claim.system) ?? []).filter((one) => one !== claim);
    if (left.length > 0) this.#standing.set(claim.system, left);
    else this.#standing.delete(claim.system);
  }

  all(): StandingClaim[] {
    return [...this.#standing.values()].flat();
  }

  now(): number {
    return this.#chance.now();
  }

  /** When a standing claim can next be filled; Infinity when no claim stands. */
  nextDue(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const system of this.#standing.keys()) next = Math.min(next, this.#nextLook(system));
    return Math.max(next, this.#pausedUntil);
  }

  /** Something may have become due elsewhere. */
  lookAgain(): void {
    this.#nextDue.clear();
  }

  pauseUntil(at: number): void {
    this.#pausedUntil = at;
  }

  #nextLook(system: string): number {
    const known = this.#nextDue.get(system);
    return known ? Math.min(known.at, known.lookedAt + lookAgainAfter) : 0;
  }

  /** Begins to fill the claims that stand now; those that come later are for the next group. */
  begin(): Filling {
    const now = this.#chance.now();
    return new Filling(this, new Map(now < this.#pausedUntil ? [] : this.#standing), now);
  }

  /** Whether something may be due to it in the database. */
  mayBeDue(system: string, now: number): boolean {
    return this.#nextLook(system) <= now;
  }

  /** Everything that was due is with this group. @param at when the next is */
  allFound(system: string, now: number, at: number | null): void {
    this.#nextDue.set(system, { at: at ?? Number.POSITIVE_INFINITY, lookedAt: now });
  }

  step(set: GroupSet, claim: StandingClaim, replica: ReplicaEntry, failed: unknown): Step {
    const { decide } = claim;
    this.#noteWait(replica.row.dueAt);
    return claimStep(
      set,
      replica,
      {
        decide,
        chance: this.#chance,
        send: (what) => claim.sends.push(what),
        postpone: (group, row, error) => this.#postpone(group, row, error),
      },
      failed,
    );
  }

  #noteWait(dueAt: number | null): void {
    const wait = dueAt === null ? 0 : this.#chance.now() - dueAt;
    if (wait > this.#longestWait && wait <= longestTold) this.#longestWait = wait;
  }

  /** Tells it to whoever reads the log, and lets the others go on. */
  #postpone(set: GroupSet, row: ReplicaRow, error: unknown): void {
    const at = this.#chance.now();
    const message = error instanceof Error ? error.message : String(error);
    set.putReplica({ ...row, dueAt: at + postponedFor, lastError: { kind: 'internal', message, at } });
    this.#postponed.push({ system: row.system, recordId: row.recordId, error });
  }

  /** @returns for how long (ms) the one of the group that waited longest was due before it was claimed */
  takeLongestWait(): number {
    const wait = this.#longestWait;
    this.#longestWait = 0;
    return wait;
  }

  takePostponed(): Postponed[] {
    const postponed = this.#postponed;
    this.#postponed = [];
    return postponed;
  }

  /** After the commit: what became due is known, what was filled is given out. */
  committed(set: GroupSet): void {
    for (const [system, replicas] of set.due) {
      const known = this.#nextDue.get(system);
      for (const { row } of replicas) if (known && row.dueAt !== null) known.at = Math.min(known.at, row.dueAt);
    }
    for (const claim of this.all()) {
      if (claim.sends.length === 0 && !claim.ended) continue;
      this.remove(claim);
      claim.resolve(claim.sends);
    }
  }

  rolledBack(): void {
    this.#nextDue.clear();
    this.#longestWait = 0;
    this.#postponed = [];
    for (const claim of this.all()) claim.sends = [];
  }

  /** Ends those that nobody waits for. */
  dropEnded(): void {
    for (const claim of this.all()) {
      if (!claim.ended || claim.sends.length > 0) continue;
      this.remove(claim);
      claim.resolve([]);
    }
  }
}

/** Of one group: which replicas are asked about for which claim. */
export class Filling {
  readonly #claims: Claims;
  readonly #standing: Map<string, readonly StandingClaim[]>;
  readonly #now: number;
  readonly #due = new Map<string, number[]>();
  readonly #asked = new Set<number>();
  #pending: Pending[] = [];

  constructor(claims: Claims, standing: Map<string, readonly StandingClaim[]>, now: number) {
    this.#claims = claims;
    this.#standing = standing;
    this.#now = now;
  }

  get isEmpty(): boolean {
    return this.#standing.size === 0;
  }

  /**
   * Looks for what is due and locks it, beside what is locked already. Systems that were stopped are left out, also by
   * what this group makes due: this node may not have heard of it yet.
   * @throws LeaseLost when the node has been taken for gone
   */
  async look(runner: Runner, node: Pick<Node, 'no' | 'id'>): Promise<void> {
    const systems = [...this.#standing.keys()];
    const limits = systems.map((system) => (this.#claims.mayBeDue(system, this.#now) ? this.#limit(system) : 0));
    const values = [systems, limits, this.#now, node.no, node.id];
    const found = (await rows(runner, claimQuery, values)) as [string, number, number | null][];
    if (!found.some(([what]) => what === 'node')) throw new LeaseLost('the lease of this node has run out');
    for (const [place, system] of systems.entries()) {
      const its = found.filter(([, n]) => n === place + 1);
      const limit = limits[place] as number;
      const due = its.flatMap(([what, , no]) => (what === 'due' && no !== null ? [no] : []));
      const isStopped = its.some(([what]) => what === 'stopped');
      if (isStopped) this.#standing.delete(system);
      else this.#due.set(system, due);
      const next = its.find(([what]) => what === 'next');
      if (isStopped || due.length < limit) this.#claims.allFound(system, this.#now, next?.[2] ?? null);
    }
  }

  #limit(system: string): number {
    const claims = this.#standing.get(system) ?? [];
    return Math.min(
      claims.reduce((sum, claim) => sum + claim.limit, 0),
      mostAsked,
    );
  }

  /** What can be asked about now, and what was put aside and is asked again. */
  next(set: GroupSet, failed: ReadonlyMap<number, unknown>): Step[] {
    const again = this.#pending;
    this.#pending = [...again];
    for (const [system, claims] of this.#standing) {
      for (const replica of this.#candidates(set, system)) {
        const claim = claims.find((one) => !one.ended && this.#room(one) > 0);
        if (!claim) break;
        this.#asked.add(replica.no);
        this.#pending.push({ claim, step: this.#claims.step(set, claim, replica, failed.get(replica.no)) });
      }
    }
    return this.#pending.map(({ step }) => step);
  }

  /** @param aside the steps that could not be made yet */
  made(aside: readonly Step[]): void {
    this.#pending = this.#pending.filter(({ step }) => aside.includes(step));
  }

  #room(claim: StandingClaim): number {
    return claim.limit - claim.sends.length - this.#pending.filter((one) => one.claim === claim).length;
  }

  /** Oldest first: those that the database knows as due, then those that this group made due. */
  *#candidates(set: GroupSet, system: string): Generator<ReplicaEntry> {
    const stored = (this.#due.get(system) ?? []).map((no) => set.replicaByNo(no));
    // Later than when it began to look: what the group has made due since is taken with it.
    const now = this.#claims.now();
    for (const replica of [...stored, ...(set.due.get(system) ?? [])]) {
      if (this.#asked.size >= mostAsked) return;
      if (!replica || this.#asked.has(replica.no)) continue;
      if (replica.row.dueAt !== null && replica.row.dueAt <= now) yield replica;
    }
  }
}
