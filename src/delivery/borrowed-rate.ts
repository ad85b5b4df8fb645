// A rate that several processes use up together: each borrows a slice of it, and knows roughly what is left.
import type { RateShare, SharedRateLimit } from '../store/sharing.ts';
import type { Rate } from './token-bucket.ts';

/** ms. What was borrowed and not used by then is lost: with half a second in the store and half here, the burst is a second's worth. */
const heldForMs = 500;
/** ms of the rate that is borrowed at once, so that no delivery costs a question. */
const sliceMs = 250;

export class BorrowedRate {
  readonly #limit: SharedRateLimit;
  readonly #slice: number;
  readonly #borrow: (limit: SharedRateLimit, count: number) => Promise<RateShare>;
  #held = 0;
  #heldUntil = Number.NEGATIVE_INFINITY;
  /** What nobody had taken at that time, as the store said. */
  #left: number;
  #at: number;
  /** The last time there was less than was wanted: then it is borrowed before anything is claimed. */
  #short = false;

  constructor(
    { count, perMs }: Rate,
    borrow: (limit: SharedRateLimit, count: number) => Promise<RateShare>,
    now: number,
  ) {
    const perSecond = (count / perMs) * 1000;
    // Rounded so that it is never more than was configured.
    this.#limit = {
      perSendUs: Math.max(1, Math.ceil((perMs / count) * 1000)),
      burst: Math.max(1, Math.floor((perSecond * heldForMs) / 1000)),
    };
    this.#slice = Math.max(1, Math.floor((perSecond * sliceMs) / 1000));
    this.#borrow = borrow;
    this.#left = this.#limit.burst;
    this.#at = now;
  }

  /** How many it is worth while to claim. */
  available(now: number): number {
    return this.#short ? this.inHand(now) : this.inHand(now) + Math.floor(this.#estimate(now));
  }

  /** How many may be sent without asking. */
  inHand(now: number): number {
    return now < this.#heldUntil ? this.#held : 0;
  }

  /** ms until it is worth while to ask or to claim; 0 when it is. */
  nextIn(now: number): number {
    if (this.available(now) >= 1) return 0;
    const missing = (this.#short ? this.#slice : 1) - this.#estimate(now);
    return missing <= 0 ? 0 : Math.max(1, Math.ceil((missing * this.#limit.perSendUs) / 1000));
  }

  take(count: number): void {
    this.#held -= count;
  }

  /** One request that waited for no claim: what is not in hand is borrowed behind it. */
  takeOne(now: number): void {
    if (this.inHand(now) >= 1) this.take(1);
    else
      void this.fetch(1, now).then(() => {
        this.#held = Math.max(0, this.#held - 1);
      });
  }

  /** Before a claim, where there was too little the last time. */
  async prepare(now: number): Promise<void> {
    if (this.#short && this.inHand(now) < 1 && this.#estimate(now) >= this.#slice) await this.fetch(this.#slice, now);
  }

  /** So that `count` are in hand, or as many as there are. Never rejects: what a store that is away does not give is not there. */
  async fetch(count: number, now: number): Promise<void> {
    const inHand = this.inHand(now);
    if (inHand >= count) return;
    const wanted = Math.max(count - inHand, this.#slice);
    const { granted, left } = await this.#borrow(this.#limit, wanted).catch(() => ({ granted: 0, left: 0 }));
    this.#held = inHand + granted;
    this.#heldUntil = now + heldForMs;
    this.#left = left;
    this.#at = now;
    this.#short = granted < wanted && left < 1;
  }

  #estimate(now: number): number {
    const since = Math.max(0, now - this.#at);
    return Math.min(this.#limit.burst, this.#left + (since * 1000) / this.#limit.perSendUs);
  }
}
