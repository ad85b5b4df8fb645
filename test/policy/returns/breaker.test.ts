// A breaker's moves one by one, and what holds of it over random sequences of decisions, inspections and time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type BreakerEvent,
  type BreakerState,
  moveBreaker,
  newBreaker,
  type Permit,
  standingOf,
} from '../../../src/policy/returns/breaker.ts';
import type { BreakerRule } from '../../../src/policy/returns/policy.ts';
import { breakersAfter, decideWithBreakers } from '../../../src/policy/returns/settle-breakers.ts';
import { returnWith, shippedReturnsPolicy } from './shipped.ts';

const shipped = shippedReturnsPolicy();
const [concentration, loss] = shipped.breakers as [BreakerRule, BreakerRule];
const day = 86_400_000;
const t0 = Date.UTC(2026, 10, 26);
const id = concentration.id;

const moved = (state: BreakerState, now: number, ...events: BreakerEvent[]): BreakerState =>
  events.reduce((found, event) => moveBreaker(concentration, found, event, now), state);
const asked = (trips: boolean): BreakerEvent => ({ kind: 'asked', trips });
const permit: Permit = { breaker: id, openedAt: t0 };
const inspected = (result: 'passed' | 'partial' | 'failed', of?: Permit): BreakerEvent => ({
  ...{ kind: 'inspected', result, trips: false },
  ...(of && { permit: of }),
});

const open = moved(newBreaker, t0, asked(true));
const half = moved(open, t0 + 7 * day, asked(false));

describe('a breaker', () => {
  it('trips where its condition holds, and stays open until it has cooled down', () => {
    expect(moved(newBreaker, t0, asked(false)).state).toBe('closed');
    expect(open).toMatchObject({ state: 'open', openedAt: t0, until: t0 + 7 * day, trips: 1 });
    expect(moved(open, t0 + 7 * day - 1, asked(true))).toEqual(open);
    expect(half).toMatchObject({ state: 'half_open', permitsLeft: 2, passed: 0 });
  });

  it('hands out its permits and no more', () => {
    const used = moved(half, t0 + 7 * day, { kind: 'permit_taken' }, { kind: 'permit_taken' });
    expect(standingOf(used)).toBe('half_open_used_up');
    expect(() => moved(used, t0 + 7 * day, { kind: 'permit_taken' })).toThrow('no permit');
    expect(() => moved(newBreaker, t0, { kind: 'permit_taken' })).toThrow('no permit');
    expect(standingOf(moved(used, t0 + 8 * day, { kind: 'permit_returned', permit }))).toBe('half_open');
    expect(moved(used, t0 + 8 * day, { kind: 'permit_returned', permit: { ...permit, openedAt: 1 } })).toEqual(used);
  });

  it('closes after enough passed inspections of its own permits, and opens for longer after a failed one', () => {
    const passed = moved(half, t0 + 8 * day, inspected('passed', permit));
    expect(passed).toMatchObject({ state: 'half_open', passed: 1 });
    expect(moved(passed, t0 + 9 * day, inspected('passed', permit))).toMatchObject({ state: 'closed', trips: 1 });
    expect(moved(passed, t0 + 9 * day, inspected('passed'), inspected('failed'))).toEqual(passed);
    const failed = moved(passed, t0 + 9 * day, inspected('failed', permit));
    expect(failed).toMatchObject({ state: 'open', openedAt: t0 + 9 * day, until: t0 + 23 * day, trips: 2 });
    expect(moved(failed, t0 + 10 * day, inspected('passed', permit))).toEqual(failed);
    expect(moved(half, t0 + 8 * day, inspected('partial', permit)).permitsLeft).toBe(3);
  });

  it('opens again where its condition holds while it is tried, or a permit runs past its time', () => {
    expect(moved(half, t0 + 8 * day, asked(true))).toMatchObject({ state: 'open', until: t0 + 22 * day });
    expect(moved(half, t0 + 8 * day, { kind: 'overdue', permit, trips: false }).state).toBe('open');
    expect(moved(half, t0 + 8 * day, { kind: 'overdue', trips: false }).state).toBe('half_open');
    expect(moved(newBreaker, t0, { kind: 'overdue', trips: true }).state).toBe('open');
  });

  it('cools down no longer than its backoff says, and forgets a trip for every 90 quiet days', () => {
    const often = moved({ ...newBreaker, trips: 9 }, t0, asked(true));
    expect(often.until).toBe(t0 + 60 * day);
    const quiet = (days: number) =>
      moved({ ...newBreaker, trips: 2, closedAt: t0 }, t0 + days * day, asked(true)).trips;
    expect([quiet(89), quiet(90), quiet(180), quiet(900)]).toEqual([3, 2, 1, 1]);
    const twice = moveBreaker(loss, { ...newBreaker, trips: 5 }, asked(true), t0);
    expect(twice.until).toBe(t0 + day);
  });

  it('is opened and closed by a person, whose word ends', () => {
    const by = { by: 'ops', reason: 'fraud ring' };
    const opened = moved(newBreaker, t0, { kind: 'opened_by_hand', ...by, until: t0 + 3 * day });
    expect(opened).toMatchObject({ state: 'open', until: t0 + 3 * day, trips: 0 });
    const closed = moved(open, t0 + day, { kind: 'closed_by_hand', ...by });
    expect(closed).toMatchObject({ state: 'closed', override: { ...by, until: t0 + 8 * day } });
    expect(moved(closed, t0 + 2 * day, asked(true)).state).toBe('closed');
    expect(moved(closed, t0 + 8 * day, asked(true)).state).toBe('open');
  });
});

