// The laws of a clock that was set back, for any replica that waits.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { underEarlierClock, type Waiting } from '../../src/store/engine/set-back.ts';

const time = fc.integer({ min: 0, max: 10_000 });
const lastError = fc.record(
  { kind: fc.constantFrom('throttled', 'timeout'), message: fc.constant(''), at: time, until: time },
  { requiredKeys: ['kind', 'message', 'at'] },
);
const waiting: fc.Arbitrary<Waiting> = fc.record({
  dueAt: time,
  behindSince: fc.option(time),
  lastAttemptAt: fc.option(time),
  lastError: fc.option(lastError),
});

describe('under an earlier clock', () => {
  it('nothing waits longer than before, nor longer than its last failure meant, and what was due stays due', () => {
    fc.assert(
      fc.property(waiting, time, (row, now) => {
        const { dueAt } = underEarlierClock(row, now) ?? row;
        expect(dueAt).toBeLessThanOrEqual(row.dueAt);
        if (row.dueAt <= now) expect(dueAt).toBe(row.dueAt);
        else expect(dueAt).toBeGreaterThanOrEqual(now);
        const { at = now, until = row.lastError?.kind === 'throttled' ? row.dueAt : now } = row.lastError ?? {};
        expect(dueAt).toBeLessThanOrEqual(Math.max(now, row.dueAt <= now ? row.dueAt : until, now + until - at));
      }),
    );
  });

  it('what was told to wait is not tried before that, as far as it is known', () => {
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: 5_000 }), time, (at, wait, now) => {
        const error = { kind: 'throttled', message: '', at, until: at + wait };
        const row = { dueAt: at + wait, behindSince: at, lastAttemptAt: at, lastError: error };
        const { dueAt } = underEarlierClock(row, now) ?? row;
        expect(dueAt).toBe(at <= now ? at + wait : now + wait);
      }),
    );
  });

  it('it is done once: the second time finds nothing to do', () => {
    fc.assert(
      fc.property(waiting, time, (row, now) => {
        const after = underEarlierClock(row, now);
        if (after) expect(underEarlierClock(after, now)).toBeUndefined();
        expect(underEarlierClock({ ...row, behindSince: null, lastAttemptAt: null, dueAt: now }, now)).toBeUndefined();
      }),
    );
  });
});
