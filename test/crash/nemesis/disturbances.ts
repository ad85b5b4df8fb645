// What a hub has to live through: a process that stands still, a disk and a clock that fail, others at its file.
import type { Chance } from '../chance.ts';
import { pause } from '../history.ts';
import { holdFile, readFile } from './foreign.ts';
import { disturbed, type Target, usualSyncMs } from './target.ts';

export type Disturbance = (target: Target, chance: Chance) => Promise<void>;

export const disturbances: Record<string, Disturbance> = {
  'SIGSTOP, then SIGCONT': frozen,
  'disk full': full,
  'I/O error in a sync': failedSync,
  'slow sync': slow,
  'clock steps': clock,
  'foreign lock': foreignLock,
  'foreign reader': foreignReader,
};

async function frozen(target: Target, chance: Chance): Promise<void> {
  await target.hub.url;
  await pause(chance.whole(50, 300));
  await disturbed(target, 'SIGSTOP', async () => {
    target.hub.freeze();
    await pause(chance.whole(100, 1_500));
    target.hub.thaw();
  });
}

async function full(target: Target, chance: Chance): Promise<void> {
  const { disk, hub, recorder } = target;
  await hub.url;
  await pause(chance.whole(50, 300));
  const before = disk.counts.refused;
  await disturbed(target, 'disk full', async () => {
    disk.fill();
    await happened(target, 'the full disk refused no write', () => disk.counts.refused > before + 2);
    await pause(chance.whole(100, 900));
    disk.free();
  });
  // It goes on by itself: the next that asks is answered.
  await next(recorder.moments, 'replied');
}

/** The hub has to end, and must not have answered what was not kept. */
async function failedSync(target: Target, chance: Chance): Promise<void> {
  const { disk, hub, recorder } = target;
  await hub.url;
  const before = disk.counts.failed;
  const gone = hub.mayEnd();
  disk.failSync(chance.whole(1, 40));
  await disturbed(target, 'I/O error in a sync', async () => {
    await happened(target, 'no sync failed', () => disk.counts.failed > before);
    const ended = await Promise.race([gone, pause(10_000)]);
    if (ended === undefined) recorder.history.oddities.push('after a failed sync the hub went on');
    else if (ended === 0) recorder.history.oddities.push('after a failed sync the hub ended with 0');
    if (ended === undefined) await hub.kill();
  });
  recorder.history.kills.push({ tick: recorder.tick(), at: recorder.now(), what: 'by itself, after a failed sync' });
  // What that sync should have kept is visible and not on the disk: a power cut, soon, takes it away.
  hub.start();
  if (!chance.hits(0.6)) return;
  await hub.url;
  await pause(chance.whole(50, 400));
  await hub.kill();
  disk.cut(chance);
  recorder.history.kills.push({ tick: recorder.tick(), at: recorder.now(), what: 'power cut after a failed sync' });
  hub.start();
}

async function slow(target: Target, chance: Chance): Promise<void> {
  await target.hub.url;
  const before = target.disk.counts.slowed;
  await disturbed(target, 'slow sync', async () => {
    target.disk.slow(chance.whole(30, 250));
    await happened(target, 'no sync was slow', () => target.disk.counts.slowed > before + 2);
    await pause(chance.whole(200, 1_000));
    target.disk.slow(usualSyncMs);
  });
}

const minute = 60_000;

/** There and back: whoever corrects a clock steps it, too. */
async function clock(target: Target, chance: Chance): Promise<void> {
  await target.hub.url;
  const step = chance.pick([-120 * minute, -10 * minute, 10 * minute, 120 * minute]);
  await disturbed(target, `clock ${step / minute} min`, async () => {
    target.disk.stepClock(step);
    await pause(chance.whole(200, 1_200));
    if (chance.hits(0.5)) await target.hub.kill().then(() => target.hub.start());
    await target.hub.url;
    await pause(chance.whole(100, 600));
    target.disk.stepClock(0);
  });
}

/** Another program has the file when the hub starts: it says so and ends; whoever watches over it starts it again. */
async function foreignLock(target: Target): Promise<void> {
  const { hub, recorder } = target;
  await hub.url;
  await hub.kill();
  recorder.history.kills.push({ tick: recorder.tick(), at: recorder.now(), what: 'for a foreign lock' });
  const let_go = await holdFile(target.database);
  await disturbed(target, 'foreign lock', async () => {
    hub.start();
    const ended = await hub.mayEnd();
    const told = hub.lines.some((line) => line.includes('is in use by another process'));
    if (ended === 0 || !told)
      recorder.history.oddities.push(`on a locked file the hub ended with ${ended}, told: ${told}`);
  });
  await let_go();
  hub.start();
}

/** A program that would read for long is refused, and holds up nothing. */
async function foreignReader(target: Target): Promise<void> {
  await target.hub.url;
  const answer = await readFile(target.database);
  await disturbed(target, `foreign reader: ${answer}`, async () => undefined);
  if (answer !== 'SQLITE_BUSY') target.recorder.history.oddities.push(`a foreign reader was answered ${answer}`);
  await next(target.recorder.moments, 'replied');
}

/** @throws Error when it does not come about: a fault that never was proves nothing */
async function happened({ recorder }: Target, otherwise: string, has: () => boolean): Promise<void> {
  const until = recorder.now() + 20_000;
  while (!has()) {
    if (recorder.now() > until) throw new Error(otherwise);
    await pause(5);
  }
}

function next(moments: Target['recorder']['moments'], moment: 'replied'): Promise<unknown> {
  return new Promise((resolve) => moments.once(moment, () => resolve(undefined)));
}
