// What holds of every return, whatever happens to it in whatever order: a thousand random histories for each law.
import { ok } from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floors } from '../../../../src/policy/returns/floor.ts';
import { alarmsOf } from '../../../../src/policy/returns/life/alarms.ts';
import { applyEvent } from '../../../../src/policy/returns/life/apply.ts';
import type { Actor, AlarmKind, ReturnEvent, ReturnFact } from '../../../../src/policy/returns/life/events.ts';
import { legalMoves, statusOf } from '../../../../src/policy/returns/life/regions.ts';
import { outstanding, type ReturnState, refundable, worthOf } from '../../../../src/policy/returns/life/state.ts';
import { approvals, needs, refundTimings } from '../../../../src/policy/returns/terms.ts';
import { day, hour, minute, Run, rules } from './run.ts';

const decidedFact = fc.record({
  approval: fc.constantFrom(...approvals),
  refund: fc.constantFrom(...refundTimings),
  needs: fc.subarray([...needs]),
  protectedBy: fc.constantFrom('cn-7day-no-reason' as const, 'eu-14day-withdrawal' as const, null),
  permits: fc.constantFrom([], [{ breaker: 'b', openedAt: 1 }]),
});
const seq = fc.constantFrom(1, 1, 1, 2, 3);
const orderLine = fc.constantFrom('1', '1', '2', '2', '9');
const reason = fc.constantFrom('goods_not_intact', 'excluded_goods', 'worn', ' ');
const amountMinor = fc.constantFrom(1, 3001, 5000, 8001, 9000);
const alarm = fc.constantFrom<AlarmKind>(
  'decide_by',
  'ship_back_reminder',
  'ship_back_by',
  'refund_due',
  'refund_by_near',
  'refund_by',
);

