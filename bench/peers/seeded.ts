// Chance with a fixed seed: the same rules and the same orders in every run.

export type Chance = <T>(choices: readonly T[]) => T;

/** mulberry32: small, and good enough to pick from lists. */
export function seeded(seed: number): Chance {
  let state = seed >>> 0;
  return (choices) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return choices[((mixed ^ (mixed >>> 14)) >>> 0) % choices.length] as (typeof choices)[number];
  };
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
