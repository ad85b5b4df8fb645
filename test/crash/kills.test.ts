// A hub that is killed and cut from power again and again, between systems that misbehave, loses nothing, doubles nothing
// and turns nothing round.
import { appendFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { judge, report } from './judge/judge.ts';
import { realRun } from './real-run.ts';

/** Another seed is another plan of writes, faults and kills; the one that failed stands in the message. */
const seed = process.env.SEED ?? 'every commit';
const plan = {
  kills: Number(process.env.KILLS ?? 20),
  cuts: Number(process.env.CUTS ?? 6),
  disturbances: Number(process.env.DIST ?? 1),
};

describe('the hub under kills and power cuts', () => {
  it(`keeps every promise through ${plan.kills} kills and ${plan.cuts} power cuts`, { timeout: 600_000 }, async () => {
    const { history, befallen } = await realRun({
      seed,
      ...plan,
      tell: (w) => appendFileSync('/tmp/tell.txt', `${new Date().toISOString()} ${w}\n`),
    });
    const faults = judge(history);
    console.log(
      befallen,
      history.kills.map((k) => k.what),
      history.disturbed,
    );
    expect(faults.length, `seed "${seed}"\n${report(history, faults)}`).toBe(0);
  });
});
