// Kills the hub at moments drawn by chance: after a while, right at some moment, during a burst, while it starts.
import type { Chance } from './chance.ts';
import { type Moment, pause, type Recorder } from './history.ts';
import type { HubProcess } from './hub-process.ts';

export interface Target {
  hub: HubProcess;
  recorder: Recorder;
  /** Makes everybody ask at once. */
  burst(): void;
}

type Way = 'later' | 'starting' | 'burst' | Moment;

/** As often as they stand here. */
const ways: readonly Way[] = [
  'later',
  'later',
  'starting',
  'burst',
  'burst',
  'asked',
  'replied',
  'replied',
  'arrived',
  'answered',
  'page',
];
/** A moment that does not come. */
const longestWaitMs = 600;

export async function kill(times: number, target: Target, chance: Chance): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    await untilItIsTime(chance.pick(ways), target, chance);
    await killAndStart(target);
  }
  await target.hub.url;
}

export async function killAndStart({ hub, recorder }: Pick<Target, 'hub' | 'recorder'>): Promise<void> {
  const gone = hub.kill();
  recorder.history.kills.push({ tick: recorder.tick(), at: recorder.now() });
  await gone;
  hub.start();
}

async function untilItIsTime(way: Way, target: Target, chance: Chance): Promise<void> {
  if (way === 'starting') return pause(chance.whole(0, 600));
  await target.hub.url;
  if (way === 'later') return pause(chance.whole(0, 600));
  if (way === 'burst') {
    await pause(chance.whole(50, 250));
    target.burst();
    return pause(chance.whole(0, 60));
  }
  await pause(chance.whole(20, 200));
  await nth(target.recorder, way, chance.whole(1, 40));
}

/** Resolves within the moment itself, so that the kill follows in the same turn. */
function nth({ moments }: Recorder, moment: Moment, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const end = (): void => {
      moments.off(moment, note);
      resolve();
    };
    const note = (): void => {
      left -= 1;
      if (left === 0) end();
    };
    moments.on(moment, note);
    pause(longestWaitMs).then(end);
  });
}
