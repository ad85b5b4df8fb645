// Tells of a breaker that has changed: once, in the log and as a metric.
import { instant } from '../clock.ts';
import type { Breaker, BreakerState } from './breaker.ts';
import type { RelayDeps } from './relay-deps.ts';

export class BreakerLight {
  readonly #system: string;
  readonly #deps: Pick<RelayDeps, 'metrics' | 'log'>;
  #shown: BreakerState = 'closed';

  constructor(system: string, deps: Pick<RelayDeps, 'metrics' | 'log'>) {
    this.#system = system;
    this.#deps = deps;
  }

  show({ state, until }: Pick<Breaker, 'state' | 'until'>): void {
    if (state === this.#shown) return;
    const { metrics, log } = this.#deps;
    this.#shown = state;
    metrics.breaker(this.#system, state);
    if (state === 'open') log.warn({ system: this.#system, until: instant(until) }, 'breaker open: the system fails');
    else log.info({ system: this.#system, breaker: state }, 'breaker changed');
  }
}
