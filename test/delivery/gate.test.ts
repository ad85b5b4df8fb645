// Laws of the gate on generated histories: never faster than the rate, never wider than the slots, one probe at a time.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BreakerSettings } from '../../src/delivery/breaker.ts';
import { Gate, type Limits } from '../../src/delivery/gate.ts';
import type { Sign } from '../../src/delivery/outcome.ts';
import { TokenBucket } from '../../src/delivery/token-bucket.ts';

const breaker: BreakerSettings = { windowMs: 1000, minimum: 4, failures: 0.5, cooldownMs: 500 };

type Step = { after: number; want: number } | { after: number; end: Sign; record: string; retryAfterMs: number };

const sign = fc.constantFrom<Sign>('delivered', 'answered', 'failed', 'failed', 'throttled', 'unauthorized', 'nothing');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ after: fc.nat(400), want: fc.integer({ min: 1, max: 80 }) }),
  fc.record({
    after: fc.nat(400),
    end: sign,
    record: fc.constantFrom('a', 'b', 'c', 'd'),
    retryAfterMs: fc.constantFrom(0, 0, 700),
  }),
);
const rate = fc.record({ count: fc.integer({ min: 1, max: 50 }), perMs: fc.constantFrom(100, 333, 1000, 60_000) });
const limits: fc.Arbitrary<Limits> = fc.record({
  concurrency: fc.integer({ min: 1, max: 20 }),
  rate: fc.option(rate, { nil: undefined }),
});

interface Trace {
  starts: { at: number; count: number }[];
  /** After each step. */
  seen: { state: string; busy: number; allowance: number }[];
}

/** Plays a history as the loop would: it starts no more than what is allowed, and only what runs can end. */
function play(bounds: Limits, steps: Step[]): Trace {
  let now = 1_000_000;
  let busy = 0;
  const gate = new Gate(bounds, breaker, now);
  const trace: Trace = { starts: [], seen: [] };
  for (const one of steps) {
    now += one.after;
    if ('want' in one) {
      const count = Math.min(one.want, gate.allowance(now));
      gate.begin(count, now);
      busy += count;
      if (count > 0) trace.starts.push({ at: now, count });
    } else if (busy > 0) {
      busy -= 1;
      gate.end();
      gate.hear({ sign: one.end, record: one.record, retryAfterMs: one.retryAfterMs }, now);
    }
    const allowance = gate.allowance(now);
    trace.seen.push({ state: gate.breaker.state, busy, allowance });
  }
  return trace;
}

const histories = fc.array(step, { maxLength: 120 });

describe('the gate', () => {
  it('never lets more start in any stretch of time than the burst and what the rate adds', () => {
    fc.assert(
      fc.property(rate, histories, (given, steps) => {
        const { starts } = play({ concurrency: 1000, rate: given, batch: 1000 }, steps);
        const burst = Math.max(1, (given.count * 1000) / given.perMs);
        starts.forEach(({ at: from }, first) => {
          let sum = 0;
          for (const { at, count } of starts.slice(first)) {
            sum += count;
            expect(sum).toBeLessThanOrEqual(burst + ((at - from) * given.count) / given.perMs + 0.001);
          }
        });
      }),
    );
  });

  it('never has more under way than its slots, nor claims more than a batch', () => {
    fc.assert(
      fc.property(limits, histories, (given, steps) => {
        for (const { busy, allowance } of play(given, steps).seen) {
          expect(busy + allowance).toBeLessThanOrEqual(Math.max(given.concurrency, busy));
          expect(allowance).toBeLessThanOrEqual(64);
        }
      }),
    );
  });

  it('never has more than one under way while half-open, and starts none while open', () => {
    fc.assert(
      fc.property(limits, histories, (given, steps) => {
        for (const { state, busy, allowance } of play(given, steps).seen) {
          if (state === 'half_open') expect(busy + allowance).toBeLessThanOrEqual(1);
          if (state === 'open') expect(allowance).toBe(0);
        }
      }),
    );
  });

  it('always allows something again after the time it names', () => {
    fc.assert(
      fc.property(limits, histories, (given, steps) => {
        let now = 1_000_000;
        const gate = new Gate(given, breaker, now);
        let busy = 0;
        for (const one of steps) {
          now += one.after;
          if ('want' in one) {
            const count = Math.min(one.want, gate.allowance(now));
            gate.begin(count, now);
            busy += count;
          } else if (busy > 0) {
            busy -= 1;
            gate.end();
            gate.hear({ sign: one.end, record: one.record, retryAfterMs: one.retryAfterMs }, now);
          }
        }
        for (; busy > 0; busy -= 1) gate.end();
        for (let waits = 0; gate.allowance(now) === 0; waits += 1) {
          expect(waits).toBeLessThan(4);
          const wait = gate.waitMs(now);
          expect(wait).toBeGreaterThan(0);
          now += wait ?? 0;
        }
      }),
    );
  });
});

