// Delivers to one system: claims what is due as far as the gate allows, starts the attempts, hands on what became of them.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Send } from '../core/core.ts';
import type { AttemptDeps, Attempted } from './attempt.ts';
import { attemptBatch } from './attempt-batch.ts';
import { BreakerLight } from './breaker-light.ts';
import type { Collector } from './collect.ts';
import type { Gate } from './gate.ts';
import { type Ended, isFailure, type Outcome, stopped } from './outcome.ts';
import type { RelayDeps, RelaySystem } from './relay-deps.ts';
import { type GoodAnswers, mayBeTheSystem, suspectedWait } from './suspicion.ts';
import { batchesOf, signsOf, type Together } from './together.ts';
import { growingDelay, Wait } from './wait.ts';

export interface SystemLoopDeps extends Pick<RelayDeps, 'core' | 'clock' | 'log' | 'metrics' | 'random'> {
  system: RelaySystem;
  gate: Gate;
  good: GoodAnswers;
  collector: Collector;
  attempts: AttemptDeps;
  together: Together;
  /** False: paused or unauthorized. */
  active(): boolean;
  /** Ends the claims that wait in the store. */
  cancelClaims(): void;
  /** Our credentials were refused by an attempt that began then. */
  refused(message: string, startedAt: number): void;
}

/** Sends in one exchange. */
interface Flight {
  sends: readonly Send[];
  startedAt: number;
}

/** What was claimed together and could not start together. */
interface Kept {
  batches: Send[][];
  claimedAt: number;
}

type Told = Attempted & { send: Send };

/** ms. Then it goes back: a newer state may be wanted by then. */
const keptForMs = 1000;

export class SystemLoop {
  readonly #deps: SystemLoopDeps;
  readonly #news: Wait;
  readonly #delay: Wait;
  readonly #light: BreakerLight;
  readonly #flights = new Set<Flight>();
  #kept: Kept | undefined;
  #running = true;
  /** How many a standing claim asks for; 0: none stands, or it has been taken back. */
  #claiming = 0;
  #failures = 0;

  constructor(deps: SystemLoopDeps) {
    this.#deps = deps;
    this.#news = new Wait(deps.clock);
    this.#delay = new Wait(deps.clock);
    this.#light = new BreakerLight(deps.system.id, deps);
  }

  /** Resolves when it was stopped and nothing is under way any more; never rejects. */
  async run(): Promise<void> {
    while (this.#running) await this.#goRound();
    this.#giveBack(this.#takeKept());
    while (this.#flights.size > 0) await this.#news.begin();
  }

  /** Something has changed: the system was paused or resumed, less is allowed, the store is back. */
  look(): void {
    if (this.#claiming > this.#wanted()) {
      this.#claiming = 0;
      this.#deps.cancelClaims();
    }
    this.#news.end();
  }

  stop(): void {
    this.#running = false;
    this.#delay.end();
    this.look();
  }

  /** For a connector that does not even end when told to: its bytes may have arrived. */
  abandon(): void {
    const ended = stopped('the hub stopped before an answer came', true);
    for (const { sends, startedAt } of this.#flights) for (const send of sends) this.#settle(send, ended, startedAt);
    this.#flights.clear();
    this.#news.end();
  }

  async #goRound(): Promise<void> {
    const { gate, clock } = this.#deps;
    if (this.#mayClaim()) await gate.prepare(clock.now());
    if (this.#kept && !this.#mayKeep(this.#kept)) this.#giveBack(this.#takeKept());
    const count = this.#wanted();
    if (count === 0) return this.#news.begin(this.#waitMs());
    const claimed = this.#takeKept() ?? (await this.#claim(count));
    // Claims that all end at once must not spin where the store is closing.
    if (claimed.batches.length === 0) return nextTurn();
    const granted = await gate.grant(Math.min(claimed.batches.length, count), clock.now());
    if (gate.mayStart(claimed.claimedAt, clock.now())) return this.#begin(claimed, granted);
    this.#giveBack(claimed);
    // Until the others have been heard; claims that all go back must not spin.
    await this.#delay.begin(growingDelay(0));
  }

  /** How many sends: a batch of them takes no more of the system than one does, but a probe is one. */
  #wanted(): number {
    const { gate, together } = this.#deps;
    const count = this.#allowance();
    return together.limit && count > 0 && gate.breaker.state === 'closed' ? together.limit.size : count;
  }

  #allowance(): number {
    const { gate, clock } = this.#deps;
    const count = this.#mayClaim() ? gate.allowance(clock.now()) : 0;
    this.#light.show(gate.breaker);
    return count;
  }

  #mayClaim(): boolean {
    return this.#running && this.#deps.active() && !this.#deps.collector.failing;
  }

  #waitMs(): number | undefined {
    const { gate, clock } = this.#deps;
    const now = clock.now();
    const waitMs = this.#mayClaim() ? gate.waitMs(now) : undefined;
    return this.#kept ? Math.min(waitMs ?? keptForMs, this.#kept.claimedAt + keptForMs - now) : waitMs;
  }

