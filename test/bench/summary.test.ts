// The result: what stands beside what, and whether its goal is reached.
import { describe, expect, it } from 'vitest';
import { shortPlan, wholePlan } from '../../bench/cases/plan.ts';
import type { Outcome } from '../../bench/cases/rounds.ts';
import type { Figure } from '../../bench/cases/rows.ts';
import { summarize, summarizeLimits } from '../../bench/report/summary.ts';
import { resultText } from '../../bench/report/table.ts';

const limits = { fdatasync: 4000, bareHono: 16_000 };

type Sets = Partial<Record<'rounds' | 'sets' | 'stuck', Figure[][]>>;

function outcomeOf({ rounds = [], sets = [], stuck = [] }: Sets): Outcome {
  return {
    rounds: rounds.map((figures) => ({ limits, figures })),
    large: { plan: wholePlan.large, sets },
    stuck,
    ...{ totals: {}, payloadBytes: {} },
  };
}

const lineOf = (outcome: Outcome, id: string) => summarize(outcome).find((line) => line.id === id);

const pairOf = (row: string, source: 'floor' | 'small' | 'calm', reference: number, hub: number): Figure[] => [
  { row, source, value: reference },
  { row, source: 'hub', value: hub },
];

describe('a ratio', () => {
  it('is taken round by round', () => {
    const rounds = [
      pairOf('intake.creates.accepted', 'floor', 1000, 600),
      pairOf('intake.creates.accepted', 'floor', 4000, 2000),
      pairOf('intake.creates.accepted', 'floor', 2000, 1100),
    ];
    expect(lineOf(outcomeOf({ rounds }), 'intake.creates.accepted')).toMatchObject({
      ...{ reference: { median: 2000 }, hub: { median: 1100 }, ratio: { median: 0.55, min: 0.5, max: 0.6 } },
      ...{ goal: '≥ 0.5 ×', reached: true },
    });
  });

  it('leaves out the round in which one of the two is missing', () => {
    const rounds = [
      [{ row: 'e2e.creates.accepted', source: 'hub' as const, value: 7 }],
      pairOf('e2e.creates.accepted', 'floor', 100, 20),
    ];
    expect(lineOf(outcomeOf({ rounds }), 'e2e.creates.accepted')).toMatchObject({
      ratio: { min: 0.2, max: 0.2 },
      reached: false,
    });
  });

  it.each([
    [1000, 670, true],
    [1000, 660, false],
  ])('of a large backlog to a small one is judged at two thirds: %d and %d', (small, large, reached) => {
    const outcome = outcomeOf({ sets: [pairOf('backlog.made', 'small', small, large)] });
    expect(lineOf(outcome, 'backlog.made')).toMatchObject({ goal: '≥ 0.67 ×', reached });
  });
});

it('a wait may double while half of the systems are stuck, and no more', () => {
  const judged = (stuck: number) => lineOf(outcomeOf({ stuck: [pairOf('stuck.p99', 'calm', 10, stuck)] }), 'stuck.p99');
  expect([judged(20), judged(21)]).toMatchObject([
    { goal: '≤ 2 ×', reached: true },
    { goal: '≤ 2 ×', reached: false },
  ]);
});

describe('a limit', () => {
  it.each([
    ['startup.listening', 5000, 5001],
    ['startup.memory', 300, 301],
    ['startup.memory.worked', 300, 301],
    ['health.p99', 100, 101],
    ['saturation.p99', 250, 251],
  ])('of %s is judged by the median of the hub', (row, good, bad) => {
    const judged = (value: number) => lineOf(outcomeOf({ sets: [[{ row, source: 'hub', value }]] }), row)?.reached;
    expect([judged(good), judged(bad)]).toEqual([true, false]);
  });
});

describe('the text', () => {
  const sets: Figure[][] = [[{ row: 'startup.listening', source: 'hub', value: 6000 }]];

  it('says what is missed', () => {
    expect(resultText(outcomeOf({ sets }))).toMatch(/start to listening +– +6,000 .* ms +– +≤ 5000 ms MISSED/);
  });

  it('says how large the databases were', () => {
    const text = resultText(outcomeOf({ sets }));
    expect(text).toContain('1,000,000 orders');
    expect(text).not.toContain('--short');
  });

  it('says when they were smaller than the goals are meant for', () => {
    const text = resultText({ ...outcomeOf({ sets }), large: { plan: shortPlan.large, sets } });
    expect(text).toContain('100,000 orders');
    expect(text).toContain('--short');
  });

  it('says nothing of databases that were not made', () => {
    expect(resultText(outcomeOf({ rounds: [pairOf('latency.p50', 'floor', 1, 2)] }))).not.toContain('orders, each');
  });

  it('has no limits of the machine without a round', () => {
    expect(summarizeLimits(outcomeOf({ sets }))).toEqual([]);
  });
});
