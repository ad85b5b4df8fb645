// Chance from a seed: the same seed makes the same plan.

export interface Chance {
  /** 0 ≤ x < 1 */
  next(): number;
  /** True for this share of the calls. */
  hits(share: number): boolean;
  /** A whole number, both ends included. */
  whole(from: number, to: number): number;
  pick<T>(items: readonly T[]): T;
  /** Chance of its own, so that one part drawing more does not change what another draws. */
  branch(name: string): Chance;
}

export function createChance(seed: string): Chance {
  let state = fnv(seed);
  const next = (): number => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    hits: (share) => next() < share,
    whole,
    pick: (items) => {
      if (items.length === 0) throw new Error('there is nothing to pick from');
      return items[whole(0, items.length - 1)] as (typeof items)[number];
    },
    branch: (name) => createChance(`${seed}/${name}`),
  };
}

function fnv(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
  return hash;
}
