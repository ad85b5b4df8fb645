// The same as kills.test.ts, for longer and after other plans.
import { describe, expect, it } from 'vitest';
import { judge, report } from './judge/judge.ts';
import { crashRun } from './run.ts';

const seeds = ['night 1', 'night 2', 'night 3', 'night 4'];
const kills = 50;

describe('the hub under SIGKILL, for long', () => {
  it.each(seeds)(`keeps every promise through ${kills} kills after the plan "%s"`, async (seed) => {
    const history = await crashRun({ seed, kills });
    const faults = judge(history);
    expect(history.kills.length).toBe(kills + 1);
    expect(faults.length, `seed "${seed}"\n${report(history, faults)}`).toBe(0);
  });
});
