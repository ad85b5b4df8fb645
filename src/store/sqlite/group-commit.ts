// Runs what is queued as one transaction, so that one fsync serves many calls. Everything here is synchronous: a group
// is over before anything else of this thread goes on.

import type { Chance } from '../engine/decide.ts';
import { StoreClosed, type StoreError, StoreFailed, StoreFull } from '../errors.ts';
import { Claims, type Postponed, type StandingClaim } from './claims.ts';
import { type Connection, codeOf, isDiskFailure, isFull } from './connection.ts';
import type { Job } from './job.ts';
import type { WorkingSet } from './working-set.ts';
import { WriteBack } from './write-back.ts';

export interface Commit {
  /** The newest change number. */
  head: number;
  jobs: number;
  /** How long it took. */
  seconds: number;
  /** For how long (seconds) the send that waited longest was due before it was claimed; an outage's wait is left out. */
  waited: number;
}

export interface GroupEvents {
  onCommit?: ((commit: Commit) => void) | undefined;
  /** The disk failed: the process has to end with an error. */
  onFailure?: ((error: StoreError) => void) | undefined;
  /** A replica could not be decided; it is tried again in a minute. */
  onPostponed?: ((what: Postponed) => void) | undefined;
}

export interface GroupOptions extends GroupEvents, Chance {
  schedule: (ms: number, run: () => void) => () => void;
  /** Seconds of a clock that only goes forward, for the duration of commits. */
  elapsed: () => number;
}

const mostJobs = 200;
/** Claims look again at least this often, whatever the timers of the platform can hold. */
const longestWait = 60_000;
const fullRetry = 1_000;

export class GroupCommit {
  readonly set: WorkingSet;
  readonly #db: Connection;
  readonly #options: GroupOptions;
  readonly #claims: Claims;
  readonly #writeBack: WriteBack;
  readonly #begin;
  readonly #commit;
  readonly #rollback;
  #queue: Job[] = [];
  #requested = false;
  #cancelWake: (() => void) | undefined;
  #ended: StoreError | undefined;

