// What a system does wrong with each request, by chance.
import { systemClock } from '../../src/clock.ts';
import type { Chance } from './chance.ts';

/** `before`: nothing is done. `after`: it is done, and then something goes wrong with the answer. */
export type Fault =
  | { kind: 'none' }
  | { kind: 'status'; status: number; retryAfterS?: number }
  /** What stands before the system lost its answer: 502, or 503 and 504 as routers say it. */
  | { kind: 'status_after'; status: number }
  | { kind: 'reset_before' }
  | { kind: 'reset_after' }
  | { kind: 'silent_before' }
  | { kind: 'silent_after' }
  /** The answer comes byte by byte, and never ends. */
  | { kind: 'trickle' }
  /** Far more bytes than anybody wants. */
  | { kind: 'bulky'; status: number }
  | { kind: 'slow'; ms: number };

export interface Misbehaviour {
  next(): Fault;
  /** The next request gets this one, whatever chance says. */
  insist(fault: Fault): void;
  /** From now on it does everything right. */
  stop(): void;
}

const none: Fault = { kind: 'none' };

/** Shares of all requests. */
const shares: [number, (chance: Chance) => Fault][] = [
  [0.05, (chance) => ({ kind: 'status', status: chance.pick([500, 502, 503]) })],
  [0.012, () => ({ kind: 'status', status: 429, retryAfterS: 1 })],
  [0.02, (chance) => ({ kind: 'status_after', status: chance.pick([500, 502, 503, 504]) })],
  [0.03, () => ({ kind: 'reset_before' })],
  [0.04, () => ({ kind: 'reset_after' })],
  [0.003, () => ({ kind: 'silent_before' })],
  [0.005, () => ({ kind: 'silent_after' })],
  [0.005, () => ({ kind: 'trickle' })],
  [0.005, () => ({ kind: 'bulky', status: 503 })],
  // Done, and answered well, when nobody waits for it any more.
  [0.005, (chance) => ({ kind: 'slow', ms: chance.whole(750, 1_200) })],
  [0.1, (chance) => ({ kind: 'slow', ms: chance.whole(5, 250) })],
];

/** @param factor so many times as often as usual */
export function createMisbehaviour(chance: Chance, factor = 1): Misbehaviour {
  let stopped = false;
  let downUntil = 0;
  const insisted: Fault[] = [];
  return {
    insist: (fault) => void insisted.push(fault),
    next: () => {
      const first = insisted.shift();
      if (first) return first;
      if (stopped) return none;
      const now = systemClock.now();
      if (now < downUntil) return { kind: 'reset_before' };
      if (chance.hits(0.004)) downUntil = now + chance.whole(100, 500);
      return draw(chance, factor);
    },
    stop: () => {
      stopped = true;
    },
  };
}

function draw(chance: Chance, factor: number): Fault {
  let left = chance.next() / factor;
  for (const [share, make] of shares) {
    if (left < share) return make(chance);
    left -= share;
  }
  return none;
}
