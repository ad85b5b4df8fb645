// The time of day as the hub takes it: never back, and never far from what the machine says.
import { describe, expect, it } from 'vitest';
import { steadyTime } from '../src/clock.ts';

function machine() {
  const state = { wall: 1_000_000, elapsed: 0 };
  const now = steadyTime(
    () => state.wall,
    () => state.elapsed,
  );
  const pass = (ms: number): number => {
    state.wall += ms;
    state.elapsed += ms;
    return now();
  };
  return { state, now, pass };
}

describe('steady time', () => {
  it('is the time of day', () => {
    const { pass } = machine();
    expect([pass(0), pass(5), pass(1_000)]).toEqual([1_000_000, 1_000_005, 1_001_005]);
  });

  it('follows a clock that is set forward at once', () => {
    const { state, pass } = machine();
    state.wall += 600_000;
    expect(pass(1)).toBe(1_600_001);
  });

  it('goes on at half its pace when the clock is set back, until that has caught up', () => {
    const { state, pass } = machine();
    pass(60_000);
    state.wall -= 60_000;
    expect(pass(0)).toBe(1_060_000);
    expect(pass(20_000)).toBe(1_070_000);
    expect(pass(100_000)).toBe(1_120_000);
    expect(state.wall).toBe(1_120_000);
    expect(pass(10)).toBe(1_120_010);
  });

  it('never goes back, however the clock is set', () => {
    const { state, pass } = machine();
    let last = 0;
    for (const step of [5_000, -700_000, 3, 40_000, -1, 0, -90_000]) {
      state.wall += step;
      const now = pass(7);
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });
});
