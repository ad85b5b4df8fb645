// Moments at which something is done to the hub: after a while, right within some event, during a burst, while it starts.
import type { Chance } from '../chance.ts';
import { type Moment, pause, type Recorder } from '../history.ts';
import type { Hub } from '../hub.ts';

export interface Scene<H extends Hub = Hub> {
  hub: H;
  recorder: Recorder;
  /** Makes everybody ask at once. */
  burst(): void;
}

export type When = 'later' | 'starting' | 'burst' | Moment;

/** A moment that does not come. */
const longestWaitMs = 600;

export async function untilItIsTime(when: When, scene: Scene, chance: Chance): Promise<void> {
  if (when === 'starting') return pause(chance.whole(0, 600));
  await scene.hub.url;
  if (when === 'later') return pause(chance.whole(0, 600));
  if (when === 'burst') {
    await pause(chance.whole(50, 250));
    scene.burst();
    return pause(chance.whole(0, 60));
  }
  await pause(chance.whole(20, 200));
  await nth(scene.recorder, when, chance.whole(1, when === 'replayed' ? 2 : 40));
}

/** Resolves within the moment itself, so that what follows comes in the same turn. */
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
