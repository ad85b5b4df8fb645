// Runs what is queued in groups, one transaction each, so that one commit serves many calls; makes a group again when
// another node was quicker, and waits while the server is away.
import { StoreClosed, type StoreError, StoreFull, StoreUnavailable } from '../errors.ts';
import type { Claims, Filling, Postponed, StandingClaim } from './claims.ts';
import { kindOf } from './faults.ts';
import type { GroupSet } from './group-set.ts';
import type { Locking } from './load.ts';
import { LeaseLost } from './node.ts';
import { NumbersLost, wereCommitted } from './numbers.ts';
import { Outgrown, outgrown } from './outgrown.ts';
import { FaultyStep, type Job } from './steps.ts';
import { type GroupParts, type Made, makeGroup, OutcomeUnknown } from './transaction.ts';

export interface Commit {
  /** The newest change number that may be read. */
  head: number;
  jobs: number;
  /** How long it took. */
  seconds: number;
  /** For how long (seconds) the send that waited longest was due before it was claimed; an outage's wait is left out. */
  waited: number;
}

export interface GroupOptions extends GroupParts {
  claims: Claims;
  /** Of the database, without its password. */
  name: string;
  now: () => number;
  schedule: (ms: number, run: () => void) => () => void;
  /** Resolves after that many ms; sooner or later, whatever a test's clock does. */
  pause: (ms: number) => Promise<void>;
  /** Seconds of a clock that only goes forward. */
  elapsed: () => number;
  onCommit?: ((commit: Commit) => void) | undefined;
  onPostponed?: ((what: Postponed) => void) | undefined;
  /** The newest schema that this program knows. */
  version: number;
  /** Nothing is written any more, whatever is asked. */
  onEnd?: ((error: StoreError) => void) | undefined;
  /** A commit has left something due that no claim of this node has taken. */
  onLeftDue?: (() => void) | undefined;
}

const mostJobs = 200;
/** Seconds. For as long a call waits for the server, or for a lock, before it is refused. */
const patience = 10;
const afterDeferral = 5;
const longestPause = 1_000;
/** So often a group is made again before its jobs are tried one by one. */
const mostConflicts = 5;
/** Every so often locks are waited for, so that nobody is passed over for ever. */
const waitsEvery = 4;
const fullRetry = 1_000;
const triesWhenClosing = 5;

export class Groups {
  readonly #options: GroupOptions;
  readonly #claims: Claims;
  #queue: Job[] = [];
  #requested = false;
  #running: Promise<void> | undefined;
  /** Claims of the group under way may be filled by it. */
  #filling = false;
  #cancelWake: (() => void) | undefined;
  #ended: StoreError | undefined;
  #closing = false;