describe('slow start', () => {
  const down = (gate: Gate, now: number): void => {
    for (const record of ['a', 'b', 'c']) gate.hear({ sign: 'failed', record }, now);
  };

  it('widens from one, doubled by every good answer, to what is configured', () => {
    const gate = new Gate({ concurrency: 6 }, breaker, 0);
    down(gate, 0);
    const widths = [500, 501, 502, 503, 504].map((now) => {
      const width = gate.allowance(now);
      gate.begin(1, now);
      gate.end();
      gate.hear({ sign: 'delivered', record: 'a' }, now);
      return width;
    });
    expect(widths).toEqual([1, 1, 2, 4, 6]);
  });

  it('begins again after "too many", once the time asked for is over', () => {
    const gate = new Gate({ concurrency: 6 }, breaker, 0);
    expect(gate.hear({ sign: 'throttled', record: 'a', retryAfterMs: 9000 }, 0)).toBe(true);
    expect(gate.allowance(8999)).toBe(0);
    expect(gate.waitMs(8999)).toBe(1);
    expect(gate.allowance(9000)).toBe(1);
  });

  it('waits a day at most for a system that asks for more', () => {
    const gate = new Gate({ concurrency: 6 }, breaker, 0);
    gate.hear({ sign: 'throttled', record: 'a', retryAfterMs: 900_000_000 }, 0);
    expect(gate.waitMs(0)).toBe(86_400_000);
  });

  it('does not count "too many" against the system', () => {
    const gate = new Gate({ concurrency: 6 }, breaker, 0);
    for (const record of ['a', 'b', 'c', 'd', 'e']) gate.hear({ sign: 'throttled', record }, 0);
    expect(gate.breaker.state).toBe('closed');
  });

  it('probes again later when a probe is turned away as too many', () => {
    const gate = new Gate({ concurrency: 6 }, breaker, 0);
    down(gate, 0);
    gate.begin(gate.allowance(500), 500);
    gate.end();
    gate.hear({ sign: 'throttled', record: 'a' }, 510);
    expect(gate.breaker).toMatchObject({ state: 'open', until: 1010 });
  });

  it('waits for older exchanges to end before it probes', () => {
    const gate = new Gate({ concurrency: 6 }, breaker, 0);
    gate.begin(4, 0);
    for (let ended = 0; ended < 3; ended += 1) gate.end();
    down(gate, 0);
    expect(gate.allowance(600)).toBe(0);
    gate.end();
    expect(gate.allowance(600)).toBe(1);
  });
});

describe('a token bucket', () => {
  it('holds a second of its rate at most', () => {
    const bucket = new TokenBucket({ count: 50, perMs: 1000 }, 0);
    bucket.take(50, 0);
    expect(bucket.available(0)).toBe(0);
    expect(bucket.available(3_600_000)).toBe(50);
  });

  it('gives one a minute where no more is allowed', () => {
    const bucket = new TokenBucket({ count: 1, perMs: 60_000 }, 0);
    bucket.take(1, 0);
    expect(bucket.nextIn(0)).toBe(60_000);
    expect(bucket.available(59_999)).toBe(0);
    expect(bucket.available(60_000)).toBe(1);
  });

  it('adds nothing when the clock is set back', () => {
    const bucket = new TokenBucket({ count: 10, perMs: 1000 }, 10_000);
    bucket.take(10, 10_000);
    expect(bucket.available(0)).toBe(0);
    expect(bucket.available(100)).toBe(1);
  });
});
