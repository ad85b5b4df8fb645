// How long and how much: the whole bench for people, the short one for every CI run.

export interface Plan {
  rounds: number;
  /** No round is begun that would end later than this, judged by the one before. */
  withinMs: number;
  /** Orders that exist before anything is measured. */
  prefill: number;
  /** Mixed load after the start, before the first case. */
  startWarmUpMs: number;
  /** Load of one measurement. */
  windowMs: number;
  /** The same load before each measurement; in changes where the measurement is counted in them. */
  warmUpMs: number;
  warmUpChanges: number;
  latencyMs: number;
  saturationMs: number;
  healthMs: number;
  /** Changes of one NDJSON measurement: a window would grow the backlog with the speed of intake. */
  ndjsonChanges: number;
  limitMs: number;
  /** Orders in the store that is measured alone, and how long: with few, or for less than a checkpoint, it would fly. */
  engineOrders: number;
  engineMs: number;
  large: LargePlan;
  stuck: StuckPlan;
}

/** Systems that get stuck; three minutes of that hub are an hour of a usual one. */
export interface StuckPlan {
  /** Of measurements: nothing stuck, then half of the systems. */
  pairs: number;
  /** Changes per second, each for twenty systems. */
  rate: number;
  warmUpMs: number;
  calmMs: number;
  stuckMs: number;
}

/** The databases that are filled in bulk. */
export interface LargePlan {
  /** Orders, each of them behind in two systems. */
  orders: number;
  /** In the database beside it. */
  fewOrders: number;
  /** Changes, in either. */
  history: number;
  /** Starts of the hub over it. */
  starts: number;
  /** Work of the hub over it: intake with systems paused, then deliveries. */
  workMs: number;
  /** Smaller than what the goals are meant for. */
  isShort: boolean;
}

export const wholePlan: Plan = {
  ...{ rounds: 3, withinMs: 1_200_000, prefill: 20_000, startWarmUpMs: 2000 },
  ...{ windowMs: 2000, warmUpMs: 1000, warmUpChanges: 10_000 },
  ...{ latencyMs: 5000, saturationMs: 5000, healthMs: 5000, ndjsonChanges: 30_000, limitMs: 1000 },
  ...{ engineOrders: 100_000, engineMs: 3000 },
  large: { orders: 1_000_000, fewOrders: 10_000, history: 5_000_000, starts: 3, workMs: 10_000, isShort: false },
  stuck: { pairs: 2, rate: 25, warmUpMs: 5000, calmMs: 60_000, stuckMs: 180_000 },
};

export const shortPlan: Plan = {
  ...{ rounds: 2, withinMs: 82_000, prefill: 2000, startWarmUpMs: 1000 },
  ...{ windowMs: 700, warmUpMs: 300, warmUpChanges: 1000 },
  ...{ latencyMs: 1500, saturationMs: 1500, healthMs: 1500, ndjsonChanges: 4000, limitMs: 400 },
  ...{ engineOrders: 20_000, engineMs: 500 },
  large: { orders: 100_000, fewOrders: 10_000, history: 500_000, starts: 3, workMs: 10_000, isShort: true },
  stuck: { pairs: 1, rate: 25, warmUpMs: 2000, calmMs: 10_000, stuckMs: 20_000 },
};
