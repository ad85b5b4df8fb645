// How long and how much: the whole bench for people, the short one for every CI run.

export interface Plan {
  rounds: number;
  /** No round is begun that would end later than this, judged by the one before. */
  withinMs: number;
  /** Orders that exist before anything is measured. */
  prefill: number;
  /** Load of one measurement. */
  windowMs: number;
  warmUpMs: number;
  latencyMs: number;
  saturationMs: number;
  /** Changes of one NDJSON measurement: a window would grow the backlog with the speed of intake. */
  ndjsonChanges: number;
  limitMs: number;
  /** Orders in the store that is measured alone, and how long: with few, or for less than a checkpoint, it would fly. */
  engineOrders: number;
  engineMs: number;
}

export const wholePlan: Plan = {
  ...{ rounds: 3, withinMs: 1_200_000, prefill: 20_000, windowMs: 2000, warmUpMs: 1000 },
  ...{ latencyMs: 5000, saturationMs: 5000, ndjsonChanges: 30_000, limitMs: 1000 },
  ...{ engineOrders: 100_000, engineMs: 3000 },
};

export const shortPlan: Plan = {
  ...{ rounds: 2, withinMs: 55_000, prefill: 2000, windowMs: 700, warmUpMs: 400 },
  ...{ latencyMs: 1500, saturationMs: 1500, ndjsonChanges: 4000, limitMs: 400 },
  ...{ engineOrders: 20_000, engineMs: 500 },
};
