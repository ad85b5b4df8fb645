// What a start does when the database goes away in the middle of it.
import { describe, expect, it, vi } from 'vitest';
import { problem } from '../src/core/problem.ts';
import { onceReachable } from '../src/once-reachable.ts';

/** Time passes as soon as somebody waits for it. */
function quickClock() {
  let now = 0;
  return {
    now: () => now,
    after: (ms: number, run: () => void) => {
      now += ms;
      queueMicrotask(run);
      return () => undefined;
    },
  };
}

const log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn(), fatal: vi.fn() };
const away = () => problem('unavailable', 'the database cannot be reached');

describe('a start', () => {
  it('waits for a database that went away, says so once, and goes on', async () => {
    log.warn.mockClear();
    let left = 3;
    const step = async (): Promise<string> => {
      if (left-- > 0) throw away();
      return 'read';
    };
    expect(await onceReachable(step, { clock: quickClock(), log })).toBe('read');
    expect(log.warn).toHaveBeenCalledOnce();
  });

  it('fails with what is wrong when the database stays away for a minute', async () => {
    const step = vi.fn(() => Promise.reject(away()));
    const clock = quickClock();
    await expect(onceReachable(step, { clock, log })).rejects.toThrow('cannot be reached');
    expect(clock.now()).toBe(60_000);
  });

  it('tries again when a single try took longer than that, as where the whole process stood still', async () => {
    const clock = quickClock();
    const step = vi
      .fn(async () => 'read')
      .mockImplementationOnce(async () => {
        await new Promise<void>((resolve) => clock.after(69_000, resolve));
        throw away();
      });
    expect(await onceReachable(step, { clock, log })).toBe('read');
    expect(step).toHaveBeenCalledTimes(2);
  });

  it('fails at once by any other fault', async () => {
    const step = vi.fn(() => Promise.reject(new Error('no such table')));
    await expect(onceReachable(step, { clock: quickClock(), log })).rejects.toThrow('no such table');
    expect(step).toHaveBeenCalledOnce();
  });
});
