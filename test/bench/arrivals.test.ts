// What the benches say of deliveries: how long they took, what was overtaken, what never came.
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../bench/load/ledger.ts';
import { joinArrivals, newestAccepted } from '../../bench/measure/arrival.ts';
import { quantile, spread } from '../../bench/measure/numbers.ts';
import { Arrivals } from '../../bench/sinks/arrivals.ts';

/** Order 0 changes twice, order 1 once; a third change of order 0 is never accepted. */
function ledgerOfThree() {
  const ledger = new Ledger(100);
  const marks = [0, 1, 0, 0].map((record) => ledger.add(record));
  for (const [place, mark] of marks.slice(0, 3).entries()) ledger.accepted(mark, 10 + place);
  return ledger.copy();
}

describe('accepted and received', () => {
  it('asks for the newest accepted state of each order', () => {
    expect([...newestAccepted(ledgerOfThree(), 4)]).toEqual([102, 101, -1, -1]);
  });

  it('measures each change at each sink', () => {
    const { waits, lost, overtaken } = joinArrivals(ledgerOfThree(), [Float64Array.of(15, 16, 17, 0)]);
    expect([...waits].sort()).toEqual([5, 5, 5]);
    expect({ lost, overtaken }).toEqual({ lost: 0, overtaken: 0 });
  });

  it('counts a state as arrived when a newer one of its order did', () => {
    const { waits, overtaken } = joinArrivals(ledgerOfThree(), [Float64Array.of(0, 16, 20, 0)]);
    expect([...waits].sort((a, b) => a - b)).toEqual([5, 8, 10]);
    expect(overtaken).toBe(1);
  });

  it('calls lost what never came, in no newer state either', () => {
    expect(joinArrivals(ledgerOfThree(), [Float64Array.of(15, 0, 0, 0)]).lost).toBe(2);
  });
});

describe('a sink', () => {
  it('tells older, repeated and missing states', () => {
    const sink = new Arrivals();
    sink.reset(100);
    for (const mark of [101, 100, 101]) sink.add({ record: 5, mark }, 1000, 50);
    expect(sink.counts).toMatchObject({ deliveries: 3, stale: 1, repeated: 1, bytes: 3000 });
    expect([...sink.times(3)]).toEqual([50, 50, 0]);
    expect(sink.missing(Int32Array.of(-1, -1, -1, -1, -1, 101), 0)).toBeUndefined();
    expect(sink.missing(Int32Array.of(-1, -1, -1, -1, -1, 102), 0)).toBe(5);
  });

  it('keeps what it holds from one run to the next, and forgets it on request', () => {
    const sink = new Arrivals();
    sink.add({ record: 100_000, mark: 7 }, 1, 1);
    sink.reset(8);
    expect(sink.counts.deliveries).toBe(0);
    expect(sink.missing(new Int32Array(100_001).fill(-1).fill(7, 100_000), 0)).toBeUndefined();
    sink.forget();
    expect(sink.missing(new Int32Array(100_001).fill(-1).fill(7, 100_000), 0)).toBe(100_000);
  });
});

describe('numbers', () => {
  it('are medians and quantiles of what was measured', () => {
    expect(spread([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spread([4, 1])).toEqual({ median: 2.5, min: 1, max: 4 });
    const hundred = Array.from({ length: 100 }, (_, at) => 99 - at);
    expect([quantile(hundred, 0.5), quantile(hundred, 0.99)]).toEqual([50, 99]);
  });
});