  constructor(db: Connection, set: WorkingSet, options: GroupOptions) {
    this.#db = db;
    this.set = set;
    this.#options = options;
    this.#claims = new Claims(db, options);
    this.#writeBack = new WriteBack(db);
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /** Why nothing goes on, once it does not. */
  get ended(): StoreError | undefined {
    return this.#ended;
  }

  add(job: Job): void {
    if (this.#ended) {
      job.reject(this.#ended);
      return;
    }
    this.#queue.push(job);
    this.#request();
  }

  addClaim(claim: StandingClaim): void {
    if (this.#ended) {
      claim.reject(this.#ended);
      return;
    }
    this.#claims.add(claim);
    this.#request();
  }

  removeClaim(claim: StandingClaim): void {
    this.#claims.remove(claim);
  }

  /** Commits what is queued, then takes nothing more. */
  close(): void {
    while (this.#queue.length > 0 && !this.#ended) this.#runGroup(this.#queue.splice(0, mostJobs));
    this.#cancelWake?.();
    const waiting = this.#claims.all();
    for (const claim of waiting) this.#claims.remove(claim);
    this.#ended ??= new StoreClosed('the store is closed');
    for (const claim of waiting) claim.resolve([]);
  }

  /** Nothing is known to be on disk any more: every call from now on is refused. */
  fail(cause: unknown): StoreError {
    if (this.#ended instanceof StoreFailed) return this.#ended;
    const reason = `${codeOf(cause)}: ${cause instanceof Error ? cause.message : String(cause)}`;
    const failed = new StoreFailed(
      `reading or writing ${this.#db.name} failed (${reason}). Check the disk, then start again`,
      cause,
    );
    this.#ended = failed;
    this.#cancelWake?.();
    for (const job of this.#queue.splice(0)) job.reject(failed);
    for (const claim of this.#claims.all()) {
      this.#claims.remove(claim);
      claim.reject(failed);
    }
    this.#options.onFailure?.(failed);
    return failed;
  }

  #request(): void {
    if (this.#requested) return;
    this.#requested = true;
    setImmediate(() => {
      this.#requested = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#ended) return;
    const jobs = this.#queue.splice(0, mostJobs);
    if (jobs.length > 0 || this.#claims.nextDue() <= this.#options.now()) this.#runGroup(jobs);
    if (this.#ended) return;
    if (this.#queue.length > 0) this.#request();
    this.#wakeAt(this.#claims.nextDue());
  }

  #wakeAt(next: number): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    if (next === Number.POSITIVE_INFINITY) return;
    const wait = next - this.#options.now();
    if (wait <= 0) this.#request();
    else this.#cancelWake = this.#options.schedule(Math.min(wait, longestWait), () => this.#request());
  }

  #runGroup(jobs: Job[]): void {
    const started = this.#options.elapsed();
    try {
      this.#transaction(() => {
        for (const job of jobs) job.run(this.set);
        this.#claims.fill(this.set);
      });
    } catch (error) {
      if (!this.#failsAll(error, jobs)) this.#runApart(jobs);
      return;
    }
    this.#settle(jobs, started);
  }

  /** One by one, so that only what is at fault fails. */
  #runApart(jobs: Job[]): void {
    for (const [place, job] of jobs.entries()) {
      const started = this.#options.elapsed();
      try {
        this.#transaction(() => job.run(this.set));
      } catch (error) {
        if (this.#failsAll(error, jobs.slice(place))) return;
        job.reject(isFull(error) ? this.#full(error) : error);
        continue;
      }
      this.#settle([job], started);
    }
    this.#claimApart();
  }

  #claimApart(): void {
    let asked = 1;
    for (let left = mostJobs; left > 0 && asked > 0; left--) {
      const started = this.#options.elapsed();
      try {
        asked = this.#transaction(() => this.#claims.fill(this.set, 1));
      } catch (error) {
        if (!this.#failsAll(error, [])) this.#afterFailedClaim(error);
        return;
      }
      this.#settle([], started);
    }
  }

  /** The one at fault steps aside; on a full disk all claims wait. */
  #afterFailedClaim(error: unknown): void {
    const at = this.#claims.asking?.no;
    if (!isFull(error) && at !== undefined) {
      try {
        this.#transaction(() => {
          const replica = this.set.replicaByNo(at);
          if (replica) this.#claims.postpone(this.set, replica.row, error);
        });
        this.#settle([], this.#options.elapsed());
        return;
      } catch (again) {
        if (this.#failsAll(again, [])) return;
      }
    }
    this.#claims.pauseUntil(this.#options.now() + fullRetry);
  }

  #transaction<T>(run: () => T): T {
    try {
      this.#begin.run();
      const answer = run();
      this.#writeBack.write(this.set, (system, at) => this.#claims.noteDue(system, at));
      this.#commit.run();
      return answer;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      if (this.#db.inTransaction) this.#rollback.run();
    } catch (error) {
      this.fail(error);
    }
    this.#writeBack.rolledBack();
    this.#claims.rolledBack();
    if (!this.#ended) this.set.rolledBack();
  }

  #failsAll(error: unknown, jobs: readonly Job[]): boolean {
    if (!isDiskFailure(error) && !this.#ended) return false;
    const failed = this.fail(error);
    for (const job of jobs) job.reject(failed);
    return true;
  }

  #settle(jobs: readonly Job[], started: number): void {
    const seconds = this.#options.elapsed() - started;
    this.set.committed();
    const filled = this.#claims.filled();
    for (const job of jobs) job.done();
    for (const claim of filled) claim.resolve(claim.sends);
    for (const what of this.#claims.takePostponed()) this.#options.onPostponed?.(what);
    const waited = this.#claims.takeLongestWait() / 1000;
    this.#options.onCommit?.({ head: this.set.numbers.head, jobs: jobs.length, seconds, waited });
  }

  #full(cause: unknown): StoreFull {
    return new StoreFull(
      `no space left for ${this.#db.name}: nothing was written. Free some space; it goes on by itself`,
      cause,
    );
  }
}