  constructor(options: GroupOptions) {
    this.#options = options;
    this.#claims = options.claims;
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

  /** Nobody waits for it any more. */
  endClaim(claim: StandingClaim): void {
    claim.ended = true;
    if (!this.#filling) this.#claims.dropEnded();
  }

  /** Something may have become due elsewhere. */
  look(): void {
    this.#claims.lookAgain();
    if (this.#claims.all().length > 0) this.#request();
  }

  /** Refuses everything from now on, and whoever waits. */
  end(error: StoreError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#cancelWake?.();
    for (const job of this.#queue.splice(0)) job.reject(error);
    for (const claim of this.#claims.all()) {
      this.#claims.remove(claim);
      claim.reject(error);
    }
    this.#options.onEnd?.(error);
  }

  /** Commits what is queued, then takes nothing more. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#running;
    this.#ended ??= new StoreClosed('the store is closed');
    this.#cancelWake?.();
    for (const claim of this.#claims.all()) claim.ended = true;
    while (this.#queue.length > 0) await this.#runGroup(this.#queue.splice(0, mostJobs), undefined);
    this.#claims.dropEnded();
  }

  #request(): void {
    if (this.#requested || this.#running) return;
    this.#requested = true;
    setImmediate(() => {
      this.#requested = false;
      if (this.#running || this.#ended) return;
      this.#running = this.#runAll().finally(() => {
        this.#running = undefined;
        if (this.#queue.length > 0) this.#request();
        else this.#wakeAt(this.#claims.nextDue());
      });
    });
  }

  async #runAll(): Promise<void> {
    while (
      !this.#closing &&
      !this.#ended &&
      (this.#queue.length > 0 || this.#claims.nextDue() <= this.#options.now())
    ) {
      const filling = this.#claims.begin();
      this.#filling = true;
      await this.#runGroup(this.#queue.splice(0, mostJobs), filling);
      this.#filling = false;
      this.#claims.dropEnded();
      await new Promise((next) => setImmediate(next));
    }
  }

  #wakeAt(next: number): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    if (next === Number.POSITIVE_INFINITY || this.#ended) return;
    const wait = next - this.#options.now();
    if (wait <= 0) this.#request();
    else this.#cancelWake = this.#options.schedule(wait, () => this.#request());
  }

  async #runGroup(jobs: Job[], filling: Filling | undefined): Promise<void> {
    let left = jobs;
    const failed = { jobs: new Map<Job, unknown>(), replicas: new Map<number, unknown>() };
    let conflicts = 0;
    for (let tries = 0; ; tries++) {
      const started = this.#options.elapsed();
      // Conflicts are looked for anew each time: a filling remembers what it has asked about.
      const again = filling && tries > 0 ? this.#claims.begin() : filling;
      try {
        const made = await makeGroup(this.#options, {
          jobs: left,
          filling: again,
          locking: tries === 0 ? lockingOf(left) : 'skip',
          failed,
        });
        await this.#settle(left, made, { failed: failed.jobs, started });
        return;
      } catch (error) {
        if (error instanceof OutcomeUnknown && (await this.#wasCommitted(error, left))) {
          return this.#settle(left, error.made, { failed: failed.jobs, started });
        }
        this.#claims.rolledBack();
        if (error instanceof FaultyStep) {
          if ('begin' in error.at) failed.jobs.set(error.at, error.cause);
          else failed.replicas.set(error.at.no, error.cause);
        } else if (error instanceof LeaseLost) await this.#renew();
        else if (error instanceof Outgrown) {
          const refusal = outgrown(this.#options.name, this.#options.version);
          for (const job of left) job.reject(refusal);
          return this.end(refusal);
        }
        // A commit that turned out not to be there is made anew, as after any lost connection.
        else if (error instanceof OutcomeUnknown || kindOf(error) === 'away') {
          left = this.#refuseLate(left, error instanceof OutcomeUnknown ? error.cause : error);
          if (left.length === 0 && tries > 0) return this.#pauseClaims();
          await this.#options.pause(pauseAfter(tries));
        } else if ((error instanceof NumbersLost || kindOf(error) === 'conflict') && conflicts < mostConflicts) {
          conflicts += 1;
          await this.#options.pause(conflicts);
        } else return this.#runApart(left, filling !== undefined, error);
      }
    }
  }

  /** One by one, so that only what is at fault fails. */
  async #runApart(jobs: Job[], withClaims: boolean, error: unknown): Promise<void> {
    if (jobs.length === 1 && !withClaims) {
      jobs[0]?.reject(this.#refusal(error));
      return;
    }
    for (const job of jobs) await this.#runGroup([job], undefined);
    if (jobs.length === 0) this.#pauseClaims();
  }

  async #settle(
    jobs: readonly Job[],
    { deferred, head, set }: Made,
    { failed, started }: { failed: ReadonlyMap<Job, unknown>; started: number },
  ): Promise<void> {
    const seconds = this.#options.elapsed() - started;
    const waits = new Set(deferred);
    const waited = this.#claims.takeLongestWait() / 1000;
    const done = jobs.filter((job) => !waits.has(job));
    this.#options.onCommit?.({ head, jobs: done.length, seconds, waited });
    this.#claims.committed(set);
    if (leavesDue(set, this.#options.now())) this.#options.onLeftDue?.();
    for (const job of done) {
      if (failed.has(job)) job.reject(failed.get(job));
      else job.done();
    }
    for (const what of this.#claims.takePostponed()) this.#options.onPostponed?.(what);
    await this.#putOff(deferred);
  }

  /** First in the next group, so that their order stays. */
  async #putOff(deferred: readonly Job[]): Promise<void> {
    if (deferred.length === 0) return;
    for (const job of deferred) job.deferred += 1;
    const locked = new StoreUnavailable(`another transaction of ${this.#options.name} holds what is to be changed`);
    const left = this.#refuseLate(deferred, locked);
    this.#queue.unshift(...left);
    await this.#options.pause(afterDeferral);
  }

  async #renew(): Promise<void> {
    await this.#options.node.register(this.#options.notes).catch(() => this.#options.pause(longestPause));
  }

  /** Callers are told within their patience; what is in the database is found out however long it takes. */
  async #wasCommitted({ blocks, node, cause }: OutcomeUnknown, jobs: readonly Job[]): Promise<boolean> {
    for (let tries = 0; ; tries++) {
      try {
        return await wereCommitted(this.#options.notes, blocks, node);
      } catch (error) {
        this.#refuseLate(jobs, cause);
        if (this.#closing && tries >= triesWhenClosing) throw error;
        await this.#options.pause(pauseAfter(tries));
      }
    }
  }

  /** @returns those that still have patience */
  #refuseLate(jobs: readonly Job[], error: unknown): Job[] {
    const oldest = this.#options.elapsed() - patience;
    const late = jobs.filter(({ since }) => since < oldest);
    for (const job of late) job.reject(this.#refusal(error));
    return jobs.filter((job) => !late.includes(job));
  }

  #pauseClaims(): void {
    this.#claims.pauseUntil(this.#options.now() + fullRetry);
  }

  #refusal(error: unknown): unknown {
    const { name } = this.#options;
    const kind = error instanceof StoreUnavailable ? 'told' : error instanceof NumbersLost ? 'conflict' : kindOf(error);
    if (kind === 'full')
      return new StoreFull(
        `no space left for ${name}: nothing was written. Free some space; it goes on by itself`,
        error,
      );
    const reason = error instanceof Error ? error.message : String(error);
    if (kind === 'away')
      return new StoreUnavailable(`${name} cannot be reached (${reason}): nothing was written`, error);
    if (kind === 'conflict') return new StoreUnavailable(`${name} was too busy with the same thing (${reason})`, error);
    return error;
  }
}

function leavesDue(set: GroupSet, now: number): boolean {
  for (const replicas of set.due.values())
    for (const { row } of replicas) if (row.dueAt !== null && row.dueAt <= now) return true;
  return false;
}

const lockingOf = (jobs: readonly Job[]): Locking =>
  jobs.some(({ deferred }) => deferred % waitsEvery === waitsEvery - 1) ? 'wait' : 'skip';

const pauseAfter = (tries: number): number => Math.min(longestPause, 20 * 2 ** tries);
