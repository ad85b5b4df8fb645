// One event on its way through a return: the new state grows beside the effects, alerts and news that it makes.
import type { InWords } from '../../document-shapes.ts';
import { isRefundFirst, type RefundTiming, refundTimings } from '../terms.ts';
import {
  type AlertKind,
  type BreakerNews,
  type EventOut,
  onceKeys,
  type ReturnEffect,
  type TaskKind,
  taskOptions,
} from './effects.ts';
import type { ReturnTemplate } from './made-records.ts';
import { movedTo, type Region, type Regions } from './regions.ts';
import { outstanding, type ReturnState, refundable, worthOf } from './state.ts';

export interface LifeRules {
  limits: { shipBackWithinMs: number; refundCancelWindowMs: number; decideWithinMs: number };
  evidence: { resubmits: number };
  timezone: string;
}

export interface Made {
  effects: ReturnEffect[];
  alerts: AlertKind[];
  news: BreakerNews[];
  /** What of the refund-first limits is free again. */
  releasedMinor: number;
  events: EventOut[];
  /** For the customer's record: the identity counts for other returns too. ms since 1970. */
  identityVerifiedUntil: number | null;
}

export class Step {
  state: ReturnState;
  readonly made: Made = {
    ...{ effects: [], alerts: [], news: [], releasedMinor: 0, events: [], identityVerifiedUntil: null },
  };
  readonly rules: LifeRules;
  readonly at: number;
  readonly #event: string;

  constructor(state: ReturnState, rules: LifeRules, event: { id: string; at: number }) {
    this.state = { ...state, seen: [...state.seen, event.id] };
    this.rules = rules;
    this.at = event.at;
    this.#event = event.id;
  }

  set(change: Partial<ReturnState>): void {
    this.state = { ...this.state, ...change };
  }

  move<R extends Region>(region: R, to: Regions[R]): void {
    this.set({ regions: movedTo(this.state.regions, region, to) });
  }

  task(kind: TaskKind): void {
    const { id } = this.state;
    this.made.effects.push({
      ...{ record: 'task', id: onceKeys.task(id, kind, this.#event), returnId: id, kind },
      ...taskOptions[kind],
    });
  }

  notify(template: ReturnTemplate, text: InWords): void {
    const { id } = this.state;
    this.made.effects.push({
      ...{ record: 'notification', id: onceKeys.notification(id, template, this.#event), returnId: id },
      ...{ template, text },
    });
  }

  /** Of the refund-first limits, while the goods are out. */
  reserve(): void {
    const { kind, receivedAt, reservedMinor } = this.state;
    if (kind === 'exchange' || receivedAt !== null || reservedMinor !== null) return;
    this.set({ reservedMinor: refundable(this.state) });
  }

  /** Where nothing of the reserve is needed any more: cancelled, decided by a person, or the goods are back. */
  release(): void {
    this.made.releasedMinor += this.state.reservedMinor ?? 0;
    this.set({ reservedMinor: null });
  }

  giveBackPermits(): void {
    for (const permit of this.state.permits) this.made.news.push({ kind: 'permit_returned', permit });
    this.set({ permits: [] });
  }

  approve(refund: RefundTiming): void {
    const { id, kind, regions, lines, approvedAt } = this.state;
    this.move('approval', 'approved');
    const approval = this.state.terms?.approval ?? 'manual';
    this.set({ approvedAt: this.at, terms: { approval, refund, needs: [] } });
    this.made.events.push('return.approved');
    if (isRefundFirst(refund)) this.reserve();
    if (kind === 'refund_only') {
      if (regions.logistics === 'none') this.move('logistics', 'not_required');
    } else if (regions.logistics === 'none') {
      this.move('logistics', 'label_issued');
      this.move('restock', 'expected');
      this.set({ shipBackBy: this.at + this.rules.limits.shipBackWithinMs });
      if (approvedAt === null) this.made.effects.push({ record: 'label', id: onceKeys.label(id), returnId: id });
    }
    this.refundWhen('before_return', refundable({ lines }));
  }

  /** Schedules the refund where its time has come: goods that are here have been scanned too. */
  refundWhen(reached: RefundTiming, amountMinor: number): void {
    const { kind, regions, terms } = this.state;
    if (regions.approval !== 'approved' || regions.refund !== 'none' || !terms || kind === 'exchange') return;
    const isReached = refundTimings.indexOf(terms.refund) <= refundTimings.indexOf(reached) || kind === 'refund_only';
    if (isReached) this.schedule(amountMinor);
  }

  /** Never more than is left of what was paid. */
  schedule(wantedMinor: number): void {
    const amountMinor = Math.min(wantedMinor, refundable(this.state) - outstanding(this.state));
    if (amountMinor <= 0) return;
    const seq = this.state.refunds.length + 1;
    const dueAt = this.at + this.rules.limits.refundCancelWindowMs;
    this.move('refund', 'scheduled');
    this.set({ refunds: [...this.state.refunds, { seq, amountMinor, status: 'scheduled', dueAt }] });
    this.made.events.push('refund.scheduled');
  }

  /** Where goods in order came in parcels, what the first of them did not make due. */
  topUp(): void {
    const { regions, lines, kind } = this.state;
    if (regions.inspection !== 'passed' || regions.refund !== 'succeeded' || kind === 'exchange') return;
    this.schedule(worthOf(lines, () => true) - outstanding(this.state));
  }

  /** A refund that was not sent yet. */
  takeBackRefund(): void {
    if (this.state.regions.refund !== 'scheduled') return;
    this.move('refund', 'none');
    this.markRefunds('scheduled', 'cancelled');
  }

  /** The goods are not coming: nothing is expected of them. */
  expectNothing(): void {
    if (this.state.regions.restock === 'expected') this.move('restock', 'none');
  }

  markRefunds(from: ReturnState['refunds'][number]['status'], to: typeof from): void {
    this.set({ refunds: this.state.refunds.map((part) => (part.status === from ? { ...part, status: to } : part)) });
  }
}
