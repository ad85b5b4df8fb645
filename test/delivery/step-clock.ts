// A clock that moves when it is told to, timer by timer, with everything that follows from each.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../src/clock.ts';

export interface StepClock extends Clock {
  /** Runs what falls due on the way, each at its own time. */
  advance(ms: number): Promise<void>;
  /** Everything that needs no time has happened. */
  calm(): Promise<void>;
  /** How many timers wait. */
  timers(): number;
}

interface Timer {
  due: number;
  run: () => void;
}

export function stepClock(start = Date.parse('2026-11-24T10:00:00.000Z')): StepClock {
  let now = start;
  const timers = new Set<Timer>();
  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers) if (timer.due <= until && (!first || timer.due < first.due)) first = timer;
    return first;
  };
  // Claims that end empty take a turn of the event loop; a chain of such turns is short.
  const calm = async (): Promise<void> => {
    for (let turn = 0; turn < 6; turn += 1) await nextTurn();
  };
  return {
    now: () => now,
    after: (ms, run) => {
      const timer = { due: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    timers: () => timers.size,
    calm,
    advance: async (ms) => {
      await calm();
      const until = now + ms;
      for (let timer = next(until); timer; timer = next(until)) {
        timers.delete(timer);
        now = Math.max(now, timer.due);
        timer.run();
        await calm();
      }
      now = until;
      await calm();
    },
  };
}
