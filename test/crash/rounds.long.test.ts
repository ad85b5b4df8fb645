// Round after round of kills and power cuts, each after a plan of its own: npm run test:crash -- --kills 300 --cuts 60
import { writeSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import { report } from './judge/judge.ts';
import { nodesRun } from './nodes/nodes-run.ts';
import { realRun } from './real-run.ts';
import { Tally } from './tally.ts';

const {
  CRASH_KILLS = '100',
  CRASH_CUTS = '20',
  CRASH_SEED = 'night',
  CRASH_ROUND,
  CRASH_ENGINE = 'sqlite',
} = process.env;
const kills = Number(CRASH_KILLS);
const isShared = CRASH_ENGINE === 'postgres';
/** Where two processes share a database it is the server that has a disk. */
const cuts = isShared ? 0 : Number(CRASH_CUTS);
/** So many that a round is over, and can be repeated, in a few minutes; on a machine with other work in many. */
const most = { kills: 25, cuts: 5 };
const count = Math.max(1, Math.ceil(kills / most.kills), Math.ceil(cuts / most.cuts));
const share = (all: number, index: number): number =>
  Math.floor((all * (index + 1)) / count) - Math.floor((all * index) / count);
const rounds = Array.from({ length: count }, (_, index) => ({
  round: index + 1,
  plan: { kills: share(kills, index), cuts: share(cuts, index), disturbances: 1 },
})).filter(({ round }) => CRASH_ROUND === undefined || round === Number(CRASH_ROUND));

const roundWithinMs = 3_600_000;

const tally = new Tally();
const tell = (line: string): void => void writeSync(2, `${line}\n`);

describe(`the hub, for long, after the seed "${CRASH_SEED}"`, () => {
  afterAll(() => tell(`\nseed "${CRASH_SEED}"\n\n${tally.text()}\n`));

  it.each(rounds)('keeps every promise through round $round', { timeout: roundWithinMs }, async ({ round, plan }) => {
    const started = systemClock.now();
    const all = plan.kills + plan.cuts;
    let done = 0;
    const { history, befallen } = await (isShared ? nodesRun : realRun)({
      seed: `${CRASH_SEED}/${round}`,
      ...plan,
      tell: (what) => tell(`round ${round}/${count}, ${++done}: ${what}`),
    });
    const { faults } = tally.add(history, befallen);
    const seconds = Math.round((systemClock.now() - started) / 1000);
    tell(`round ${round}/${count}: ${all} kills and cuts in ${seconds} s, ${faults.length} faults`);
    const again = `npm run test:crash -- --kills ${kills} --cuts ${cuts} --seed "${CRASH_SEED}" --round ${round} --engine ${CRASH_ENGINE}`;
    if (faults.length > 0) tell(`${again}\n${report(history, faults)}`);
    expect(faults.length, `${again}\n${report(history, faults)}`).toBe(0);
  });
});
