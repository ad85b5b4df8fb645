// Claims that wait until something is due, and their filling inside a group's transaction.
import type { Chance } from '../engine/decide.ts';
import type { ReplicaRow } from '../rows.ts';
import type { Claim } from '../store.ts';
import type { ReplicaEntry } from './entry.ts';
import type { GroupSet } from './group-set.ts';
import { type Runner, rows } from './session.ts';
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

export const claimQuery = {
  name: 'claim',
  text: `
    SELECT r.no FROM replicas r JOIN records o ON o.no = r.no / 1024
    WHERE r.system = $1 AND r.due_at IS NOT NULL AND r.due_at <= $2
    ORDER BY r.due_at LIMIT $3 FOR UPDATE OF o SKIP LOCKED`,
};
const nextQuery = {
  name: 'next-due',
  text: `
    SELECT due_at FROM replicas WHERE system = $1 AND due_at IS NOT NULL AND due_at > $2 ORDER BY due_at LIMIT 1`,
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
    return new Filling(this, now < this.#pausedUntil ? new Map() : new Map(this.#standing), now);
  }

  /** @returns numbers of what is due, oldest first; their records are locked */
  async due(runner: Runner, system: string, now: number, limit: number): Promise<number[]> {
    if (this.#nextLook(system) > now) return [];
    const found = (await rows(runner, claimQuery, [system, now, limit])).map(([no]) => no as number);
    if (found.length === limit) return found;
    const [next] = await rows(runner, nextQuery, [system, now]);
    this.#nextDue.set(system, { at: (next?.[0] as number | undefined) ?? Number.POSITIVE_INFINITY, lookedAt: now });
    return found;
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
  readonly #standing: ReadonlyMap<string, readonly StandingClaim[]>;
  readonly #now: number;
  readonly #due = new Map<string, number[]>();
  readonly #asked = new Set<number>();
  #pending: Pending[] = [];

  constructor(claims: Claims, standing: ReadonlyMap<string, readonly StandingClaim[]>, now: number) {
    this.#claims = claims;
    this.#standing = standing;
    this.#now = now;
  }

  get isEmpty(): boolean {
    return this.#standing.size === 0;
  }

  /** Looks for what is due, system by system in their order; @returns numbers of the replicas, all locked */
  async look(runner: Runner): Promise<number[]> {
    const found = await Promise.all(
      [...this.#standing].map(async ([system, claims]) => {
        const limit = claims.reduce((sum, claim) => sum + claim.limit, 0);
        const numbers = await this.#claims.due(runner, system, this.#now, Math.min(limit, mostAsked));
        this.#due.set(system, numbers);
        return numbers;
      }),
    );
    return found.flat();
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
    for (const replica of [...stored, ...(set.due.get(system) ?? [])]) {
      if (this.#asked.size >= mostAsked) return;
      if (!replica || this.#asked.has(replica.no)) continue;
      if (replica.row.dueAt !== null && replica.row.dueAt <= this.#now) yield replica;
    }
  }
}