const good = returnWith({ customer: { returnRateKnown: true, returnRateBp: 500 } });
const situation = {
  facts: good,
  limits: { overdueRefundFirst: 0, currency: 'CNY' },
  claim: { shipCountry: 'CN', returnable: ['yes' as const] },
  met: [],
};
const at = (now: number, states: Record<string, BreakerState | 'unreadable'>, held: readonly Permit[] = []) => ({
  ...{ now, states, held },
  since: {},
});

describe('a decision with its breakers', () => {
  it('takes a permit of a half-open one where it is automatic, once for one return', () => {
    const first = decideWithBreakers(shipped, situation, at(t0 + 7 * day, { [id]: open }));
    expect(first.decision).toMatchObject({ approval: 'auto', refund: 'on_receipt', level: 'none' });
    expect(first.permits).toEqual([permit]);
    expect(first.states[id]).toMatchObject({ state: 'half_open', permitsLeft: 1 });
    const again = decideWithBreakers(shipped, situation, at(t0 + 8 * day, first.states, first.permits));
    expect([again.permits, again.states[id]?.permitsLeft]).toEqual([[permit], 1]);
  });

  it('gives it back where it is no longer automatic', () => {
    const first = decideWithBreakers(shipped, situation, at(t0 + 7 * day, { [id]: open }));
    const facts = returnWith({ customer: { returnRateKnown: true, returnRateBp: 500, returnsInMonth: 5 } });
    const now = decideWithBreakers(shipped, { ...situation, facts }, at(t0 + 8 * day, first.states, first.permits));
    expect([now.decision.approval, now.permits, now.states[id]?.permitsLeft]).toEqual(['manual', [], 2]);
  });

  it('leaves it to a person when none is left', () => {
    const used = { ...half, permitsLeft: 0 };
    const { decision, permits } = decideWithBreakers(shipped, situation, at(t0 + 8 * day, { [id]: used }));
    expect(decision).toMatchObject({ approval: 'manual', level: 'red' });
    expect(permits).toEqual([]);
  });

  it('trips by the facts since the last opening, not by those of the profile', () => {
    const facts = returnWith({
      customer: { returnRateKnown: true, returnRateBp: 500, highPriceItems: 9, highPriceShareBp: 9000 },
    });
    const tried = decideWithBreakers(
      shipped,
      { ...situation, facts },
      { ...at(t0 + 7 * day, { [id]: open }), since: { [id]: good } },
    );
    expect(tried.standings[id]).toBe('half_open');
    expect(decideWithBreakers(shipped, { ...situation, facts }, at(t0 + 7 * day, {})).standings[id]).toBe('open');
  });

  it('takes one that cannot be read for open', () => {
    const { decision, states } = decideWithBreakers(shipped, situation, at(t0, { [id]: 'unreadable' }));
    expect([decision.approval, states[id]]).toEqual(['manual', undefined]);
  });
});

