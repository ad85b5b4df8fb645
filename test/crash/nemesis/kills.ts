// The ends that a hub can come to: SIGKILL at some moment, or in the middle of some write, or while it stops.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../../src/clock.ts';
import { askOnce } from '../ask.ts';
import type { Chance } from '../chance.ts';
import { pause } from '../history.ts';
import type { Scene } from './moments.ts';
import { untilItIsTime, type When } from './moments.ts';
import { note, type Target } from './target.ts';

/** Brings the hub to its end; it is gone when this resolves. */
export type End = (target: Target, chance: Chance) => Promise<void>;

const at =
  (when: When): End =>
  async (target, chance) => {
    await untilItIsTime(when, target, chance);
    await killed(target, when);
  };

/** What was to come in a write comes anyway. */
const deathWithinMs = 3_000;

/** By name: how often among the kills and among the power cuts, which show most where something is just being written. */
export const ends: Record<string, { kills: number; cuts: number; end: End }> = {
  'after a while': { kills: 2, cuts: 1, end: at('later') },
  'while it starts': { kills: 3, cuts: 2, end: inStart },
  'in a burst': { kills: 2, cuts: 2, end: at('burst') },
  'request sent': { kills: 1, cuts: 1, end: at('asked') },
  'answer given': { kills: 1, cuts: 1, end: at('replied') },
  'system reached': { kills: 1, cuts: 0, end: at('arrived') },
  'system has answered': { kills: 1, cuts: 1, end: at('answered') },
  'page of the feed read': { kills: 1, cuts: 0, end: at('page') },
  'in a replay': { kills: 1, cuts: 0, end: at('replayed') },
  'in a write of the log': { kills: 1, cuts: 3, end: inWrite(['logWrite']) },
  'in a sync of the log': { kills: 2, cuts: 4, end: inWrite(['logSync']) },
  'in a checkpoint': { kills: 2, cuts: 3, end: inCheckpoint },
  'in a backup': { kills: 1, cuts: 1, end: inBackup },
  'while it stops': { kills: 1, cuts: 1, end: whileStopping },
};

/** SIGKILL now. */
export async function killed({ hub, recorder }: Pick<Scene, 'hub' | 'recorder'>, what: string): Promise<void> {
  const gone = hub.kill();
  recorder.history.kills.push({ tick: recorder.tick(), at: recorder.now(), what });
  await gone;
}

function inWrite(kinds: ('logWrite' | 'logSync')[]): End {
  return async (target, chance) => {
    await target.hub.url;
    const when = chance.pick(
      kinds[0] === 'logSync' ? (['before', 'after'] as const) : (['before', 'half-way'] as const),
    );
    await dying(target, `${when} a ${kinds.join()}`, () =>
      target.disk.die({ at: kinds, nth: chance.whole(1, 60), when }),
    );
  };
}

/** At one of the first things that it does with its file, or when it has not come so far. */
async function inStart(target: Target, chance: Chance): Promise<void> {
  if (chance.hits(0.3)) return at('starting')(target, chance);
  const when = chance.pick(['before', 'after', 'half-way'] as const);
  const kinds = ['logWrite', 'logSync', 'fileWrite', 'fileSync', 'folderSync', 'name'] as const;
  await dying(target, 'while it starts', () => target.disk.die({ at: kinds, nth: chance.whole(1, 20), when }));
}

/** The log is written into the database when the hub stops. */
async function inCheckpoint(target: Target, chance: Chance): Promise<void> {
  await target.hub.url;
  await pause(chance.whole(100, 500));
  await dying(target, 'in a checkpoint', () => {
    const when = chance.pick(['before', 'after', 'half-way'] as const);
    target.disk.die({ at: ['fileWrite', 'fileSync'], nth: chance.whole(1, 30), when });
    target.hub.stop();
  });
}

/** Whatever ends it, it is over when it is gone. A death that does not come is made to. */
async function dying({ hub, disk, recorder }: Target, what: string, begin: () => void): Promise<void> {
  const gone = hub.mayEnd();
  begin();
  const late = systemClock.after(deathWithinMs, () => hub.kill());
  await gone;
  late();
  disk.live();
  recorder.history.kills.push({ tick: recorder.tick(), at: recorder.now(), what });
}

async function inBackup(target: Target, chance: Chance): Promise<void> {
  const folder = join(target.disk.folder, 'backups');
  mkdirSync(folder, { recursive: true });
  await target.hub.url;
  const body = JSON.stringify({ path: join(folder, `${target.recorder.tick()}.db`) });
  const made = askOnce(target.talk, { method: 'POST', path: '/v1/backups', body });
  await Promise.race([made, pause(chance.whole(0, 120))]);
  await killed(target, 'in a backup');
  await made;
}

async function whileStopping(target: Target, chance: Chance): Promise<void> {
  await target.hub.url;
  await pause(chance.whole(100, 500));
  const stopped = target.hub.stop();
  const early = await Promise.race([stopped, pause(chance.whole(0, 400))]);
  if (early === 0) note(target, 'SIGTERM was enough');
  else if (early !== undefined) target.recorder.history.oddities.push(`told to stop the hub ended with ${early}`);
  await killed(target, 'while it stops');
}
