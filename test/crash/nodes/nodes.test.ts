// Two processes over one PostgreSQL that are killed and cut off, whose database is ended at once, between systems that
// misbehave: nothing is lost, doubled or turned round. npm run test:crash -- --engine postgres stops them, too.
import { describe, expect, it } from 'vitest';
import { report } from '../judge/judge.ts';
import { Tally } from '../tally.ts';
import { nodesRun } from './nodes-run.ts';
import { strikeCount } from './strikes.ts';

/** Another seed is another plan of writes, faults and kills; the one that failed stands in the message. */
const seed = 'every commit';
const plan = { kills: 2, disturbances: 1, briefly: true };

describe('two processes over PostgreSQL', () => {
  it('keep every promise through kills, cut connections and a crash of the database', {
    timeout: 600_000,
  }, async () => {
    const { history, befallen } = await nodesRun({ seed, ...plan });
    const { faults } = new Tally().add(history, befallen);
    expect(Object.values(befallen).reduce((sum, count) => sum + count, 0)).toBe(strikeCount(plan));
    expect(faults.length, `seed "${seed}"\n${report(history, faults)}`).toBe(0);
  });
});
