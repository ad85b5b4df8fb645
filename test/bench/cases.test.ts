// The cases: nothing is measured cold.
import { describe, expect, it } from 'vitest';
import { type CaseName, caseNames, cases } from '../../bench/cases/cases.ts';
import { shortPlan, wholePlan } from '../../bench/cases/plan.ts';
import { rows } from '../../bench/cases/rows.ts';
import type { Load, Measured } from '../../bench/measure/session.ts';

const pair = { p50: 1, p99: 2 };
const found: Measured = {
  ...{ accepted: 10, acceptedPerSecond: 10, deliveredPerSecond: 30, answer: pair, wait: pair, probe: pair },
  ...{ cpuMicroseconds: 5, lost: 0, overtaken: 0, stale: 0, repeated: 0, turnedAway: 0, payloadBytes: 900 },
};

async function loadsOf(name: CaseName): Promise<{ loads: Load[]; figures: string[]; noted: number }> {
  const loads: Load[] = [];
  const figures: string[] = [];
  let noted = 0;
  await cases[name]({
    session: {
      canHold: true,
      measure: async (load) => {
        loads.push(load);
        return found;
      },
    },
    plan: wholePlan,
    figure: (row) => void figures.push(row),
    measured: () => {
      noted++;
    },
  });
  return { loads, figures, noted };
}

describe.each(caseNames)('the case %s', (name) => {
  it('makes each load twice, at first shorter', async () => {
    const { loads } = await loadsOf(name);
    const lengthOf = ({ ms, changes }: Load) => changes ?? ms ?? 0;
    expect(loads.length % 2).toBe(0);
    for (let at = 0; at < loads.length; at += 2) {
      const [before, load] = [loads[at] as Load, loads[at + 1] as Load];
      expect({ ...before, ms: 0, changes: 0 }).toEqual({ ...load, ms: 0, changes: 0 });
      expect(lengthOf(before)).toBeGreaterThan(0);
      expect(lengthOf(before)).toBeLessThan(lengthOf(load));
    }
  });

  it('looks for what was lost in every load', async () => {
    const { loads, noted } = await loadsOf(name);
    expect(noted).toBe(loads.length);
  });

  it('fills rows that the result has', async () => {
    const { figures } = await loadsOf(name);
    expect(figures.length).toBeGreaterThan(0);
    for (const figure of figures) expect(rows.map(({ id }) => id)).toContain(figure);
  });
});

it('even the short plan warms each contender up for a second', () => {
  expect(shortPlan.startWarmUpMs).toBeGreaterThanOrEqual(1000);
});
