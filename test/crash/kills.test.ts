// A hub that is killed again and again between systems that misbehave loses nothing, doubles nothing and turns nothing round.
import { describe, expect, it } from 'vitest';
import { judge, report } from './judge/judge.ts';
import { crashRun } from './run.ts';

/** Another seed is another plan of writes, faults and kills; the one that failed stands in the message. */
const seed = 'every commit';
const kills = 20;

describe('the hub under SIGKILL', () => {
  it(`keeps every promise through ${kills} kills`, { timeout: 180_000 }, async () => {
    const history = await crashRun({ seed, kills });
    const faults = judge(history);
    expect(history.kills.length).toBe(kills + 1);
    expect(faults.length, `seed "${seed}"\n${report(history, faults)}`).toBe(0);
  });
});
