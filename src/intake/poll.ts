// Asks systems that do not tell by themselves: one loop for each system and record type that is polled.
import { setMaxListeners } from 'node:events';
import { ConnectorError } from '../connector/contract.ts';
import { type Polled, pollRound, type RoundDeps } from './poll-round.ts';
import { askedFor, longestDelay, retryDelay } from './retry-delay.ts';

export interface Poller {
  /** Begins the first poll of each type; does not wait for it. */
  start(): Promise<void>;
  /** The system is active again, or this process polls it from now on: whoever has passed over a turn takes it now. */
  wake(system: string): void;
  /** Asks no more, and waits until what was read is stored; never rejects. */
  stop(): Promise<void>;
}

export interface PollerDeps extends RoundDeps {
  connections: readonly Polled['connection'][];
  /** 0 ≤ x < 1. */
  random(): number;
  /** @param at when a round of polls of the system ended (ms since 1970) */
  onPolled(system: string, at: number): void;
}

export function createPoller(deps: PollerDeps): Poller {
  const closing = new AbortController();
  // Every poll under way may listen to it; that is no leak.
  setMaxListeners(0, closing.signal);
  const loops = deps.connections.flatMap((connection) =>
    connection.abilities.polls.map((poll) => new PollLoop({ connection, ...poll }, deps, closing.signal)),
  );
  return {
    start: async () => {
      for (const loop of loops) loop.begin();
    },
    wake: (system) => {
      for (const loop of loops) if (loop.system === system) loop.wake();
    },
    stop: async () => {
      closing.abort();
      await Promise.all(loops.map((loop) => loop.end()));
    },
  };
}

class PollLoop {
  readonly #polled: Polled & { everyMs: number };
  readonly #deps: PollerDeps;
  readonly #signal: AbortSignal;
  #turn: Promise<void> = Promise.resolve();
  #cancel: () => void = () => undefined;
  #failures = 0;
  /** The last turn was passed over: the system was not active here. */
  #passedOver = false;

  constructor(polled: Polled & { everyMs: number }, deps: PollerDeps, signal: AbortSignal) {
    this.#polled = polled;
    this.#deps = deps;
    this.#signal = signal;
  }

  get system(): string {
    return this.#polled.connection.system;
  }

  wake(): void {
    if (!this.#passedOver || this.#signal.aborted) return;
    this.#passedOver = false;
    this.#cancel();
    this.begin();
  }

  begin(): void {
    this.#turn = this.#poll().then((waitMs) => {
      if (!this.#signal.aborted) this.#cancel = this.#deps.clock.after(waitMs, () => this.begin());
    });
  }

  /** Waits for the turn under way. */
  async end(): Promise<void> {
    this.#cancel();
    await this.#turn;
  }

  /** @returns ms until the next turn; never rejects */
  async #poll(): Promise<number> {
    const { isActive, onPolled, clock } = this.#deps;
    const { system } = this.#polled.connection;
    this.#passedOver = !isActive(system);
    if (this.#passedOver) return this.#spread(this.#polled.everyMs);
    try {
      await pollRound(this.#polled, this.#deps, this.#signal);
      this.#failures = 0;
      if (!this.#signal.aborted) onPolled(system, clock.now());
      return this.#spread(this.#polled.everyMs);
    } catch (error) {
      return this.#failed(error);
    }
  }

  /** Loops that were started together do not stay together. */
  #spread(ms: number): number {
    return Math.round(ms * (0.9 + 0.2 * this.#deps.random()));
  }

  #failed(error: unknown): number {
    const isRefused = error instanceof ConnectorError && error.kind === 'unauthorized';
    this.#failures += 1;
    const retryInMs = isRefused ? this.#slowPace(error) : retryDelay(this.#failures, this.#deps.random(), error);
    // What a stop cut off is no failure; what the store says is one even then.
    if (this.#signal.aborted && error instanceof ConnectorError) return retryInMs;
    if (isRefused) this.#raiseRefused(error, retryInMs);
    else this.#warn(error, retryInMs);
    return retryInMs;
  }

  /** Credentials do not get better by themselves, and a system may lock out who insists. */
  #slowPace(error: unknown): number {
    return Math.max(this.#spread(Math.max(longestDelay, this.#polled.everyMs)), askedFor(error));
  }

  #raiseRefused(error: ConnectorError, retryInMs: number): void {
    const { log, metrics } = this.#deps;
    const { connection, record } = this.#polled;
    const { system } = connection;
    metrics.alert('unauthorized');
    log.error(
      { alert: 'unauthorized', system, record, retryInMs, err: error },
      `${system} refuses our credentials: ${record} is not polled until it takes them; check the settings of ${system}`,
    );
  }

  #warn(error: unknown, retryInMs: number): void {
    const { connection, record } = this.#polled;
    const { system } = connection;
    this.#deps.log.warn(
      { system, record, retryInMs, err: error },
      `${record} of ${system} could not be polled; it is tried again in ${Math.ceil(retryInMs / 1000)} s`,
    );
  }
}
