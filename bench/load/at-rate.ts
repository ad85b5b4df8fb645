// Exchanges at a fixed rate, whether or not the last one was answered; one that finds no connection free waits, and counts from then.
import { nowMs } from '../measure/now.ts';

export interface Pace {
  /** Exchanges per second. */
  rate: number;
  startedAt: number;
  /** Whether exchange number `no` is still to be made. */
  goesOn(no: number): boolean;
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** @throws what the first failed exchange threw */
export async function atRate<Lane>(
  lanes: readonly Lane[],
  { rate, startedAt, goesOn }: Pace,
  exchange: (lane: Lane, since: number) => Promise<void>,
): Promise<void> {
  const idle = [...lanes];
  const late: number[] = [];
  const failures: unknown[] = [];
  const start = (since: number): void => {
    // In turn: a server may close one that is never used.
    const lane = idle.shift();
    if (lane === undefined) return void late.push(since);
    const free = () => {
      idle.push(lane);
      const waiting = late.shift();
      if (waiting !== undefined) start(waiting);
    };
    exchange(lane, since).then(free, (error) => failures.push(error));
  };
  for (let no = 0; goesOn(no) && failures.length === 0; no++) {
    const ahead = startedAt + (no * 1000) / rate - nowMs();
    // Timers drop fractions of a ms, and would send too early.
    if (ahead > 0) await pause(Math.ceil(ahead));
    start(nowMs());
  }
  while (idle.length < lanes.length && failures.length === 0) await pause(1);
  if (failures.length > 0) throw failures[0];
}