const fact: fc.Arbitrary<ReturnFact> = fc.oneof(
  fc.record({ type: fc.constant('decided' as const), decided: decidedFact }),
  fc.record({
    type: fc.constant('evidence_submitted' as const),
    outcome: fc.constantFrom('pass', 'review', 'resubmit'),
  }),
  fc.record({ type: fc.constant('identity_verified' as const), decided: decidedFact }),
  fc.constantFrom<ReturnFact>(
    { type: 'review_requested' },
    { type: 'cancelled' },
    { type: 'carrier_scanned' },
    { type: 'carrier_scanned' },
    { type: 'lost' },
  ),
  fc.record({
    type: fc.constant('reviewed' as const),
    decision: fc.constant('approve' as const),
    reason,
    refund: fc.constantFrom(...refundTimings),
  }),
  fc.record({ type: fc.constant('reviewed' as const), decision: fc.constant('decline' as const), reason }),
  fc.record({
    type: fc.constant('received' as const),
    lines: fc.array(fc.record({ orderLine, quantity: fc.integer({ min: 1, max: 3 }) }), { maxLength: 3 }),
  }),
  fc.record({
    type: fc.constant('inspected' as const),
    lines: fc.array(
      fc.record({
        orderLine,
        result: fc.constantFrom('ok', 'not_ok', 'partial'),
        disposition: fc.constantFrom('restock', 'scrap'),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({ type: fc.constant('refund_released' as const), amountMinor, reason }),
  fc.record({
    type: fc.constantFrom('refund_succeeded' as const, 'refund_failed', 'refund_unknown', 'refund_retried'),
    seq,
  }),
  fc.record({ type: fc.constant('clawback_opened' as const), reason }),
  fc.record({ type: fc.constant('clawback_recovered' as const), amountMinor }),
  fc.record({ type: fc.constant('clawback_written_off' as const), reason }),
  fc.record({ type: fc.constant('alarm' as const), alarm }),
) as fc.Arbitrary<ReturnFact>;

/** What would come next in a return that goes its way, so that histories come to their ends too. */
function likely({ regions, refunds, terms }: ReturnState): ReturnFact[] {
  const { approval, logistics, inspection, refund } = regions;
  const seq = refunds.at(-1)?.seq ?? 0;
  const lines = [
    { orderLine: '1', quantity: 2 },
    { orderLine: '2', quantity: 1 },
  ];
  const found = (result: 'ok' | 'not_ok') =>
    lines.map((line) => ({ orderLine: line.orderLine, result, disposition: 'restock' as const }));
  const again = {
    approval: 'auto',
    refund: terms?.refund ?? 'on_receipt',
    needs: [],
    protectedBy: null,
    permits: [],
  } as const;
  const facts: [boolean, ReturnFact][] = [
    [approval === 'awaiting_evidence', { type: 'evidence_submitted', outcome: 'pass' }],
    [approval === 'awaiting_identity', { type: 'identity_verified', decided: again }],
    [approval === 'in_review', { type: 'reviewed', decision: 'approve', reason: 'goodwill' }],
    [approval === 'in_review', { type: 'reviewed', decision: 'decline', reason: 'goods_not_intact' }],
    [logistics === 'label_issued', { type: 'carrier_scanned' }],
    [logistics === 'in_transit' || logistics === 'label_issued', { type: 'received', lines }],
    [inspection === 'pending', { type: 'inspected', lines: found('ok') }],
    [inspection === 'pending', { type: 'inspected', lines: found('not_ok') }],
    [inspection === 'failed', { type: 'reviewed', decision: 'decline', reason: 'goods_not_intact' }],
    [refund === 'scheduled', { type: 'alarm', alarm: 'refund_due' }],
    [refund === 'submitted' || refund === 'unknown', { type: 'refund_succeeded', seq }],
    [refund === 'clawback_open', { type: 'clawback_recovered', amountMinor: 3001 }],
    [refund === 'succeeded', { type: 'alarm', alarm: 'ship_back_by' }],
    [refund === 'succeeded', { type: 'clawback_opened', reason: 'worn' }],
    [refund === 'recovered', { type: 'received', lines }],
    [refund === 'recovered', { type: 'refund_released', amountMinor: 3001, reason: 'goodwill' }],
  ];
  return facts.flatMap(([comes, one]) => (comes ? [one] : []));
}

const actor = fc.constantFrom<(Actor | undefined)[]>(
  ...(['policy', 'customer', 'person', 'orders', 'wms', 'clock'] as const),
  ...new Array<undefined>(10).fill(undefined),
);
const pause = fc.constantFrom(0, minute, hour, day, 8 * day);

/** Mostly said by whoever may; time goes on in between, with or without its alarms. */
const history = fc.record({
  kind: fc.constantFrom(
    'return_refund' as const,
    'return_refund' as const,
    'refund_only' as const,
    'exchange' as const,
  ),
  first: decidedFact,
  steps: fc.array(fc.record({ fact, which: fc.option(fc.nat(12), { freq: 3, nil: null }), actor, pause }), {
    minLength: 5,
    maxLength: 40,
  }),
});
type History = typeof history extends fc.Arbitrary<infer V> ? V : never;

/** @param look is shown every move: what was, what was said, what is */
function play(
  { kind, first, steps }: History,
  timely: boolean,
  look: (before: ReturnState, event: ReturnEvent, run: Run) => void,
): Run {
  const run = new Run({ kind });
  const say = (event: ReturnEvent): void => {
    const before = run.state;
    run.apply(event);
    look(before, event, run);
  };
  say(run.event({ type: 'decided', decided: first }));
  for (const { fact: anything, which, actor: by, pause: ms } of steps) {
    const until = run.now + ms;
    for (let next = alarmsOf(run.state)[0]; timely && next && next.at <= until; next = alarmsOf(run.state)[0]) {
      run.now = Math.max(run.now, next.at);
      say(run.event({ type: 'alarm', alarm: next.kind }));
    }
    run.now = until;
    const plausible = which === null ? [] : likely(run.state);
    const chosen = plausible[(which ?? 0) % Math.max(1, plausible.length)];
    say(chosen ? run.event(chosen) : run.event(anything, by && { by }));
  }
  return run;
}

const holds = (timely: boolean, look: Parameters<typeof play>[2], end: (run: Run) => void = () => undefined) =>
  fc.assert(
    fc.property(history, (one) => end(play(one, timely, look))),
    { numRuns: 1000 },
  );

describe('for every history of a return', () => {
  it('regions move only by the table, and none of them without an event', () => {
    holds(false, (before, _, { state }) => {
      for (const [region, moves] of Object.entries(legalMoves) as [
        keyof typeof legalMoves,
        Record<string, readonly string[]>,
      ][]) {
        const [from, to] = [before.regions[region], state.regions[region]];
        // An event may make two moves of one region: a late success passes through "submitted".
        const twice = moves[from]?.some((between) => moves[between]?.includes(to));
        ok(from === to || moves[from]?.includes(to) || twice, `${region}: ${from} → ${to}`);
      }
    });
  });

  it('refunds never exceed what was paid, and none goes out before the approval', () => {
    holds(false, (_, __, { state }) => {
      ok(outstanding(state) <= refundable(state));
      ok(state.refunds.every(({ amountMinor }) => amountMinor > 0));
      ok(state.refunds.length === 0 || state.approvedAt !== null);
      ok(state.regions.refund !== 'none' || outstanding(state) === 0);
    });
  });

  it('only a person declines, with a reason, and where a law protects the return with one of the law', () => {
    holds(false, (before, event, { state }) => {
      if (before.regions.approval === 'declined' || state.regions.approval !== 'declined') return;
      expect(event).toMatchObject({ type: 'reviewed', by: 'person', decision: 'decline' });
      const { reason } = event as { reason: string };
      expect(reason.trim()).not.toBe('');
      if (before.protectedBy) expect(floors[before.protectedBy].declineReasons).toContain(reason);
    });
  });

  it('the floor is never violated: decided by its time, paid by its time unless a person found the goods wanting', () => {
    let protectedOnes = 0;
    holds(true, (before, event, { state, now }) => {
      if (state.protectedBy === null) return;
      protectedOnes++;
      const { approval, logistics, inspection, refund } = state.regions;
      if (event.type === 'alarm') {
        if (event.alarm === 'decide_by' && state !== before)
          expect(approval).toBe(before.wasDeclined ? 'in_review' : 'approved');
        return;
      }
      const isOpen = ['requested', 'awaiting_evidence', 'awaiting_identity', 'in_review'].includes(approval);
      if (isOpen && now > state.decideBy)
        expect([state.rung.includes('decide_by'), state.wasDeclined]).toEqual([true, true]);
      if (approval !== 'approved' || state.refundBy === null || now <= state.refundBy) return;
      const isDue = inspection === 'pending' ? worthOf(state.lines, () => true) > 0 : logistics === 'in_transit';
      if (isDue && state.kind !== 'exchange') expect(refund).not.toBe('none');
    });
    expect(protectedOnes).toBeGreaterThan(1000);
  });

  it('a return is closed only when its money and its goods have ended', () => {
    let closed = 0;
    holds(false, (_, __, { state: { regions, kind } }) => {
      if (statusOf(regions, kind === 'exchange') !== 'closed') return;
      closed++;
      ok(['succeeded', 'recovered', 'written_off', 'none'].includes(regions.refund));
      ok(['received', 'lost', 'not_required', 'none'].includes(regions.logistics));
      ok(regions.refund !== 'none' || kind === 'exchange');
    });
    expect(closed).toBeGreaterThan(100);
  });

  it('pieces never come back more often than they were asked for, and a line is restocked once', () => {
    holds(
      false,
      (_, __, { state }) => {
        for (const { received, quantity } of state.lines) ok(received <= quantity);
      },
      (run) => {
        const keys = run.effects();
        expect(new Set(keys).size).toBe(keys.length);
      },
    );
  });

  it('an event that is repeated, and one that is refused, change nothing', () => {
    holds(false, (before, event, { state }) => {
      if (state.seen.includes(event.id)) expect(applyEvent(state, event, rules)).toEqual({ repeated: true });
      else ok(state === before);
    });
  });

  it('reserves and permits are given back when a return ends or goes to a person', () => {
    holds(false, (_, __, { state }) => {
      const { approval, logistics } = state.regions;
      if (['declined', 'cancelled', 'expired', 'in_review'].includes(approval)) {
        ok(state.reservedMinor === null && state.permits.length === 0);
        ok(state.regions.restock !== 'expected');
      }
      ok(logistics !== 'received' || state.reservedMinor === null);
    });
  });

  it('an alarm is set only for what can still come, and goes off once', () => {
    holds(
      true,
      () => undefined,
      (run) => {
        run.wait(400 * day);
        expect(alarmsOf(run.state).filter(({ at }) => at <= run.now)).toEqual([]);
      },
    );
  });
});
