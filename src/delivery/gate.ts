// How many sends of one system may be claimed at this moment: breaker, rate, slots and what the system asked for, in one.

import { BorrowedRate } from './borrowed-rate.ts';
import { Breaker, type BreakerSettings, longestWaitMs } from './breaker.ts';
import { alone, type HeardCondition, type Others } from './others.ts';
import type { Sign } from './outcome.ts';
import { Slots } from './slots.ts';
import { type Rate, TokenBucket } from './token-bucket.ts';

export interface Limits {
  concurrency: number;
  rate?: Rate | undefined;
  /** Most sends of one claim; 64 unless said otherwise. */
  batch?: number | undefined;
}

export interface Heard {
  sign: Sign;
  record: string;
  retryAfterMs?: number | undefined;
}

const usualBatch = 64;
/** "Too many" without a word of how long to wait. */
const unsaidWaitMs = 1000;

export class Gate {
  readonly breaker: Breaker;
  readonly #slots: Slots;
  readonly #bucket: TokenBucket | BorrowedRate | undefined;
  readonly #batch: number;
  readonly #others: Others;
  /** What this process was asked for, and what another one was: as the store says it, which may be less than it said before. */
  readonly #quiet = { asked: 0, heard: 0 };

  /** @param others processes that deliver to the same system */
  constructor(limits: Limits, breaker: BreakerSettings, now: number, others: Others = alone) {
    this.breaker = new Breaker(breaker, now);
    this.#slots = new Slots(limits.concurrency);
    this.#bucket = limits.rate && bucketOf(limits.rate, others, now);
    this.#others = others;
    this.#batch = Math.max(1, limits.batch ?? usualBatch);
  }

  /** An open breaker turns half-open here when its time has come and nothing is under way any more. */
  allowance(now: number): number {
    if (now < this.#quietUntil) return 0;
    if (this.breaker.state !== 'closed') return this.#probes(now);
    return Math.min(this.#slots.free, this.#batch, this.#tokens(now));
  }

  /** ms until time alone allows more; undefined: something else has to happen first. */
  waitMs(now: number): number | undefined {
    if (now < this.#quietUntil) return this.#quietUntil - now;
    if (this.breaker.state === 'open' && now < this.breaker.until) return this.breaker.until - now;
    const free = this.breaker.state === 'closed' ? this.#slots.free : 1 - this.#slots.busy;
    return free > 0 ? this.#bucket?.nextIn(now) : undefined;
  }

  /** Neither the breaker nor the system itself wants silence: what waits does so for a slot or the rate. */
  isWell(now: number): boolean {
    return this.breaker.state === 'closed' && now >= this.#quietUntil;
  }

  /** ms until the system may be read from, beside what it is sent: within its rate, and only while it is well. */
  readingIn(now: number): number {
    if (now < this.#quietUntil) return this.#quietUntil - now;
    if (this.breaker.state !== 'closed') return Math.max(unsaidWaitMs, this.breaker.until - now);
    return this.#bucket?.nextIn(now) ?? 0;
  }

  /** One request that is no send. */
  read(now: number): void {
    if (this.#bucket instanceof BorrowedRate) this.#bucket.takeOne(now);
    else this.#bucket?.take(1, now);
  }

  /** Before a claim: where processes share a rate that is used up, a slice of it is borrowed first. */
  async prepare(now: number): Promise<void> {
    if (this.#bucket instanceof BorrowedRate) await this.#bucket.prepare(now);
  }

  /**
   * After a claim: takes what is sent out of a shared rate.
   * @returns how many of them may be sent
   */
  async grant(count: number, now: number): Promise<number> {
    if (!(this.#bucket instanceof BorrowedRate)) return count;
    await this.#bucket.fetch(count, now);
    return Math.min(count, this.#bucket.inHand(now));
  }

  /**
   * What the processes know together.
   * @returns whether anything is different now
   */
  adopt({ breaker, since, until, mine, quietUntil }: HeardCondition): boolean {
    const before = this.breaker.state;
    const wasQuietUntil = this.#quietUntil;
    this.#quiet.heard = quietUntil;
    // While another process probes, it is open for this one.
    if (breaker !== 'half_open') this.breaker.adopt({ state: breaker, since, until });
    else if (!mine) this.breaker.adopt({ state: 'open', since, until });
    if (before !== 'closed' && this.breaker.state === 'closed') this.#slots.startSlowly();
    return before !== this.breaker.state || this.#quietUntil !== wasQuietUntil;
  }

  /** Whether what was claimed then may still be sent by this process. */
  mayStart(claimedAt: number, now: number): boolean {
    return this.#others.mayStart(claimedAt, now);
  }

  /** @param count at most the allowance */
  begin(count: number, now: number): void {
    this.#slots.take(count);
    this.#bucket?.take(count, now);
  }

  end(): void {
    this.#slots.release();
  }

  /** @returns whether less is allowed than before: what was asked for on older terms should be taken back */
  hear(heard: Heard, now: number): boolean {
    const { state, until } = this.breaker;
    const quietUntil = this.#quietUntil;
    const tighter = this.#hear(heard, now);
    if (this.breaker.state === 'open' && (state !== 'open' || this.breaker.until > until))
      this.#others.opened(this.breaker.until);
    if (this.breaker.state === 'closed' && state !== 'closed') this.#others.closed();
    if (this.#quietUntil > quietUntil) this.#others.quiet(this.#quietUntil);
    return tighter;
  }

  get #quietUntil(): number {
    return Math.max(this.#quiet.asked, this.#quiet.heard);
  }

  #hear({ sign, record, retryAfterMs = 0 }: Heard, now: number): boolean {
    if (sign === 'delivered' || sign === 'answered') return this.#answered(now);
    if (sign === 'failed') return this.#failed({ record, retryAfterMs }, now);
    return sign === 'throttled' && this.#throttled({ record, retryAfterMs }, now);
  }

  #answered(now: number): false {
    const recovers = this.breaker.state === 'half_open';
    this.breaker.answered(now);
    if (recovers) this.#slots.startSlowly();
    else this.#slots.grow();
    return false;
  }

  #failed({ record, retryAfterMs }: { record: string; retryAfterMs: number }, now: number): boolean {
    this.breaker.failed(now, record, retryAfterMs);
    return this.breaker.state === 'open';
  }

  /** No failure of the system, but no recovery either: a probe that is turned away like this was no success. */
  #throttled({ record, retryAfterMs }: { record: string; retryAfterMs: number }, now: number): true {
    const wait = Math.min(retryAfterMs || unsaidWaitMs, longestWaitMs);
    this.#quiet.asked = Math.max(this.#quiet.asked, now + wait);
    this.#slots.startSlowly();
    if (this.breaker.state === 'half_open') this.breaker.failed(now, record, retryAfterMs);
    return true;
  }

  #probes(now: number): number {
    if (this.#slots.busy > 0) return 0;
    if ((this.breaker.state === 'half_open' || now >= this.breaker.until) && !this.#others.mayProbe(now)) return 0;
    this.breaker.allowProbe(now);
    return this.breaker.state === 'half_open' ? Math.min(1, this.#tokens(now)) : 0;
  }

  #tokens(now: number): number {
    return this.#bucket ? this.#bucket.available(now) : Number.POSITIVE_INFINITY;
  }
}

const bucketOf = (rate: Rate, { borrow }: Others, now: number): TokenBucket | BorrowedRate =>
  borrow ? new BorrowedRate(rate, borrow, now) : new TokenBucket(rate, now);