describe('what a return tells the breakers', () => {
  const others = { breaker: 'other', openedAt: 1 };
  const told = (...news: Parameters<typeof breakersAfter>[1]) =>
    breakersAfter(shipped, news, { states: { [id]: half }, since: {}, now: t0 + 8 * day });

  it('counts for the breaker whose permit it had', () => {
    expect(told({ kind: 'inspected', result: 'passed', permits: [permit] })[id]?.passed).toBe(1);
    expect(told({ kind: 'inspected', result: 'passed', permits: [others] })[id]?.passed).toBe(0);
    expect(told({ kind: 'overdue', permits: [permit] })[id]?.state).toBe('open');
    expect(
      told({ kind: 'permit_returned', permit }, { kind: 'permit_returned', permit: others })[id]?.permitsLeft,
    ).toBe(3);
    expect(told({ kind: 'inspected', result: 'failed', permits: [] })[id]?.state).toBe('half_open');
  });

  it('trips one whose condition holds now', () => {
    const facts = returnWith({ store: { refundFirstOverdueShareBp: 300 } });
    const after = breakersAfter(shipped, [{ kind: 'overdue', permits: [] }], {
      states: {},
      since: { [loss.id]: facts },
      now: t0,
    });
    expect([after[loss.id]?.state, after[id]?.state]).toEqual(['open', 'closed']);
  });
});

/** Decisions that read one state and write it only if nobody wrote in between, as a store does. */
const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('read' as const), trips: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('write' as const), which: fc.nat(5) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('inspect' as const),
      which: fc.nat(5),
      result: fc.constantFrom('passed', 'partial', 'failed'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('return' as const), which: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), days: fc.integer({ min: 1, max: 30 }) }) },
);

it('under concurrency a half-open breaker lets through as many automatic approvals as it has permits, for every sequence', () => {
  const tripping = returnWith({
    customer: { returnRateKnown: true, returnRateBp: 500, highPriceItems: 3, highPriceShareBp: 6000 },
  });
  fc.assert(
    fc.property(fc.array(command, { minLength: 5, maxLength: 60 }), (commands) => {
      let now = t0;
      let stored = { version: 0, state: moved(newBreaker, now, asked(true)) };
      const reading: { version: number; trips: boolean; at: number }[] = [];
      const permits: Permit[] = [];
      /** By opening: approvals that are under way or passed, less those that ended without an answer. */
      const tried = new Map<number, number>();
      const count = (openedAt: number, more: number) => tried.set(openedAt, (tried.get(openedAt) ?? 0) + more);
      const store = (state: BreakerState) => {
        stored = { version: stored.version + 1, state };
      };
      for (const one of commands) {
        if (one.kind === 'wait') now += one.days * day;
        if (one.kind === 'read') reading.push({ version: stored.version, trips: one.trips, at: now });
        if (one.kind === 'write') {
          const [read] = reading.splice(one.which % Math.max(1, reading.length), 1);
          if (read === undefined || read.version !== stored.version) continue;
          const {
            decision,
            states,
            permits: taken,
          } = decideWithBreakers(
            shipped,
            { ...situation, facts: read.trips ? tripping : good },
            at(now, { [id]: stored.state }),
          );
          const state = states[id] as BreakerState;
          store(state);
          if (state.state === 'open') expect(decision.approval).toBe('manual');
          if (state.state === 'half_open') expect(decision.approval === 'auto').toBe(taken.length === 1);
          permits.push(...taken);
          for (const { openedAt } of taken) count(openedAt, 1);
        }
        if (one.kind === 'inspect' || one.kind === 'return') {
          const [of] = permits.splice(one.which % Math.max(1, permits.length), 1);
          if (of === undefined) continue;
          if (one.kind === 'return' || one.result === 'partial') count(of.openedAt, -1);
          const event: BreakerEvent =
            one.kind === 'return' ? { kind: 'permit_returned', permit: of } : inspected(one.result as 'passed', of);
          store(moveBreaker(concentration, stored.state, event, now));
        }
        for (const tries of tried.values()) expect(tries).toBeLessThanOrEqual(concentration.halfOpen.permits);
        expect(stored.state.permitsLeft).toBeGreaterThanOrEqual(0);
        if (stored.state.state === 'closed') expect(stored.state.until).toBeNull();
      }
    }),
    { numRuns: 1000 },
  );
});