  async #claim(count: number): Promise<Kept> {
    const { core, system, log, clock, together } = this.#deps;
    this.#claiming = count;
    try {
      const sends = await core.claim(system.id, count);
      this.#failures = 0;
      return { batches: batchesOf(sends, together), claimedAt: clock.now() };
    } catch (error) {
      if (this.#running) log.error({ err: error, system: system.id }, 'nothing could be claimed; trying again');
    } finally {
      this.#claiming = 0;
    }
    if (this.#running) await this.#delay.begin(growingDelay(this.#failures++));
    return { batches: [], claimedAt: clock.now() };
  }

  /** Less may be allowed by now than was asked for, or more batches have come of it: the rest waits, or goes back unsent. */
  #begin({ batches, claimedAt }: Kept, granted: number): void {
    const { gate, clock } = this.#deps;
    const now = clock.now();
    const count = Math.min(granted, this.#allowance());
    gate.begin(count, now);
    for (const sends of batches.slice(0, count)) this.#start({ sends, startedAt: now });
    const rest = { batches: batches.slice(count), claimedAt };
    if (rest.batches.length > 0 && this.#mayKeep(rest)) this.#kept = rest;
    else this.#giveBack(rest);
  }

  /** Where batches are sent one claim makes an unknown number of them; one by one there were never more than may start. */
  #mayKeep({ claimedAt }: Kept): boolean {
    const { gate, clock, together } = this.#deps;
    const now = clock.now();
    return together.limit !== undefined && this.#mayClaim() && gate.isWell(now) && now - claimedAt < keptForMs;
  }

  #takeKept(): Kept | undefined {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept;
  }

  #giveBack(claimed: Kept | undefined): void {
    const now = this.#deps.clock.now();
    for (const send of claimed?.batches.flat() ?? []) this.#settle(send, stopped(this.#whyNot(), send.repeat), now);
  }

  #whyNot(): string {
    const { active, system } = this.#deps;
    if (!this.#running) return 'the hub is stopping';
    return active() ? `nothing is sent to ${system.id} for the moment` : 'the system is paused';
  }

  #start(flight: Flight): void {
    this.#flights.add(flight);
    attemptBatch(flight.sends, this.#deps.attempts).then((attempted) => this.#ended(flight, attempted));
  }

  #ended(flight: Flight, attempted: readonly Attempted[]): void {
    if (!this.#flights.delete(flight)) return;
    const now = this.#deps.clock.now();
    const all = flight.sends.map((send, at): Told => ({ send, ...(attempted[at] as Attempted) }));
    for (const { send, sign } of all) if (sign === 'delivered') this.#deps.good.note(send.recordId, now);
    for (const { send, outcome } of all) this.#suspect(send, outcome, now);
    this.#deps.gate.end();
    const tighter = this.#hear(all, flight.startedAt, now);
    for (const { send, outcome, sign, durationMs } of all)
      this.#settle(send, { outcome, sign }, flight.startedAt, durationMs);
    if (tighter) this.look();
    else this.#news.end();
  }

  /** An attempt is spent only if the system dealt well with another record since this one's last try. */
  #suspect({ recordId, lastAttemptAt }: Send, outcome: Outcome, now: number): void {
    if (!isFailure(outcome) || outcome.stopped || !mayBeTheSystem(outcome.kind)) return;
    const { good, random, system } = this.#deps;
    const { windowMs, cooldownMs } = system.breaker;
    if (good.ofAnotherSince(recordId, lastAttemptAt ?? now - windowMs)) return;
    outcome.suspectedMs = suspectedWait({ cooldownMs, retryAfterMs: outcome.retryAfterMs }, random);
  }

  /** @returns whether less is allowed than before */
  #hear(all: readonly Told[], startedAt: number, now: number): boolean {
    const { gate, refused } = this.#deps;
    let tighter = false;
    for (const { sign, outcome, send } of signsOf(all)) {
      const retryAfterMs = isFailure(outcome) ? outcome.retryAfterMs : undefined;
      if (sign === 'unauthorized' && isFailure(outcome)) refused(outcome.message, startedAt);
      tighter = gate.hear({ sign, record: send.recordId, retryAfterMs }, now) || tighter;
    }
    return tighter;
  }

  #settle({ system, recordId, seq, token }: Send, { outcome }: Ended, startedAt: number, durationMs = 0): void {
    this.#deps.collector.add({ system, recordId, seq, token, outcome, startedAt, durationMs });
  }
}
