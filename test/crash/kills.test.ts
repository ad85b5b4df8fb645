// A hub that is killed and cut from power again and again, whose disk and clock fail, between systems that misbehave,
// loses nothing, doubles nothing and turns nothing round.
import { describe, expect, it } from 'vitest';
import { report } from './judge/judge.ts';
import { realRun } from './real-run.ts';
import { Tally } from './tally.ts';

/** Another seed is another plan of writes, faults and kills; the one that failed stands in the message. */
const seed = 'every commit';
const plan = { kills: 20, cuts: 6, disturbances: 1 };

describe('the hub under kills and power cuts', () => {
  it(`keeps every promise through ${plan.kills} kills and ${plan.cuts} power cuts`, { timeout: 600_000 }, async () => {
    const { history, befallen } = await realRun({ seed, ...plan });
    const { faults } = new Tally().add(history, befallen);
    expect(history.kills.length).toBeGreaterThan(plan.kills + plan.cuts);
    expect(faults.length, `seed "${seed}"\n${report(history, faults)}`).toBe(0);
  });
});
