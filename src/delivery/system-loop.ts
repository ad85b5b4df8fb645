// Delivers to one system: claims what is due as far as the gate allows, starts the attempts, hands on what became of them.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Send } from '../core/core.ts';
import { type AttemptDeps, type Attempted, attempt } from './attempt.ts';
import { BreakerLight } from './breaker-light.ts';
import type { Collector } from './collect.ts';
import type { Gate } from './gate.ts';
import { type Ended, isFailure, type Outcome, stopped } from './outcome.ts';
import type { RelayDeps, RelaySystem } from './relay-deps.ts';
import { type GoodAnswers, mayBeTheSystem, suspectedWait } from './suspicion.ts';
import { growingDelay, Wait } from './wait.ts';

export interface SystemLoopDeps extends Pick<RelayDeps, 'core' | 'clock' | 'log' | 'metrics' | 'random'> {
  system: RelaySystem;
  gate: Gate;
  good: GoodAnswers;
  collector: Collector;
  attempts: AttemptDeps;
  /** False: paused or unauthorized. */
  active(): boolean;
  /** Ends the claims that wait in the store. */
  cancelClaims(): void;
  /** Our credentials were refused by an attempt that began then. */
  refused(message: string, startedAt: number): void;
}

interface Flight {
  send: Send;
  startedAt: number;
}

export class SystemLoop {
  readonly #deps: SystemLoopDeps;
  readonly #news: Wait;
  readonly #delay: Wait;
  readonly #light: BreakerLight;
  readonly #flights = new Set<Flight>();
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
    while (this.#flights.size > 0) await this.#news.begin();
  }

  /** Something has changed: the system was paused or resumed, less is allowed, the store is back. */
  look(): void {
    if (this.#claiming > this.#allowance()) {
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
    for (const flight of this.#flights) this.#settle(flight, stopped('the hub stopped before an answer came', true));
    this.#flights.clear();
    this.#news.end();
  }

  async #goRound(): Promise<void> {
    const { gate, clock } = this.#deps;
    if (this.#mayClaim()) await gate.prepare(clock.now());
    const count = this.#allowance();
    if (count === 0) return this.#news.begin(this.#waitMs());
    const sends = await this.#claim(count);
    if (sends.length > 0) {
      const claimedAt = clock.now();
      const granted = await gate.grant(sends.length, claimedAt);
      const isOurs = gate.mayStart(claimedAt, clock.now());
      this.#begin(sends, isOurs ? granted : 0);
      // Until the others have been heard; claims that all go back must not spin.
      if (!isOurs) await this.#delay.begin(growingDelay(0));
    }
    // Claims that all end at once must not spin where the store is closing.
    else await nextTurn();
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
    return this.#mayClaim() ? this.#deps.gate.waitMs(this.#deps.clock.now()) : undefined;
  }

  async #claim(count: number): Promise<Send[]> {
    const { core, system, log } = this.#deps;
    this.#claiming = count;
    try {
      const sends = await core.claim(system.id, count);
      this.#failures = 0;
      return sends;
    } catch (error) {
      if (this.#running) log.error({ err: error, system: system.id }, 'nothing could be claimed; trying again');
    } finally {
      this.#claiming = 0;
    }
    if (this.#running) await this.#delay.begin(growingDelay(this.#failures++));
    return [];
  }

  /** Less may be allowed by now than was asked for: the rest goes back unsent. */
  #begin(sends: Send[], granted: number): void {
    const { gate, clock } = this.#deps;
    const now = clock.now();
    const count = Math.min(granted, this.#allowance());
    gate.begin(count, now);
    for (const [index, send] of sends.entries()) {
      const flight = { send, startedAt: now };
      if (index < count) this.#start(flight);
      else this.#settle(flight, stopped(this.#whyNot(), send.repeat));
    }
  }

  #whyNot(): string {
    const { active, system } = this.#deps;
    if (!this.#running) return 'the hub is stopping';
    return active() ? `nothing is sent to ${system.id} for the moment` : 'the system is paused';
  }

  #start(flight: Flight): void {
    this.#flights.add(flight);
    attempt(flight.send, this.#deps.attempts).then((attempted) => this.#ended(flight, attempted));
  }

  #ended(flight: Flight, attempted: Attempted): void {
    if (!this.#flights.delete(flight)) return;
    const now = this.#deps.clock.now();
    this.#suspect(flight.send, attempted.outcome, now);
    this.#deps.gate.end();
    const tighter = this.#hear(flight, attempted, now);
    this.#settle(flight, attempted, attempted.durationMs);
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
  #hear({ send: { recordId }, startedAt }: Flight, { sign, outcome }: Attempted, now: number): boolean {
    const { gate, good, refused } = this.#deps;
    if (sign === 'nothing') return false;
    if (sign === 'delivered') good.note(recordId, now);
    if (!isFailure(outcome)) return gate.hear({ sign, record: recordId }, now);
    if (sign === 'unauthorized') refused(outcome.message, startedAt);
    return gate.hear({ sign, record: recordId, retryAfterMs: outcome.retryAfterMs }, now);
  }

  #settle({ send, startedAt }: Flight, { outcome }: Ended, durationMs = 0): void {
    const { system, recordId, seq, token } = send;
    this.#deps.collector.add({ system, recordId, seq, token, outcome, startedAt, durationMs });
  }
}
