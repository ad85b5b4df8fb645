// The checker as a whole (recorder, systems, pollers, kills, judge) on a hub that is known: each bug of it is seen, under
// the promise that it breaks, and a hub without one passes.
import { describe, expect, it } from 'vitest';
import type { Chance } from '../chance.ts';
import type { History } from '../history.ts';
import { judge, nothingToCheck, promised, report } from '../judge/judge.ts';
import { killed } from '../nemesis/kills.ts';
import { type Scene, untilItIsTime, type When } from '../nemesis/moments.ts';
import { crashRun } from '../run.ts';
import { type Bug, bugs } from './bugs.ts';
import { FakeHub } from './fake-hub.ts';

/** Counted in work and not in time: on a busy machine a run is longer, not emptier. */
const answersBetween = 40;
const whens: readonly When[] = ['later', 'replied', 'burst', 'answered', 'page'];

async function kills(scene: Scene, chance: Chance): Promise<void> {
  for (const when of whens) {
    await answers(scene, answersBetween);
    await untilItIsTime(when, scene, chance);
    await killed(scene, when);
    scene.hub.start();
  }
}

/** Resolves when so many more changes were answered. */
function answers({ recorder }: Scene, count: number): Promise<void> {
  let left = count;
  return new Promise((resolve) => {
    const note = (): void => {
      left -= 1;
      if (left > 0) return;
      recorder.moments.off('replied', note);
      resolve();
    };
    recorder.moments.on('replied', note);
  });
}

const run = (seed: string, bug?: Bug): Promise<History> =>
  crashRun({
    seed,
    open: (addresses) => new FakeHub(addresses, bug),
    befall: (scene, _talk, chance) => kills(scene, chance),
    misbehaviour: 3,
    quietWithinMs: bug ? 5_000 : 30_000,
  });

/** The rarest is seen in two of five. */
const mostRuns = 12;

/** What goes wrong comes by chance, and how far a run gets depends on the machine: it is seen in one of a few runs. */
async function isSeen(bug: Bug, promise: string): Promise<boolean> {
  for (let no = 1; no <= mostRuns; no += 1) {
    const faults = judge(await run(`${bug} ${no}`, bug)).filter(({ message }) => message !== nothingToCheck);
    if (faults.some((fault) => fault.promise === promise)) return true;
  }
  return false;
}

describe('a fake hub', () => {
  it.concurrent('that is right passes', async ({ expect }) => {
    const history = await run('right');
    const faults = judge(history);
    expect(faults.length, report(history, faults)).toBe(0);
    expect(history.kills).toHaveLength(whens.length + 1);
  });

  it.concurrent.each(Object.entries(bugs))('that %s is seen: %s', async (bug, promise) => {
    expect(await isSeen(bug as Bug, promise)).toBe(true);
  });

  it('breaks every promise in some way', () => {
    const broken = new Set<string>(Object.values(bugs));
    expect(promised.filter((promise) => !broken.has(promise))).toEqual([]);
  });
});
