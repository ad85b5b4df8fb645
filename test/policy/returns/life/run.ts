// A return on its way through events, with the clock in the test's hand.
import { alarmsOf } from '../../../../src/policy/returns/life/alarms.ts';
import { applyEvent } from '../../../../src/policy/returns/life/apply.ts';
import type { Decided, Refusal, ReturnEvent, ReturnFact } from '../../../../src/policy/returns/life/events.ts';
import { type NewReturn, newReturn, type ReturnState } from '../../../../src/policy/returns/life/state.ts';
import type { Made } from '../../../../src/policy/returns/life/step.ts';
import { shippedReturnsPolicy } from '../shipped.ts';

export const rules = shippedReturnsPolicy();
export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const t0 = Date.UTC(2026, 10, 26, 4);

export const decided = (terms: Partial<Decided> = {}): Decided => ({
  ...{ approval: 'auto', refund: 'on_receipt', needs: [], protectedBy: null, permits: [] },
  ...terms,
});

export const twoLines: NewReturn = {
  ...{ id: 'ret_1', kind: 'return_refund', invoiceIssued: false, requestedAt: t0 },
  lines: [
    { orderLine: '1', quantity: 2, refundableMinor: 3001 },
    { orderLine: '2', quantity: 1, refundableMinor: 5000 },
  ],
};

const usually: Partial<Record<ReturnFact['type'], ReturnEvent['by']>> = {
  decided: 'policy',
  evidence_submitted: 'policy',
  review_requested: 'customer',
  cancelled: 'customer',
  alarm: 'clock',
};

export class Run {
  state: ReturnState;
  now = t0;
  readonly made: Made[] = [];
  #count = 0;

  constructor(given: Partial<NewReturn> = {}) {
    this.state = newReturn({ ...twoLines, ...given }, rules.limits);
  }

  event(fact: ReturnFact, more: Partial<Pick<ReturnEvent, 'by' | 'id'>> = {}): ReturnEvent {
    return {
      ...fact,
      id: `e${this.#count++}`,
      at: this.now,
      by: usually[fact.type] ?? 'person',
      ...more,
    } as ReturnEvent;
  }

  /** @returns why not, if it was refused */
  tell(fact: ReturnFact, more: Partial<Pick<ReturnEvent, 'by' | 'id'>> = {}): Refusal['reason'] | undefined {
    return this.apply(this.event(fact, more));
  }

  apply(event: ReturnEvent): Refusal['reason'] | undefined {
    const applied = applyEvent(this.state, event, rules);
    if ('refused' in applied) return applied.refused.reason;
    if ('repeated' in applied) return undefined;
    const { state, ...made } = applied;
    this.state = state;
    this.made.push(made);
    return undefined;
  }

  /** Time goes on, and every alarm goes off in its time. */
  wait(ms: number): this {
    const until = this.now + ms;
    for (let next = alarmsOf(this.state)[0]; next && next.at <= until; next = alarmsOf(this.state)[0]) {
      this.now = Math.max(this.now, next.at);
      this.tell({ type: 'alarm', alarm: next.kind });
    }
    this.now = until;
    return this;
  }

  effects(): string[] {
    return this.made.flatMap(({ effects }) => effects.map(({ id }) => id));
  }

  alerts(): string[] {
    return this.made.flatMap(({ alerts }) => alerts);
  }

  news(): string[] {
    return this.made.flatMap(({ news }) => news.map(({ kind }) => kind));
  }

  released(): number {
    return this.made.reduce((sum, { releasedMinor }) => sum + releasedMinor, 0);
  }

  regions(): string {
    return Object.values(this.state.regions).join(' ');
  }
}
